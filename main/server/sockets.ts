import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../../shared/errors.ts';
import { shareClosedCode, shareMovedCode } from '../../shared/share-endings.ts';
import { socketEndings } from '../../shared/socket-endings.ts';
import { isCallMessage } from '../call-message.ts';
import { type Identity, mayOn, type Orchestrator } from '../orchestrator/index.ts';
import type { Origin } from './client-address.ts';
import { helloOf, offeredAfter, offeredBy } from './client-hello.ts';
import { createEventFeed } from './event-feed.ts';
import type { Gate } from './gate.ts';
import { createWriteJoiner } from './join-writes.ts';
import type { Openings } from './openings.ts';

/** Largest message taken: the largest file of 10 MiB in base64 or, its marks escaped, in JSON. */
const maxMessageBytes = 24 * 1024 * 1024;

/** Pings go out this often; a connection that was silent through so many of them is dead, after 24 s at most. */
const pingEveryMs = 8000;
const mostUnanswered = 2;

/** A client this far behind is cut off, and the one furthest behind when all together are: it comes back and goes on. */
const maxBufferedBytes = 16 * 1024 * 1024;
const maxBufferedBytesOfAll = 128 * 1024 * 1024;

/** Sockets at once. */
const mostSockets = 1000;

/** Calls of a socket in a second, over some seconds: far more than a page or a script has reason to make. */
const mostCallsPerSecond = 500;
const callWindowMs = 5000;

const protocolPrefix = 'bearer.';
const sharePrefix = 'share.';

/**
 * `GET /ws`: contract calls as text messages, terminal frames as binary ones. The credential is the WebSocket's
 * subprotocol `bearer.<credential>`, which no log or address shows. With `share.<token>` it is the frames of the one
 * terminal that link shows, and nothing else.
 */
