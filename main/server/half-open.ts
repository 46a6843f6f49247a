import type { Server, Socket } from 'node:net';

/** Connections that have shown no credential, at once; beyond it the oldest goes. A real client needs milliseconds. */
const mostUnknown = 512;
/** All connections at once. */
const mostConnections = 4096;

/** Bounds what strangers can hold open: connections that never say anything useful are dropped, oldest first. */
export function boundConnections(server: Server): { known(socket: Socket): void } {
  const unknown = new Map<string, Socket>();
  // The socket of a request is not the one of its connection with TLS; both have the same ends.
  const keyOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort}`;
  server.maxConnections = mostConnections;
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    unknown.set(key, socket);
    socket.once('close', () => unknown.get(key) === socket && unknown.delete(key));
    if (unknown.size <= mostUnknown) return;
    const [oldest] = unknown.values();
    oldest?.destroy();
  });
  return { known: (socket) => void unknown.delete(keyOf(socket)) };
}
