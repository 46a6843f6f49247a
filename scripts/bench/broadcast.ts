import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startRoom } from '../room.ts';
import { type ReferenceProgram, startReference } from './port/reference-program.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison } from './statistics.ts';
import { numberOption } from './transcripts.ts';

/**
 * P26: an event of 1 kB to 100 WebSocket clients. Ours: a role is saved by a call over a socket, kept durably with its event
 * and its entry in the audit, and every client that follows the events is told; the reference: bare ws passes a message of
 * that size on to every connection, once as it comes and once after it has kept it in SQLite as durably. So many are under way at once that the sender never waits. Calls of a socket are bounded
 * at 500 a second: several sockets make them. `npm run bench -- broadcast [--json] [--rounds N] [--events N]`.
 */

const clients = 100;
const senders = 8;
const underWay = 16;
const rounds = numberOption('rounds', 5);
const events = numberOption('events', 1000);

/** Something that tells an event of 1 kB to all clients. */
interface Broadcast {
  sockets: WebSocket[];
  /** Sends the next one on its way. */
  send(number: number): void;
  /** Whether a message is such an event. */
  isEvent(text: string): boolean;
}

async function open(url: string, protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  return socket;
}

const openAll = (count: number, url: string, protocols?: string[]) =>
  Promise.all(Array.from({ length: count }, () => open(url, protocols)));

const call = (id: string, path: string, input: unknown) =>
  JSON.stringify({ i: id, p: { u: path, b: { json: input } } });

/** Deliveries in a second, each of `events` to each of the clients. */
async function measure({ sockets, send, isEvent }: Broadcast): Promise<number> {
  const expected = events * clients;
  let delivered = 0;
  let sent = 0;
  const ends: (() => void)[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    const next = () => {
      if (sent < events) send(sent++);
    };
    for (const [index, socket] of sockets.entries()) {
      const onMessage = (data: Buffer) => {
        if (!isEvent(data.toString('latin1', 0, 400))) return;
        delivered += 1;
        // The first client's copy keeps the row going.
        if (index === 0) next();
        if (delivered === expected) resolve();
      };
      socket.on('message', onMessage);
      ends.push(() => socket.off('message', onMessage));
    }
    for (let number = 0; number < underWay; number += 1) next();
  });
  const took = performance.now() - startedAt;
  for (const end of ends) end();
  return (delivered / took) * 1000;
}

const filler = 'x'.repeat(620);
const room = await startRoom();
const bare = await startReference('./broadcast-reference.ts');
const durable = await startReference('./broadcast-reference.ts', [join(room.home.folder, 'reference.db')]);
try {
  const url = `${room.origin.replace('http', 'ws')}/ws`;
  const protocols = [`bearer.${room.token}`];
  const followers = await openAll(clients, url, protocols);
  const callers = await openAll(senders, url, protocols);
  const subscribed = followers.map((socket) => new Promise<void>((resolve) => socket.once('message', () => resolve())));
  for (const socket of followers) socket.send(call('1', '/events/subscribe', {}));
  await Promise.all(subscribed);
  const ours: Broadcast = {
    sockets: followers,
    send: (number) =>
      callers[number % senders]?.send(
        call(String(number + 1), '/roles/save', { name: 'bench', title: `Number ${number}`, prompt: filler }),
      ),
    isEvent: (text) => text.includes('"role.changed"'),
  };
  const sizes = new Promise<number>((resolve) => {
    const onMessage = (data: Buffer) => {
      if (!ours.isEvent(data.toString())) return;
      followers[0]?.off('message', onMessage);
      resolve(data.length);
    };
    followers[0]?.on('message', onMessage);
  });
  ours.send(0);
  const size = await sizes;

  const message = `{"event":"${'y'.repeat(size - 12)}"}`;
  async function receiversOf({ port }: ReferenceProgram): Promise<Broadcast> {
    const sockets = await openAll(clients, `ws://127.0.0.1:${port}`);
    return { sockets, send: () => sockets[0]?.send(message), isEvent: (text) => text.startsWith('{"event":"y') };
  }
  const sides = [ours, await receiversOf(bare), await receiversOf(durable)] as const;
  const rates: [number[], number[], number[]] = [[], [], []];
  for (const side of sides) await measure(side);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, side] of sides.entries()) rates[index]?.push(await measure(side));
  for (const [name, reference, goal] of [
    ['bare ws', rates[1], 'goal 0.90, stretch 1.30'],
    ['ws that keeps each as durably', rates[2], 'no goal: shows what the keeping costs'],
  ] as const)
    reportComparison({
      name: `P26 an event of ${size} bytes to ${clients} clients against ${name}`,
      unit: 'deliveries/s',
      ours: rates[0],
      reference,
      verdict: `all of ${events * clients * rounds} came; ${goal}`,
    });
  reportLoad();
  for (const socket of [...callers, ...sides.flatMap(({ sockets }) => sockets)]) socket.terminate();
} finally {
  await bare.close();
  await durable.close();
  await room.close();
}