export function createSockets(deps: {
  orchestrator: Orchestrator;
  gate: Gate;
  openings: Openings;
  /** Tells that a connection is of somebody who may come in. */
  known: (socket: Duplex) => void;
  meters: Pick<Orchestrator['meters'], 'request' | 'rateLimited'>;
  log: { warn(details: object, message: string): void };
}) {
  const { orchestrator, gate, openings } = deps;
  const handler = new RPCHandler(orchestrator.router);
  const joinWrites = createWriteJoiner();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      [...offered].find((name) => name.startsWith(protocolPrefix) || name.startsWith(sharePrefix)) ?? false,
  });

  /** What is to be done with an upgrade: a link to show, a caller to serve, or why neither. */
  async function decide(
    request: IncomingMessage,
    offered: readonly string[],
  ): Promise<
    | { share: string; address: string }
    | { identity: Identity; from: Origin }
    | { error: AppError; headers?: Record<string, string> }
  > {
    const from = gate.originOf(request);
    const foreign = await gate.refuseStranger(request, from);
    if (foreign) return { error: foreign };
    // The target of a request can be anything, and not every one is an address.
    if (request.url?.split('?')[0] !== '/ws')
      return { error: new AppError('NOT_FOUND', 'WebSockets are served at /ws.') };
    if (sockets.clients.size >= mostSockets)
      return { error: new AppError('UNAVAILABLE', 'Too many sockets are open. Try again later.') };
    const share = offeredAfter(sharePrefix, offered);
    const credential = offeredAfter(protocolPrefix, offered);
    if (share !== undefined && credential === undefined) {
      const tooMany = await gate.visit(from);
      return tooMany && 'error' in tooMany ? tooMany : { share, address: from.address };
    }
    const admission = await gate.admit(from, credential, '/ws');
    if ('error' in admission) return admission;
    if (admission.identity.only !== undefined)
      return { error: new AppError('FORBIDDEN', `This credential is for ${admission.identity.only} alone.`) };
    return { identity: admission.identity, from };
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const offered = offeredBy(request);
    const decided = await decide(request, offered);
    if (socket.destroyed) return;
    deps.meters.request({
      method: 'GET',
      path: '/ws',
      status: 'error' in decided ? decided.error.status : 101,
      seconds: null,
    });
    if ('error' in decided) return refuse(socket, decided.error, decided.headers);
    deps.known(socket);
    sockets.handleUpgrade(request, socket, head, (client) =>
      'share' in decided
        ? serveShare(client, decided.share, offered, decided.address)
        : serve(client, socket, decided.identity, decided.from, offered),
    );
  }

  function refuse(socket: Duplex, { code, status, message }: AppError, headers: Record<string, string> = {}): void {
    const body = JSON.stringify({ code, status, message });
    const lines = Object.entries({
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${code}\r\n${lines.join('')}\r\n${body}`);
    // One that never reads the answer would stay.
    setTimeout(() => socket.destroy(), 1000).unref();
  }

  /** Says good-bye, and hangs up when that is not heard. */
  function end(client: WebSocket, code: number, reason: string): void {
    client.close(code, reason);
    setTimeout(() => client.terminate(), 500).unref();
  }

  /** Whether a client keeps up; one that does not is cut off. */
  function keepsUp(client: WebSocket): boolean {
    if (client.bufferedAmount <= maxBufferedBytes) return true;
    end(client, socketEndings.tooSlow, 'too slow');
    return false;
  }

  /** Cuts off whoever is furthest behind while all together hold too much. */
  const relief = setInterval(() => {
    const behind = [...sockets.clients].sort((a, b) => b.bufferedAmount - a.bufferedAmount);
    let sum = behind.reduce((total, { bufferedAmount }) => total + bufferedAmount, 0);
    for (const client of behind) {
      if (sum <= maxBufferedBytesOfAll) return;
      sum -= client.bufferedAmount;
      end(client, socketEndings.tooSlow, 'too slow');
    }
  }, 1000).unref();

  function serve(
    client: WebSocket,
    connection: Duplex,
    identity: Identity,
    from: Origin,
    offered: readonly string[],
  ): void {
    const hello = helloOf(offered);
    const onText = new Set<(event: { data: string }) => void>();
    const send = (data: string | ArrayBufferLike | ArrayBufferView, sent?: () => void) => {
      if (client.readyState === client.OPEN && keepsUp(client)) client.send(data, sent);
    };
    const sees = mayOn(identity, 'terminals', 'view');
    const viewer = orchestrator.terminalStreams.connect({
      send,
      name: hello?.name ?? identity.name,
      from: identity.from,
      canDrive: mayOn(identity, 'terminals', 'reply'),
      ...(hello ? { client: `${identity.name} ${hello.id}` } : {}),
    });
    const { rateLimit: _, ...caller } = identity;
    const context = { ...caller, viewerId: viewer.viewerId };
    const events = createEventFeed({
      router: orchestrator.router,
      caller: context,
      send(text) {
        joinWrites(connection);
        send(text);
      },
    });
    void handler.upgrade(
      {
        send: (data: string) => send(data),
        addEventListener: (type: string, listener: (event: never) => void) => {
          if (type === 'message') onText.add(listener as (event: { data: string }) => void);
          else client.addEventListener(type as 'close', listener as () => void);
        },
      } as Parameters<typeof handler.upgrade>[0],
      { context },
    );
    const gone = orchestrator.access.connected(identity.credentialId);
    const over = openings.add(identity, from, () =>
      end(client, socketEndings.credentialOver, 'the credential is over'),
    );
    const mayCallAgain = countCalls();
    watchOver(client, {
      onBinary: (data) =>
        sees ? viewer.receive(data) : end(client, socketEndings.notUnderstood, 'this key may not see terminals'),
      onText(data) {
        if (!mayCallAgain()) {
          deps.meters.rateLimited('socket');
          return end(client, socketEndings.tooMany, 'too many calls');
        }
        if (!isCallMessage(data)) return end(client, socketEndings.notUnderstood, 'this is not a call');
        if (events.take(data)) return;
        for (const listener of onText) listener({ data });
      },
      onClose() {
        over();
        gone();
        events.close();
        viewer.close();
      },
    });
  }

  /** Shows a terminal to one who has a link: frames of that terminal out, attach and acknowledgements in. */
  function serveShare(client: WebSocket, token: string, offered: readonly string[], from: string): void {
    const hello = helloOf(offered);
    const part = (code: number, reason: string): void => {
      // Nothing more is shown from here on, however long the other side takes to close.
      endViewing();
      end(client, code, reason);
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
        if (client.readyState === client.OPEN && keepsUp(client)) client.send(frame, sent);
      },
      name: opened.name,
      from,
      canDrive: false,
      only: opened.terminalId,
    });
    const endViewing = (): void => {
      viewer.close();
      opened.close();
    };
    watchOver(client, {
      // Cut off is cut off, also while the other side has not closed yet.
      onBinary: (data) => client.readyState === client.OPEN && viewer.receive(data),
      onText: () => end(client, socketEndings.notUnderstood, 'a link carries no calls'),
      onClose: endViewing,
    });
  }

  /** Hears a client until it goes, or answers no ping. */
  function watchOver(
    client: WebSocket,
    hear: { onBinary(data: Buffer): unknown; onText(data: string): void; onClose(): void },
  ): void {
    let unanswered = 0;
    const pings = setInterval(() => {
      if (unanswered >= mostUnanswered) return client.terminate();
      unanswered += 1;
      client.ping();
    }, pingEveryMs);
    client.on('pong', () => {
      unanswered = 0;
    });
    client.on('message', (data: Buffer, isBinary: boolean) => {
      unanswered = 0;
      // What comes after the good-bye is not heard.
      if (client.readyState !== client.OPEN) return;
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
    attach: (server: Server) =>
      void server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        socket.on('error', () => socket.destroy());
        upgrade(request, socket, head).catch((error: unknown) => {
          deps.log.warn({ error }, 'a WebSocket could not be opened');
          socket.destroy();
        });
      }),
    /** Says good-bye to every client. */
    close(): void {
      clearInterval(relief);
      for (const client of sockets.clients) end(client, socketEndings.ends, 'Control Room ends');
      sockets.close();
    },
  };
}

/** Counts calls; answers false once there are too many for the time. */
function countCalls(): () => boolean {
  let startedAt = Date.now();
  let count = 0;
  return () => {
    if (Date.now() - startedAt > callWindowMs) {
      startedAt = Date.now();
      count = 0;
    }
    count += 1;
    return count <= (mostCallsPerSecond * callWindowMs) / 1000;
  };
}
