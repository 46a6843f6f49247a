import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { contract } from '../../../shared/contract.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import { encodeFrame, type ViewerFrame } from '../../../shared/terminal-frames.ts';
import { anything } from '../../test-security/malformed.ts';
import { createRandom, type Random } from '../../test-security/random.ts';
import { createDesktopRoom, type DesktopRoom, pressMenu, quit } from './desktop-room.ts';

/**
 * D1 for the wire between window and main process: what a page gone wrong may send. How much: CONTROL_ROOM_BAD_MESSAGES,
 * 500 in `npm test`, 10,000 in `npm run test:security`; CONTROL_ROOM_SEED makes the same messages again.
 */

const count = Number(process.env.CONTROL_ROOM_BAD_MESSAGES ?? 500);
const seed = Number(process.env.CONTROL_ROOM_SEED ?? Date.now() % 1_000_000);
/** So many go over one port; then a new one is asked for. */
const eachPort = 250;

/** What the page is told to send: text, bytes in base64, or one of the other things that can be cloned. */
type Bad = { text: string } | { bytes: string } | { clone: string };
const clones = [
  'null',
  'undefined',
  'number',
  'nan',
  'bigint',
  'date',
  'regexp',
  'error',
  'map',
  'cyclic',
  'array-buffer',
  'words',
  'data-view',
  'detached',
  'blob',
  'port',
  'call-as-object',
  'no-prototype',
];

let room: DesktopRoom;

test.beforeAll(async () => {
  room = await createDesktopRoom();
});

test.afterAll(async () => {
  await room?.close();
});

/** `/workers/spawn` and all the others. */
function pathsOf(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('~orpc' in node) return [path];
  return Object.entries(node).flatMap(([name, inner]) => pathsOf(inner, `${path}/${name}`));
}
const paths = pathsOf(contract);

function badFrame(random: Random, terminalId: TerminalId): Uint8Array {
  const number = () => random.one([Number.NaN, -1, 0.5, 1e308, 2 ** 53, -(2 ** 31), Number.POSITIVE_INFINITY, 0]);
  // Nothing is typed into a terminal that is there.
  const frame = random.one<() => ViewerFrame>([
    () => ({ kind: 'attach', terminalId, from: number(), whole: random.number(2) === 0 }),
    () => ({ kind: 'ack', terminalId, offset: number() }),
    () => ({ kind: 'resize', terminalId, cols: number(), rows: number() }),
    () => ({ kind: 'detach', terminalId }),
    () => ({ kind: 'input', terminalId: random.text(9) as TerminalId, bytes: random.bytes(20) }),
  ])();
  const bytes = encodeFrame(frame);
  return random.number(3) === 0 ? bytes.subarray(0, random.number(bytes.length)) : bytes;
}

function badMessage(random: Random, terminalId: TerminalId): Bad {
  const bytes = (data: Uint8Array): Bad => ({ bytes: Buffer.from(data).toString('base64') });
  const json = (value: unknown): Bad => ({ text: JSON.stringify(value) ?? 'undefined' });
  const i = random.one(['', '1', 'x', 'x'.repeat(5000), 7, null, random.text(8)]);
  /** Never what a call takes: all take an object or nothing, and one without input goes without its body. */
  const input = random.one([7, 'text', ['a'], { json: 7 }, { json: [anything(random, 2)], meta: 'x' }, { json: 'x' }]);
  const refused = { json: random.one([7, 'text', [1], null]), meta: anything(random, 1) };
  switch (random.number(12)) {
    case 0:
      return { text: random.text(random.number(400)) };
    case 1:
      return { text: random.one(['', '{', '[', 'null', '7', '"', '[]', '{}', '\u0000', '{"i":', '\ud800', '[[[[[[']) };
    case 2:
      return { text: '['.repeat(random.number(50_000)) };
    case 3:
      return json(anything(random, 4));
    case 4:
      return json({ i, t: anything(random, 1), p: anything(random, 4) });
    case 5:
      return json({
        i,
        p: { u: random.one(['', 'x', '//', '/\\', '/%', '/__proto__/x', '/constructor', 'http://', '/x']) },
      });
    case 6:
      return json({
        i: random.text(8),
        p: { u: random.one(paths), b: random.number(2) === 0 ? input : refused, h: anything(random, 2) },
      });
    case 7:
      return json({
        i: random.text(8),
        p: {
          u: random.one(['/workers/spawn', '/settings/update', '/terminals/input', '/projects/add', '/sessions/get']),
          b: random.number(2) === 0 ? input : refused,
        },
      });
    case 8:
      return json({
        i: random.text(8),
        t: random.one([1, 3, 4, 5, -1, '4']),
        p: {
          u: random.one(paths),
          h: { 'content-type': random.one(['text/event-stream', 'multipart/form-data', 'x']) },
        },
      });
    case 9:
      return bytes(random.bytes(random.number(200)));
    case 10:
      return bytes(badFrame(random, terminalId));
    default:
      return { clone: random.one(clones) };
  }
}

