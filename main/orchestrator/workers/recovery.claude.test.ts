import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProcessTree, isProcessAlive } from '../../host/process-tree.ts';
import { teamForTests } from '../../testing/team-for-tests.ts';
import { claudeFolder, findTranscript } from '../claude/transcript.ts';
import { createOsSandbox } from '../permissions/os-sandbox.ts';

const { available: sandboxed } = await createOsSandbox({ environment: process.env }).look();
const here = teamForTests({ maxWorkers: 3 });

const hang = { text: 'Thinking about it.', hang: true };

test.each(['headless', 'interactive'] as const)(
  'a %s worker whose process dies in a turn is resumed by itself, told to go on, and has a history',
  async (kind) => {
    const worker = await here.team.spawn(`dies ${kind}`, [hang], { kind });
    await here.model.waitFor(({ text, kind: what }) => what === 'turn' && text.includes(`dies ${kind}`));
    const working = await here.team.when(worker.id, ({ state, pid }) => state === 'working' && pid !== null);
    process.kill(working.pid ?? 0, 'SIGKILL');
    const dead = await here.team.when(worker.id, ({ state }) => state === 'ended');
    expect(dead).toMatchObject({
      endCode: 'CRASHED',
      recovery: { attempts: 0, nextAt: expect.any(Number), history: [{ code: 'CRASHED' }] },
      troubles: [{ kind: 'retry', text: expect.stringContaining('resumed by itself (1 of 3)') }],
    });
    expect((dead.recovery.nextAt ?? 0) - (dead.endedAt ?? 0)).toBeGreaterThanOrEqual(4900);
    const back = await here.team.when(worker.id, ({ restarts, state }) => restarts === 1 && state === 'working');
    expect(back).toMatchObject({ sessionId: worker.sessionId, recovery: { attempts: 1, nextAt: null } });
    // Either its memory holds the prompt and it is told to go on, or it was killed before it wrote that down.
    await here.model.waitFor(({ at, text }) => at > (dead.endedAt ?? 0) && text.includes(`dies ${kind} %%`));
  },
);

test.each(['headless', 'interactive'] as const)(
  'a %s worker killed before its session held a word starts it anew under the same id',
  async (kind) => {
    const worker = await here.team.spawn(`early ${kind}`, [hang], { kind });
    await here.model.waitFor(({ text, kind: what }) => what === 'turn' && text.includes(`early ${kind}`));
    const working = await here.team.when(worker.id, ({ state, pid }) => state === 'working' && pid !== null);
    process.kill(working.pid ?? 0, 'SIGKILL');
    const dead = await here.team.when(worker.id, ({ state }) => state === 'ended');
    const folder = join(claudeFolder(here.room.home.environment), 'projects', worker.id);
    const found = await findTranscript(claudeFolder(here.room.home.environment), worker.sessionId);
    if (!found) await mkdir(folder, { recursive: true });
    // What the CLI has written by then when the machine is slow.
    await writeFile(
      found?.path ?? join(folder, `${worker.sessionId}.jsonl`),
      `${JSON.stringify({ type: 'mode', mode: 'normal', sessionId: worker.sessionId })}\n`,
    );
    const back = await here.room.api.workers.resume({ id: worker.id });
    expect(back.sessionId).toBe(worker.sessionId);
    await here.model.waitFor(({ at, text }) => at > (dead.endedAt ?? 0) && text.includes(`early ${kind} %%`));
  },
);

test.skipIf(!sandboxed)('the helpers of a sandbox do not outlive a Claude that was killed', async () => {
  const worker = await here.team.spawn('leaves', [
    { tools: [{ name: 'Bash', input: { command: 'touch made.txt', description: 'Make' } }] },
    hang,
  ]);
  const asked = await here.team.request(worker.id);
  const decidedAt = Date.now();
  await here.room.api.approvals.decide({ id: asked.id, decision: 'allow' });
  await here.model.waitFor(({ at, kind }) => kind === 'turn' && at > decidedAt);
  const { pid } = await here.team.when(worker.id, ({ state, pid }) => state === 'working' && pid !== null);
  const before = await findProcessTree({ pid, processStartTime: null, mark: undefined });
  expect(before.length).toBeGreaterThan(1);
  process.kill(pid ?? 0, 'SIGKILL');
  await here.team.when(worker.id, ({ state }) => state === 'ended');
  await expect
    .poll(async () => Promise.all(before.map((each) => isProcessAlive(each, null))), { timeout: 10_000 })
    .not.toContain(true);
});

