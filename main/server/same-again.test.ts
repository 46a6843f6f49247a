import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../../shared/settings.ts';
import { createSameAgain } from './same-again.ts';

let server: Server;
let agent: Agent;
/** Requests that were looked at. */
let looked: number;
let seq: number;
let settings: Settings;
let now: number;
let over: () => void;

beforeEach(async () => {
  looked = 0;
  seq = 1;
  settings = {} as Settings;
  now = 5000;
  const sameAgain = createSameAgain({
    lastSeq: () => seq,
    settings: () => settings,
    onOver(listener) {
      over = listener;
      return () => undefined;
    },
    now: () => now,
  });
  server = createServer((request, response) => {
    if (sameAgain.answer(request, response)) return;
    looked += 1;
    const moment = sameAgain.moment(request);
    const body = `answer ${looked}`;
    if (moment)
      sameAgain.remember(request, { ...moment, expiresAt: 9000 }, { headers: { 'content-type': 'text/x' }, body });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});

afterEach(async () => {
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function ask(path = '/api/workers', headers: Record<string, string> = {}, by = agent): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers, agent: by }, async (response) => {
      let text = '';
      for await (const data of response) text += String(data);
      resolve(text);
    }).once('error', reject);
  });
}

test('the same request on the same connection is not looked at again', async () => {
  expect([await ask(), await ask(), await ask('/api/projects'), await ask()]).toEqual([
    'answer 1',
    'answer 1',
    'answer 2',
    'answer 1',
  ]);
});

test.each([
  [
    'an event came',
    () => {
      seq += 1;
    },
  ],
  ['a credential ended', () => over()],
  [
    'a setting changed',
    () => {
      settings = {} as Settings;
    },
  ],
  [
    'a second went by',
    () => {
      now += 1000;
    },
  ],
])('it is looked at again when %s', async (_what, change) => {
  await ask();
  change();
  expect(await ask()).toBe('answer 2');
});

test('it is looked at with any other header, on another connection, and where the answer may change by itself', async () => {
  await ask();
  expect(await ask('/api/workers', { authorization: 'Bearer x' })).toBe('answer 2');
  expect(await ask('/api/workers?limit=5')).toBe('answer 3');
  const other = new Agent();
  expect(await ask('/api/workers', {}, other)).toBe('answer 4');
  other.destroy();
  await ask('/api/sessions');
  expect(await ask('/api/sessions')).toBe('answer 6');
});

test('an answer is not given longer than the credential lasts', async () => {
  now = 8500;
  await ask();
  now = 9000;
  expect(await ask()).toBe('answer 2');
});