test('bad messages over the wire of the window break nothing', async () => {
  test.setTimeout(120_000 + count * 30);
  console.log(`seed ${seed}`);
  const random = createRandom(seed);
  const run = await room.start('--port', '0');
  const crashes: string[] = [];
  run.page.on('crash', () => crashes.push('the page crashed'));
  run.page.on('close', () => crashes.push('the window went'));
  const address = new URL(await run.address());
  const token = decodeURIComponent(address.hash.replace('#token=', ''));
  const answer = await fetch(`${address.origin}/api/terminals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cols: 80, rows: 24 }),
  });
  const { id } = (await answer.json()) as { id: TerminalId };
  const main = () => run.app.evaluate(() => process.pid);
  const pid = await main();
  const seen: Record<string, number> = {};
  for (let sent = 0; sent < count; sent += eachPort) {
    const bad = Array.from({ length: Math.min(eachPort, count - sent) }, () => badMessage(random, id));
    for (const one of bad) {
      const kind = Object.keys(one)[0] ?? '';
      seen[kind] = (seen[kind] ?? 0) + 1;
    }
    // The good call goes last over the same port: its answer says that all before it was read.
    const status = await run.page.evaluate(
      async ({ bad, good }) => {
        const port = await new Promise<MessagePort>((resolve) => {
          addEventListener('message', function take({ data, ports: [given] }) {
            if (data !== 'control-room:port' || !given) return;
            removeEventListener('message', take);
            resolve(given);
          });
          (window as unknown as { controlRoom: { connect(): void } }).controlRoom.connect();
        });
        const cyclic: unknown[] = [];
        cyclic.push(cyclic);
        const detached = new Uint8Array(8);
        structuredClone(detached.buffer, { transfer: [detached.buffer] });
        const things: Record<string, () => unknown> = {
          null: () => null,
          undefined: () => undefined,
          number: () => 7,
          nan: () => Number.NaN,
          bigint: () => 7n,
          date: () => new Date(Number.NaN),
          regexp: () => /x/g,
          error: () => new RangeError('x'),
          map: () => new Map([[new Set([1]), {}]]),
          cyclic: () => cyclic,
          'array-buffer': () => new ArrayBuffer(16),
          words: () => new Float64Array([Number.NaN, 1]),
          'data-view': () => new DataView(new ArrayBuffer(9), 3),
          detached: () => detached,
          blob: () => new Blob(['x']),
          port: () => new MessageChannel().port1,
          'call-as-object': () => ({ i: '1', p: { u: '/settings/get' } }),
          'no-prototype': () => Object.assign(Object.create(null), { i: {}, __proto__: null }),
        };
        return new Promise<string>((resolve) => {
          port.addEventListener('close', () => resolve('closed'));
          setTimeout(() => resolve('silent for 30 s'), 30_000);
          port.addEventListener('message', ({ data }) => {
            if (typeof data !== 'string' || JSON.parse(data).i !== 'good') return;
            resolve(`answered ${JSON.parse(data).p.s ?? 200}`);
            port.close();
          });
          port.start();
          for (const one of bad) {
            if ('text' in one) port.postMessage(one.text);
            else if ('bytes' in one)
              port.postMessage(Uint8Array.from(atob(one.bytes), (letter) => letter.charCodeAt(0)));
            else {
              const thing = things[one.clone]?.();
              try {
                port.postMessage(thing, thing instanceof MessagePort ? [thing] : []);
              } catch (error) {
                // The browser itself clones no detached memory.
                if (!(error instanceof DOMException)) throw error;
              }
            }
          }
          port.postMessage(good);
        });
      },
      { bad, good: JSON.stringify({ i: 'good', p: { u: '/settings/get' } }) },
    );
    expect(status, `seed ${seed}, after ${sent + bad.length} messages`).toBe('answered 200');
  }
  console.log(
    `${count} bad messages (${Object.entries(seen)
      .map(([kind, times]) => `${kind} ${times}`)
      .join(', ')})`,
  );

  // The window's own connection is as it was, and the program is the same one.
  await pressMenu(run, 'settings');
  await expect(run.page).toHaveURL('app://control-room/#/settings/workers');
  await expect(run.page.getByRole('heading', { name: 'Settings' }).first()).toBeVisible();
  const field = run.page.getByRole('main').getByRole('spinbutton').first();
  await field.fill('4');
  await field.press('Enter');
  await expect(run.page.getByText('Saved.')).toBeVisible();
  expect(await main()).toBe(pid);
  expect(crashes).toEqual([]);
  expect(run.isRunning()).toBe(true);
  run.page.removeAllListeners('close');
  expect(await quit(run)).toBe(0);
  const log = await readFile(join(room.dataDir, 'logs', 'control-room.1.log'), 'utf8');
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number | string; msg: string });
  const troubles = lines.filter(({ level, msg }) => level === 60 || level === 'fatal' || /nobody foresaw/.test(msg));
  expect(troubles, `seed ${seed}`).toEqual([]);
  expect(log).toContain('neither a call nor a frame');
  expect(run.output()).not.toMatch(/UnhandledPromiseRejection|Uncaught/);
});
