import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogs } from '../orchestrator/logs/logs.ts';
import { createLog } from './log.ts';
import { createLogContext } from './log-context.ts';
import { createLogSource } from './log-source.ts';
import { createSecretMask } from './mask-secrets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-log-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function open(name: string, environment: Record<string, string> = {}) {
  const context = createLogContext();
  const secrets = createSecretMask(environment, ['canary-of-the-config']);
  const log = createLog({ level: 'info', standardError: false, context, secrets });
  const logs = join(folder, name);
  const source = createLogSource({ folder: logs, context, secrets, log: Promise.resolve(log) });
  const read = createLogs({ folders: { logs, hosts: join(folder, 'none') }, source, now: Date.now });
  return { log, source, read, logs, opened: () => log.openFile(logs) };
}

test('no secret is in what is written, whatever name or shape it has', async () => {
  const { log, logs, opened } = open('secrets', { SOME_API_KEY: 'canary-in-the-environment', HOME: '/home/canary' });
  log.info({ url: 'https://user:canary-password@example.org/x?key=canary-query&page=2' }, 'said before the file');
  await opened();
  log.info({ deep: { deeper: { evenDeeper: { apiKey: 'canary-deep' } } } }, 'canary-of-the-config');
  log.warn({ header: 'Bearer canary-bearer-canary', env: { NAME: 'canary-env' } }, 'canary-in-the-environment');
  log.error(
    { error: new Error('JWT_SECRET=canary-assigned and sk-ant-canary-canary-canary') },
    'eyJhbGciOiJIUzI1NiJ9.canarycanary.canary_signature',
  );
  await log.close();
  const [name] = await readdir(logs);
  const text = await readFile(join(logs, name ?? ''), 'utf8');
  expect(text.match(/canary[\w-]*/g)).toBeNull();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string });
  expect(lines.map(({ level }) => level)).toEqual(['info', 'info', 'warn', 'error']);
  expect(text).toContain('page=2');
  expect((await stat(join(logs, name ?? ''))).mode & 0o777).toBe(0o600);
});

test('files are rolled over and the disk they take is bounded, and every entry that is left is read once, newest first', async () => {
  const { log, read, logs, opened } = open('rolling');
  await opened();
  const filler = 'x'.repeat(2000);
  const total = 16_000;
  for (let index = 0; index < total; index += 1) {
    log.info({ index, filler }, 'ä long line');
    if (index % 100 === 99) await breathe();
  }
  await log.close();
  const names = await readdir(logs);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(logs, name))).size));
  expect(names.length).toBeLessThanOrEqual(4);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(26e6);

  let expected = total - 1;
  let cursor: string | undefined;
  let asked = 0;
  do {
    const page = await read.list({ source: 'control-room', limit: 1000, cursor });
    for (const entry of page.items) {
      expect(entry.details.index).toBe(expected);
      expected -= 1;
    }
    cursor = page.nextCursor ?? undefined;
    asked += 1;
  } while (cursor !== undefined);
  expect(expected).toBeLessThan(total - 5000);
  expect(asked).toBeGreaterThan(4);
  // Nothing is found in all of it, and each answer has looked at a part alone.
  const none = await read.list({ source: 'control-room', limit: 10, text: 'nowhere' });
  expect(none).toMatchObject({ items: [], nextCursor: expect.any(String) });
});

test('entries say which request and worker they belong to, and are found and followed by it', async () => {
  const { log, source, read, opened } = open('context');
  await opened();
  const following = read.follow({ source: 'control-room', level: 'warn' }, undefined);
  expect(await following.next()).toEqual({ done: false, value: { entries: [], skipped: 0 } });
  await source.within({ requestId: 'r-1', workerId: 'w-1' }, async () => {
    await Promise.resolve();
    log.info({ component: 'workers' }, 'inside');
    source.within({ procedure: 'workers.stop' }, () => log.error({}, 'deeper'));
  });
  log.info({}, 'outside');
  source.setLevel('error');
  await Promise.resolve();
  await Promise.resolve();
  log.warn({}, 'not any more');
  const { value } = await following.next();
  expect(value?.entries).toMatchObject([{ message: 'deeper', requestId: 'r-1', workerId: 'w-1', level: 'error' }]);
  await following.return(undefined);
  await log.close();
  const messages = async (filter: object) =>
    (await read.list({ source: 'control-room', limit: 10, ...filter })).items.map(({ message }) => message);
  expect(await messages({})).toEqual(['outside', 'deeper', 'inside']);
  expect(await messages({ request: 'r-1' })).toEqual(['deeper', 'inside']);
  expect(await messages({ worker: 'w-1', level: 'warn' })).toEqual(['deeper']);
  expect(await messages({ component: 'workers' })).toEqual(['inside']);
  expect(await messages({ text: 'OUT' })).toEqual(['outside']);
  expect(await read.summary()).toMatchObject({
    counts: [{ level: 'error', count: 1, component: 'control-room', lastMessage: 'deeper' }],
    components: ['workers'],
  });
  expect((await read.download({ source: 'control-room', level: 'error' })).content).toMatch(/"msg":"deeper"}\n$/);
});

test('what is no entry is shown as it is, and a cursor of nobody is refused', async () => {
  const { read, log, logs, opened } = open('odd');
  await opened();
  log.info({}, 'first');
  await log.close();
  const [name] = await readdir(logs);
  const { appendFile } = await import('node:fs/promises');
  await appendFile(join(logs, name ?? ''), '{"level":"error","cut o');
  expect((await read.list({ source: 'control-room', limit: 10 })).items.map(({ message }) => message)).toEqual([
    '{"level":"error","cut o',
    'first',
  ]);
  await expect(read.list({ source: 'control-room', limit: 1, cursor: 'x' })).rejects.toThrow('cursor');
});
