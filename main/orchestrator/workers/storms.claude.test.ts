import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { teamForTests } from '../../testing/team-for-tests.ts';
import { startTestControlRoom } from '../../testing/test-control-room.ts';

const here = teamForTests({ maxWorkers: 3, environment: { CLAUDE_CODE_MAX_RETRIES: '4' } });

const inboxKinds = async () => (await here.room.api.inbox.list()).items.map(({ kind }) => kind);

test('a rate limit is shown with its countdown while the CLI still waits, and is over when the API answers', async () => {
  const worker = await here.team.spawn('limited', [
    { err: { status: 429, msg: 'slow down', times: 2, headers: { 'retry-after': '1' } } },
    { text: 'At last.' },
  ]);
  const waiting = await here.team.when(worker.id, ({ retry }) => retry?.attempt === 1);
  expect(waiting).toMatchObject({
    state: 'working',
    health: 'degraded',
    healthReason: expect.stringMatching(/^API error 429, trying again in \d+ s \(1 of 4\)$/),
    retry: { status: 429, attempts: 4 },
    troubles: [{ kind: 'retry', text: 'The API does not answer: API error 429. Claude tries again by itself.' }],
  });
  // It was told before the wait was over, not after.
  expect(waiting.retry?.nextAt).toBeGreaterThan(waiting.lastActivityAt);
  const second = await here.team.when(worker.id, ({ retry }) => retry?.attempt === 2);
  expect(second.troubles[0]?.since).toBe(waiting.troubles[0]?.since);
  expect(await here.team.when(worker.id, ({ turns }) => turns === 1)).toMatchObject({
    state: 'idle',
    health: 'healthy',
    healthReason: null,
    retry: null,
    troubles: [],
  });
});

test('a wait for the API is ended by an interrupt, and the worker stays usable', async () => {
  const worker = await here.team.spawn('impatient', [{ err: { status: 500 } }]);
  await here.team.when(worker.id, ({ retry }) => retry !== null);
  await here.room.api.workers.interrupt({ id: worker.id });
  expect(await here.team.when(worker.id, ({ turns }) => turns === 1)).toMatchObject({
    state: 'idle',
    retry: null,
    troubles: [],
  });
  await here.team.say(worker.id, 'again', [{ text: 'Now it works.' }]);
  await here.team.when(worker.id, ({ turns }) => turns === 2);
});

test('a rate limit for longer than the CLI waits ends the turn; it is tried again later by itself', async () => {
  const worker = await here.team.spawn('long limit', [{ err: { status: 429, headers: { 'retry-after': '90' } } }]);
  expect(await here.team.when(worker.id, ({ state }) => state === 'ended')).toMatchObject({
    endCode: 'RATE_LIMITED',
    recovery: { attempts: 0, nextAt: expect.any(Number) },
    troubles: [{ kind: 'retry', text: expect.stringMatching(/429.*resumed by itself \(1 of 3\)/) }],
  });
  expect(await inboxKinds()).toEqual(['retry']);
});

test('an overloaded API is named, and tried again later by itself', async () => {
  const worker = await here.team.spawn('overloaded', [{ err: { status: 529 } }]);
  expect(await here.team.when(worker.id, ({ retry }) => retry !== null)).toMatchObject({ retry: { status: 529 } });
  expect(await here.team.when(worker.id, ({ state }) => state === 'ended')).toMatchObject({
    endCode: 'OVERLOADED',
    recovery: { nextAt: expect.any(Number) },
  });
});

test('a refused credential is told at its first refusal, not after minutes of trying', async () => {
  const worker = await here.team.spawn('no key', [{ err: { status: 401, msg: 'invalid x-api-key' } }]);
  expect(await here.team.when(worker.id, ({ state }) => state === 'ended')).toMatchObject({
    endCode: 'AUTH',
    troubles: [{ kind: 'login', fix: 'Log in with "claude" or set a valid key, then resume.' }],
  });
  expect(
    here.model.requests.filter(({ kind, text }) => kind === 'turn' && text.includes('no key %%')).length,
  ).toBeLessThan(3);
  expect(await inboxKinds()).toEqual(['login']);
});

test('an answer that is cut off in the middle stands there once, and the worker stays usable', async () => {
  // Whether the CLI asks again or takes what came is its own affair.
  const worker = await here.team.spawn('cut', [{ text: 'Half of a sent', cut: true }, { text: 'Whole.' }]);
  const done = await here.team.when(worker.id, ({ turns }) => turns === 1);
  const { items } = await here.room.api.workers.messages({ id: worker.id });
  const texts = items.flatMap((message) => (message.kind === 'text' ? [message.text] : []));
  expect(texts).toEqual([...new Set(texts)]);
  expect(texts[0]).toBe('Half of a sent');
  expect(done).toMatchObject({ state: 'idle', retry: null });
  expect(done.usage.inputTokens).toBeGreaterThanOrEqual(100);
});

test('an API that cannot be reached is told as that, with the number of tries', async () => {
  // A port that was free a moment ago and that nobody listens on.
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  await here.room.close();
  await here.take(
    await startTestControlRoom({
      modelUrl: `http://127.0.0.1:${port}`,
      environment: { CLAUDE_CODE_MAX_RETRIES: '2' },
    }),
  );
  const worker = await here.team.spawn('alone', [{ text: 'Never.' }]);
  expect(await here.team.when(worker.id, ({ retry }) => retry !== null)).toMatchObject({
    healthReason: expect.stringMatching(/^no connection, trying again in \d+ s \(1 of 2\)$/),
    retry: { status: null },
  });
  expect(await here.team.when(worker.id, ({ state }) => state === 'ended')).toMatchObject({
    endCode: 'NETWORK',
    endReason: expect.stringContaining('cannot be reached'),
    recovery: { nextAt: expect.any(Number) },
  });
});
