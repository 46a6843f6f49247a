import { once } from 'node:events';
import { getEventMeta } from '@orpc/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';
import { apiOver } from './testing/test-program.ts';

let room: TestControlRoom;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:1' });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await room.close();
});

async function open(credential: string) {
  const socket = new WebSocket(`${room.server.address.replace('http', 'ws')}/ws`, [`bearer.${credential}`]);
  sockets.push(socket);
  await once(socket, 'open');
  return { socket, api: apiOver(socket) };
}

const save = (title: string) => room.api.roles.save({ name: 'fed', title });

test('a client is given what it missed and then what comes, each with its id; another one the same', async () => {
  const { seq } = await room.api.events.state();
  await save('missed');
  const titles: string[][] = [];
  for (const { api } of [await open(room.token), await open(room.token)]) {
    const seen: string[] = [];
    titles.push(seen);
    for await (const event of await api.events.subscribe({ since: seq })) {
      if (event.type !== 'role.changed') continue;
      seen.push(event.role.title);
      expect(getEventMeta(event)?.id).toBe(String(event.seq));
      if (event.role.title === 'missed') await save('live “ü”');
      else break;
    }
  }
  expect(titles).toEqual([
    ['missed', 'live “ü”'],
    ['missed', 'live “ü”'],
  ]);
});

test('one that is ahead of all events is told to read the state again', async () => {
  const { api } = await open(room.token);
  const events = await api.events.subscribe({ since: 1_000_000 });
  expect((await events.next()).value).toMatchObject({ type: 'resync' });
  await events.return();
});

test('one that gave up is told no more, and can follow anew', async () => {
  const { api, socket } = await open(room.token);
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  const { seq } = await room.api.events.state();
  await save('first');
  const events = await api.events.subscribe({ since: seq });
  await events.next();
  await events.return();
  await api.events.state();
  heard.length = 0;
  await save('second');
  await api.roles.list();
  expect(heard.filter((text) => text.includes('role.changed'))).toEqual([]);
  for await (const event of await api.events.subscribe({ since: seq }))
    if (event.type === 'role.changed' && event.role.title === 'second') break;
});

test('what does not fit and who may not are refused as for every call', async () => {
  const { api } = await open(room.token);
  await expect(api.events.subscribe({ since: -1 })).rejects.toMatchObject({ code: 'BAD_REQUEST', status: 400 });
  await expect(api.events.subscribe('all' as never)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  const { key } = await room.api.access.keys.create({ name: 'sessions', permissions: ['read:sessions'] });
  const other = await open(key);
  await expect(other.api.events.subscribe({})).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
});
