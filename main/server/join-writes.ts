import type { Duplex } from 'node:stream';

/**
 * Holds what is written to a connection until this turn of the loop is over, so that all of it goes out at once: a write to
 * each of many clients is what an event costs most.
 */
export function createWriteJoiner(): (socket: Duplex) => void {
  const held = new Set<Duplex>();
  function letGo(): void {
    for (const socket of held) socket.uncork();
    held.clear();
  }
  return (socket) => {
    if (held.has(socket)) return;
    if (held.size === 0) setImmediate(letGo);
    held.add(socket);
    socket.cork();
  };
}
