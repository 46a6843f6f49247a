import { once } from 'node:events';
import { connect } from 'node:net';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import type { ContractClient } from '../../shared/contract.ts';
import type { Attacked } from './attacked.ts';
import type { CheckOutcome } from './outcome-of.ts';

/** Bad clients are dropped within half a minute; one that is still there after this is never dropped. */
const giveUpMs = 180_000;
const mostBytesEach = 64 * 1024;

const beginnings = [
  '',
  'GE',
  'GET /api/workers HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
  'POST /api/workers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
];

/** How long each of many took to be dropped; one that never was is left out. */
async function droppedAfter(count: number, open: (index: number) => Promise<unknown>): Promise<number[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, giveUpMs);
  });
  const took: number[] = [];
  const all = Array.from({ length: count }, async (_, index) => {
    const startedAt = performance.now();
    await open(index);
    took.push(performance.now() - startedAt);
  });
  await Promise.race([Promise.all(all), tooLate]);
  clearTimeout(timer);
  return took;
}

/** D4: connections that never finish a request. */
export async function halfOpen(attacked: Attacked, count: number): Promise<CheckOutcome> {
  return beside(attacked, count, `${count} connections that never finish a request`, (index, opened) => {
    const socket = connect({ host: '127.0.0.1', port: attacked.port });
    socket.on('error', () => undefined);
    socket.resume();
    const beginning = beginnings[index % beginnings.length] ?? '';
    // One more letter now and then keeps a naive server waiting.
    const trickle = setInterval(() => beginning.endsWith('Slow: ') && socket.writable && socket.write('x'), 1000);
    socket.once('connect', () => {
      socket.write(beginning);
      opened();
    });
    return once(socket, 'close').finally(() => clearInterval(trickle));
  });
}

/** D4: WebSockets that never read, a part of them asking for much. */
export async function neverReading(attacked: Attacked, count: number): Promise<CheckOutcome> {
  const sockets: WebSocket[] = [];
  // Code and caches are loaded by the first ones, which do read.
  await Promise.all(Array.from({ length: Math.ceil(count / 5) }, () => readAndGo(attacked)));
  const { connections: own } = (await attacked.api.access.overview()).port;
  const outcome = await beside(attacked, count, `${count} WebSockets that never read`, async (index, opened) => {
    const socket = new WebSocket(`${attacked.address.replace('http', 'ws')}/ws`, [`bearer.${attacked.token}`]);
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'open');
    if (index % 10 === 0) {
      const api: ContractClient = createORPCClient(
        new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
      );
      for (let asked = 0; asked < 20; asked += 1) api.events.state().catch(() => undefined);
    }
    socket.pause();
    opened();
    // One that reads nothing does not hear that it was dropped either: the server says how many it still has.
    if (index === count - 1) await untilConnections(attacked, own);
  });
  for (const socket of sockets) socket.terminate();
  return outcome;
}

async function readAndGo(attacked: Attacked): Promise<void> {
  const socket = new WebSocket(`${attacked.address.replace('http', 'ws')}/ws`, [`bearer.${attacked.token}`]);
  await once(socket, 'open');
  const api: ContractClient = createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
  for (let asked = 0; asked < 20; asked += 1) await api.events.state();
  socket.close();
  await once(socket, 'close');
}

async function untilConnections(attacked: Attacked, wanted: number): Promise<void> {
  const ended = new AbortController();
  for await (const { port } of await attacked.api.access.watch(undefined, { signal: ended.signal }))
    if (port.connections <= wanted) break;
  ended.abort();
}

/** So many connections the figure of memory is about. */
const fullCount = 500;

async function beside(
  attacked: Attacked,
  count: number,
  made: string,
  open: (index: number, opened: () => void) => Promise<unknown>,
): Promise<CheckOutcome> {
  const before = attacked.goodClient();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const idle = await before.end();
  const memoryBefore = await attacked.memoryBytes();
  let memoryOpen = memoryBefore;
  let opened = 0;
  const good = attacked.goodClient();
  const measure = async (): Promise<void> => {
    memoryOpen = Math.max(memoryOpen, await attacked.memoryBytes());
  };
  const took = await droppedAfter(count, (index) =>
    open(index, () => {
      opened += 1;
      if (opened === count) void measure();
    }),
  );
  const busy = await good.end();
  const each = Math.max(0, memoryOpen - memoryBefore) / count;
  const wrong: string[] = [];
  if (took.length < count) wrong.push(`${count - took.length} were never dropped`);
  if (busy.refused.length > 0)
    wrong.push(`the good client was refused ${busy.refused.length} times: ${busy.refused[0]}`);
  // Of a few connections it says more of the collector than of them.
  if (count >= fullCount && each > mostBytesEach) wrong.push(`each took ${(each / 1024).toFixed(0)} KiB`);
  return {
    made,
    seen: `${took.length} dropped, the last after ${(Math.max(...took) / 1000).toFixed(1)} s; ${(each / 1024).toFixed(1)} KiB each; the good client ${busy.asked} times, p99 ${busy.p99Ms.toFixed(1)} ms (idle ${idle.p99Ms.toFixed(1)} ms)`,
    wrong,
  };
}
