import { randomBytes, timingSafeEqual } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostHookLine } from './protocol.ts';

/** A tool's whole input can stand in a hook; Claude Code sends up to tens of megabytes. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

/** How long the end of a process waits for a hook it was still sending, when somebody it left behind holds the connection. */
const LAST_HOOK_MS = 1000;

export interface Hooks {
  port: number;
  /** Opens the door for a process; `append` gets each line of its hook stream, newline included. */
  register(id: string, append: (line: Buffer) => void): { url: string; token: string };
  /** Answers a held hook; `false` when nobody waits for it (any more). */
  respond(id: string, hookId: string, status: number, body: unknown): boolean;
  /** The process is gone: takes in what it had still posted, cancels what it waited for, and closes the door. */
  unregister(id: string): Promise<void>;
  close(): Promise<void>;
}

interface Door {
  token: Buffer;
  append(line: Buffer): void;
  held: Map<string, http.ServerResponse>;
  /** Requests whose body is still coming in. */
  incoming: Set<Promise<void>>;
}

function sendJson(response: http.ServerResponse, status: number, body: unknown): void {
  if (response.destroyed || response.writableEnded) return;
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function readBody(request: http.IncomingMessage): Promise<Buffer | 'too-large'> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request) {
    sizeBytes += (part as Buffer).length;
    if (sizeBytes > BODY_LIMIT_BYTES) return 'too-large';
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts, sizeBytes);
}

/**
 * Receives the hooks of the processes on loopback and writes each into its process's stream before it is answered. A
 * permission request is held until somebody decides; nothing is ever decided here.
 */
export async function createHooks(options: { now(): number; onTrouble(error: Error): void }): Promise<Hooks> {
  const doors = new Map<string, Door>();

  const lineOf = (line: HostHookLine, rawBody?: string): Buffer => {
    const head = JSON.stringify(line);
    return Buffer.from(rawBody === undefined ? `${head}\n` : `${head.slice(0, -1)},"body":${rawBody}}\n`, 'utf8');
  };

  const receive = async (door: Door, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === 'too-large') {
      response.setHeader('connection', 'close');
      return sendJson(response, 413, { error: `a hook may have ${BODY_LIMIT_BYTES} bytes` });
    }
    let raw = body.toString('utf8');
    let parsed: unknown;
    try {
      parsed = JSON.parse(raw);
    } catch {
      return sendJson(response, 400, { error: 'the body is not JSON' });
    }
    if (/[\r\n]/.test(raw)) raw = JSON.stringify(parsed);
    const hookId = randomBytes(12).toString('hex');
    const waits = (parsed as { hook_event_name?: unknown } | null)?.hook_event_name === 'PermissionRequest';
    if (waits) {
      door.held.set(hookId, response);
      response.on('close', () => {
        if (door.held.delete(hookId)) door.append(lineOf({ hookId, receivedAt: options.now(), cancelled: true }));
      });
    }
    door.append(lineOf({ hookId, receivedAt: options.now() }, raw));
    if (!waits) sendJson(response, 200, {});
  };

  const server = http.createServer((request, response) => {
    const id = /^\/hooks\/([A-Za-z0-9._-]{1,100})$/.exec(request.url ?? '')?.[1];
    const door = id === undefined ? undefined : doors.get(id);
    const given = Buffer.from(/^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    const refuse = (status: number, error: string): void => {
      response.setHeader('connection', 'close');
      sendJson(response, status, { error });
    };
    // One answer for a wrong token and a wrong process. A page in a browser sends Origin; Claude Code does not.
    if (!door || given.length !== door.token.length || !timingSafeEqual(given, door.token))
      return refuse(401, 'not for this process');
    if (request.headers.origin !== undefined) return refuse(403, 'not for web pages');
    if (request.method !== 'POST') return refuse(405, 'POST only');
    const done: Promise<void> = receive(door, request, response)
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET') options.onTrouble(error);
        response.destroy();
      })
      .finally(() => door.incoming.delete(done));
    door.incoming.add(done);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    register(id, append) {
      const token = randomBytes(32).toString('hex');
      doors.set(id, { token: Buffer.from(token), append, held: new Map(), incoming: new Set() });
      return { url: `http://127.0.0.1:${port}/hooks/${id}`, token };
    },
    respond(id, hookId, status, body) {
      const door = doors.get(id);
      const response = door?.held.get(hookId);
      if (!door || !response) return false;
      door.held.delete(hookId);
      if (response.destroyed) return false;
      sendJson(response, status, body);
      return true;
    },
    async unregister(id) {
      const door = doors.get(id);
      if (!door) return;
      // Two turns: a connection the kernel has already accepted for us becomes a request in the next poll.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      let timer: NodeJS.Timeout | undefined;
      const givenUp = new Promise((resolve) => {
        timer = setTimeout(resolve, LAST_HOOK_MS);
      });
      await Promise.race([Promise.all(door.incoming), givenUp]);
      clearTimeout(timer);
      doors.delete(id);
      for (const [hookId, response] of door.held) {
        door.append(lineOf({ hookId, receivedAt: options.now(), cancelled: true }));
        door.held.delete(hookId);
        sendJson(response, 410, { error: 'the process has ended' });
      }
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