test('a worker whose session file is gone does not do its work again, and says that it remembers nothing', async () => {
  const worker = await here.team.spawn('forgets', [{ text: 'The work is done.' }]);
  await here.team.when(worker.id, ({ turns }) => turns === 1);
  await here.team.stop(worker.id);
  const found = await findTranscript(claudeFolder(here.room.home.environment), worker.sessionId);
  await rm(found?.path ?? '');
  const asked = here.model.requests.length;
  await here.room.api.workers.resume({ id: worker.id });
  await here.team.when(worker.id, ({ state, restarts }) => state === 'idle' && restarts === 1);
  await here.team.say(worker.id, 'what now', [{ text: 'I know of nothing.' }]);
  await here.team.when(worker.id, ({ turns }) => turns === 2);
  const turns = here.model.requests.slice(asked).filter(({ kind }) => kind === 'turn');
  expect(turns.map(({ text }) => /forgets %%|what now %%/.exec(text)?.[0])).toEqual(['what now %%']);
  const { items } = await here.room.api.workers.messages({ id: worker.id });
  expect(items).toContainEqual(expect.objectContaining({ kind: 'notice', text: expect.stringContaining('is gone') }));
});

test('a second death waits longer; a person may resume at once or let it be', async () => {
  const worker = await here.team.spawn('dies twice', [hang]);
  const die = async (restarts: number) => {
    const working = await here.team.when(
      worker.id,
      (row) => row.restarts === restarts && row.state === 'working' && row.pid !== null,
    );
    process.kill(working.pid ?? 0, 'SIGKILL');
    return here.team.when(
      worker.id,
      (row) => row.restarts === restarts && row.state === 'ended' && row.endedAt !== null,
    );
  };
  await die(0);
  const second = await die(1);
  expect((second.recovery.nextAt ?? 0) - (second.endedAt ?? 0)).toBeGreaterThanOrEqual(29_000);
  const resumed = await here.room.api.workers.resume({ id: worker.id });
  expect(resumed).toMatchObject({ recovery: { attempts: 0, nextAt: null }, troubles: [] });
  await here.room.api.workers.send({ id: worker.id, text: 'again %%[{"text":"x","hang":true}]%%' });
  const third = await die(2);
  expect(third.recovery).toMatchObject({ attempts: 0, nextAt: expect.any(Number) });
  const left = await here.room.api.workers.cancelRecovery({ id: worker.id });
  expect(left).toMatchObject({ state: 'ended', recovery: { nextAt: null, history: [{}, {}, {}] }, troubles: [] });
});

test('a refused credential, a wrong model and a stop are not tried again', async () => {
  const refused = await here.team.spawn('refused', [{ err: { status: 401 } }]);
  expect(await here.team.when(refused.id, ({ state }) => state === 'ended')).toMatchObject({
    recovery: { nextAt: null, history: [] },
    troubles: [{ kind: 'login' }],
  });
  const wrong = await here.team.spawn('wrong', [{ err: { status: 404, msg: 'model: nope' } }]);
  expect(await here.team.when(wrong.id, ({ state }) => state === 'ended')).toMatchObject({
    recovery: { nextAt: null },
    troubles: [{ kind: 'failed' }],
  });
  const idle = await here.team.spawn('stopped', [{ text: 'Done.' }]);
  await here.team.when(idle.id, ({ turns }) => turns === 1);
  expect(await here.team.stop(idle.id)).toMatchObject({ outcome: 'stopped', recovery: { nextAt: null }, troubles: [] });
});
