import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { clientHelloSchema } from '../../shared/terminal-control.ts';

/** The subprotocols that a WebSocket's client offers. */
export function offeredBy(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

/** What follows a prefix among the offered subprotocols. */
export function offeredAfter(prefix: string, offered: readonly string[]): string | undefined {
  return offered.find((name) => name.startsWith(prefix))?.slice(prefix.length);
}

/** What a connection says of itself; undefined when it says nothing, or nothing that can be read. */
export function helloOf(offered: readonly string[]): z.infer<typeof clientHelloSchema> | undefined {
  const said = offeredAfter('client.', offered);
  if (said === undefined || said.length > 1000) return undefined;
  try {
    return clientHelloSchema.safeParse(JSON.parse(Buffer.from(said, 'base64url').toString('utf8'))).data;
  } catch {
    // Not JSON: a client that says nothing of itself.
    return undefined;
  }
}
