import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { allows } from '../../shared/access.ts';
import { AppError } from '../../shared/errors.ts';
import { shareClosedCode, shareMovedCode } from '../../shared/share-endings.ts';
import type { Caller, Orchestrator } from '../orchestrator/index.ts';
import { helloOf, offeredAfter, offeredBy } from './client-hello.ts';
import type { Credentials } from './credentials.ts';
import { refuseForeign } from './origin-check.ts';

/** Largest message taken: the longest prompt, with room for its JSON. */
const maxMessageBytes = 8 * 1024 * 1024;

/** A connection that answers no ping for this long is dead. */
const pingEveryMs = 30_000;

/** A client this far behind is cut off: it comes back and goes on from its last event. */
const maxBufferedBytes = 64 * 1024 * 1024;

/** Refused for being too slow; the client connects again. */
const closeTooSlow = 4008;

/** A link shows; it asks for nothing. */
const closeNoCalls = 1008;

const protocolPrefix = 'bearer.';
const sharePrefix = 'share.';

/**
 * `GET /ws`: contract calls as text messages, terminal frames as binary ones. The credential is the WebSocket's
 * subprotocol `bearer.<credential>`, which no log or address shows. With `share.<token>` it is the frames of the one
 * terminal that link shows, and nothing else.
 */
export function createSockets(deps: {
  orchestrator: Orchestrator;
  credentials: Credentials;
  log: { warn(details: object, message: string): void };
}) {
  const { orchestrator, credentials } = deps;
  const handler = new RPCHandler(orchestrator.router);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      [...offered].find((name) => name.startsWith(protocolPrefix) || name.startsWith(sharePrefix)) ?? false,
  });

  function callerOf(request: IncomingMessage): Caller | AppError {
    const foreign = refuseForeign(request.headers);
    if (foreign) return foreign;
    const caller = credentials.check(
      offeredAfter(protocolPrefix, offeredBy(request)),
      request.socket.remoteAddress ?? 'unknown address',
    );
    return caller ?? new AppError('UNAUTHORIZED', 'No valid credential. Offer the subprotocol "bearer.<token>".');
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const offered = offeredBy(request);
    const shareToken = pathname === '/ws' ? offeredAfter(sharePrefix, offered) : undefined;
    if (
      shareToken !== undefined &&
      offeredAfter(protocolPrefix, offered) === undefined &&
      !refuseForeign(request.headers)
    ) {
      sockets.handleUpgrade(request, socket, head, (client) =>
        serveShare(client, shareToken, offered, request.socket.remoteAddress ?? 'unknown address'),
      );
      return;
    }
    const caller = pathname === '/ws' ? callerOf(request) : new AppError('NOT_FOUND', 'WebSockets are served at /ws.');
    if (caller instanceof AppError) {
      const body = JSON.stringify({ code: caller.code, status: caller.status, message: caller.message });
      socket.end(
        `HTTP/1.1 ${caller.status} ${caller.code}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, caller, offered));
  }

  function serve(client: WebSocket, caller: Caller, offered: readonly string[]): void {
    const hello = helloOf(offered);
    const onText = new Set<(event: { data: string }) => void>();
    const send = (data: string | ArrayBufferLike | ArrayBufferView, sent?: () => void) => {
      if (client.bufferedAmount > maxBufferedBytes) return client.close(closeTooSlow, 'too slow');
      client.send(data, sent);
    };
    const viewer = orchestrator.terminalStreams.connect({
      send,
      name: hello?.name ?? caller.name,
      from: caller.from,
      canDrive: allows(caller.access, 'reply'),
      ...(hello ? { client: `${caller.name} ${hello.id}` } : {}),
    });
    void handler.upgrade(
      {
        send: (data: string) => send(data),
        addEventListener: (type: string, listener: (event: never) => void) => {
          if (type === 'message') onText.add(listener as (event: { data: string }) => void);
          else client.addEventListener(type as 'close', listener as () => void);
        },
      } as Parameters<typeof handler.upgrade>[0],
      { context: { ...caller, viewerId: viewer.viewerId } },
    );
    watchOver(client, {
      onBinary: (data) => viewer.receive(data),
      onText(data) {
        for (const listener of onText) listener({ data });
      },
      onClose: () => viewer.close(),
    });
  }

  /** Shows a terminal to one who has a link: frames of that terminal out, attach and acknowledgements in. */
  function serveShare(client: WebSocket, token: string, offered: readonly string[], from: string): void {
    const hello = helloOf(offered);
    const part = (code: number, reason: string): void => {
      // Nothing more is shown from here on, however long the other side takes to close.
      end();
      client.close(code, reason);
      setTimeout(() => client.terminate(), 500).unref();
    };
    const opened = orchestrator.terminalShares.open(token, {
      from,
      client: hello?.id,
      cut: (reason) => part(shareClosedCode, reason),
      move: () => part(shareMovedCode, 'the worker goes on in another terminal'),
    });
    if (typeof opened === 'string') {
      client.on('error', () => client.terminate());
      client.close(shareClosedCode, opened);
      return;
    }
    const viewer = orchestrator.terminalStreams.connect({
      send(frame, sent) {
        if (client.readyState !== client.OPEN) return;
        if (client.bufferedAmount > maxBufferedBytes) return client.close(closeTooSlow, 'too slow');
        client.send(frame, sent);
      },
      name: opened.name,
      from,
      canDrive: false,
      only: opened.terminalId,
    });
    const end = (): void => {
      viewer.close();
      opened.close();
    };
    watchOver(client, {
      // Cut off is cut off, also while the other side has not closed yet.
      onBinary: (data) => client.readyState === client.OPEN && viewer.receive(data),
      onText: () => client.close(closeNoCalls, 'a link carries no calls'),
      onClose: end,
    });
  }

  /** Hears a client until it goes, or answers no ping. */
  function watchOver(
    client: WebSocket,
    hear: { onBinary(data: Buffer): unknown; onText(data: string): void; onClose(): void },
  ): void {
    let alive = true;
    const pings = setInterval(() => {
      if (!alive) return client.terminate();
      alive = false;
      client.ping();
    }, pingEveryMs);
    client.on('pong', () => {
      alive = true;
    });
    client.on('message', (data: Buffer, isBinary: boolean) => {
      alive = true;
      if (isBinary) hear.onBinary(data);
      else hear.onText(data.toString('utf8'));
    });
    client.on('error', (error) => deps.log.warn({ error }, 'a client broke the WebSocket protocol'));
    client.on('close', () => {
      clearInterval(pings);
      hear.onClose();
    });
  }

  return {
    attach: (server: Server) => void server.on('upgrade', upgrade),
    /** Says good-bye to every client. */
    close(): void {
      for (const client of sockets.clients) {
        client.close(1001, 'Control Room ends');
        // A client that does not answer must not hold up the end.
        setTimeout(() => client.terminate(), 500).unref();
      }
      sockets.close();
    },
  };
}
