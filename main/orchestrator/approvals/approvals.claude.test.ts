import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Worker } from '../../../shared/workers.ts';
import type { ModelStep } from '../../testing/scripted-model.ts';
import { teamForTests } from '../../testing/team-for-tests.ts';
import { startTestControlRoom } from '../../testing/test-control-room.ts';

const here = teamForTests();

afterEach(async () => {
  for (const { id } of (await here.room.api.rules.list()).items) await here.room.api.rules.remove({ id });
});

const touch = (name: string): ModelStep => ({
  tools: [{ name: 'Bash', input: { command: `touch ${name}`, description: 'Touch' } }],
});
const folderOf = (worker: Worker) =>
  join(here.room.home.folder, 'worktrees', 'sample', worker.branch?.split('/').at(-1) ?? '');

describe.each(['headless', 'interactive'] as const)('a request of a real %s worker', (kind) => {
  test('allowed for the session is not asked again, by this worker alone', async () => {
    const worker = await here.team.spawn(`session ${kind}`, [touch('a.txt'), touch('b.txt'), { text: 'Both.' }], {
      kind,
    });
    const asked = await here.team.request(worker.id);
    expect(asked.suggestedRules).toEqual(['Bash(touch a.txt)', 'Bash(touch *)']);
    const decided = await here.room.api.approvals.decide({
      id: asked.id,
      decision: 'allow',
      scope: 'session',
      rule: 'Bash(touch *)',
    });
    expect(decided).toMatchObject({ state: 'allowed', decidedBy: 'tester', decidedFrom: 'the test' });
    const done = await here.team.when(worker.id, ({ turns }) => turns === 1);
    expect(existsSync(join(folderOf(done), 'b.txt'))).toBe(true);
    const rule = (await here.room.api.rules.list()).items[0];
    expect(rule).toMatchObject({
      scope: 'session',
      workerId: worker.id,
      rule: 'Bash(touch *)',
      uses: 1,
      createdBy: 'tester',
    });
    const { items } = await here.room.api.approvals.list({ workerId: worker.id });
    expect(items).toMatchObject([
      { summary: 'touch b.txt', state: 'allowed', decidedBy: 'rule', ruleId: rule?.id },
      { summary: 'touch a.txt', state: 'allowed', decidedBy: 'tester', ruleId: rule?.id },
    ]);
    // What a rule answers never waits: nobody is alarmed.
    const alarms = (await here.room.api.audit.list({ action: 'approvals.' })).items.map(({ actor, outcome }) => [
      actor,
      outcome,
    ]);
    expect(alarms.slice(0, 2)).toEqual([
      ['rule', 'allowed'],
      ['tester', 'allowed'],
    ]);
    const other = await here.team.spawn(`other ${kind}`, [touch('a.txt')], { kind });
    expect(await here.team.request(other.id)).toMatchObject({ state: 'waiting', summary: 'touch a.txt' });
  });

  test('edited runs as edited', async () => {
    const worker = await here.team.spawn(`edited ${kind}`, [touch('wrong.txt'), { text: 'Done.' }], { kind });
    const asked = await here.team.request(worker.id);
    await here.room.api.approvals.decide({
      id: asked.id,
      decision: 'allow',
      updatedInput: { ...asked.input, command: 'printf edited > right.txt' },
    });
    const done = await here.team.when(worker.id, ({ turns }) => turns === 1);
    expect(await readFile(join(folderOf(done), 'right.txt'), 'utf8')).toBe('edited');
    expect(existsSync(join(folderOf(done), 'wrong.txt'))).toBe(false);
  });

  test('denied with its turn ends the turn; denied for the project is denied everywhere', async () => {
    const worker = await here.team.spawn(`no ${kind}`, [touch('no.txt'), { text: 'Went on.' }], { kind });
    const asked = await here.team.request(worker.id);
    await here.room.api.approvals.decide({
      id: asked.id,
      decision: 'deny',
      message: 'Never touch.',
      interrupt: true,
      scope: 'project',
      rule: 'Bash(touch no*)',
    });
    await here.team.when(worker.id, ({ state }) => state === 'idle');
    const texts = (await here.room.api.workers.messages({ id: worker.id })).items.filter(
      (message) => message.kind === 'text',
    );
    expect(texts).toEqual([]);
    const second = await here.team.spawn(`no again ${kind}`, [touch('not-this.txt'), { text: 'Understood.' }], {
      kind,
    });
    await here.team.when(second.id, ({ turns }) => turns === 1);
    expect(existsSync(join(folderOf(second), 'not-this.txt'))).toBe(false);
    expect(
      (await here.room.api.approvals.list({ workerId: second.id })).items.filter(({ state }) => state === 'waiting'),
    ).toEqual([]);
  });

  test('taken back by an interrupt disappears', async () => {
    const worker = await here.team.spawn(`back ${kind}`, [touch('x.txt')], { kind });
    const asked = await here.team.request(worker.id);
    await here.room.api.workers.interrupt({ id: worker.id });
    expect(await here.team.request(worker.id, ({ state }) => state !== 'waiting')).toMatchObject({
      id: asked.id,
      state: 'cancelled',
    });
    expect((await here.room.api.inbox.list()).items).toEqual([]);
    await expect(here.room.api.approvals.decide({ id: asked.id, decision: 'allow' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('cancelled'),
    });
  });
});

test('a rule for everybody answers what waits already, and survives a restart; many are decided at once', async () => {
  const workers = await Promise.all(
    ['one', 'two', 'three'].map((name) => here.team.spawn(name, [touch('same.txt'), { text: 'Fine.' }])),
  );
  const asked = await Promise.all(workers.map(({ id }) => here.team.request(id)));
  const [first, second, third] = asked.map(({ id }) => id);
  if (!first || !second || !third) throw new Error('unreachable');
  await here.room.api.approvals.decide({ id: third, decision: 'deny' });
  const result = await here.room.api.approvals.decideMany({
    ids: [first, second, third],
    decision: 'allow',
    scope: 'always',
  });
  expect(result.decided.map(({ id, state }) => [id, state])).toEqual([
    [first, 'allowed'],
    [second, 'allowed'],
  ]);
  expect(result.failed).toMatchObject([{ id: third, message: expect.stringContaining('denied by tester') }]);
  await Promise.all(workers.map(({ id }) => here.team.when(id, ({ turns }) => turns === 1)));
  await here.take(await here.room.restart());
  const later = await here.team.spawn('four', [touch('same.txt'), { text: 'Fine.' }]);
  await here.team.when(later.id, ({ turns }) => turns === 1);
  // It was started with the rule as a flag: the CLI did not even ask.
  expect((await here.room.api.approvals.list({ workerId: later.id })).items).toEqual([]);
});

test('a rule that does not answer its call is refused, and nothing is decided', async () => {
  const worker = await here.team.spawn('refused', [touch('r.txt')]);
  const asked = await here.team.request(worker.id);
  await expect(
    here.room.api.approvals.decide({ id: asked.id, decision: 'allow', scope: 'project', rule: 'Bash(make *)' }),
  ).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('Bash(make *) does not allow this call'),
  });
  await expect(
    here.room.api.approvals.decide({ id: asked.id, decision: 'allow', scope: 'project', rule: 'Bash(' }),
  ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(await here.room.api.approvals.get({ id: asked.id })).toMatchObject({ state: 'waiting' });
  expect((await here.room.api.rules.list()).items).toEqual([]);
});

test('a request that is put off stays, uncounted, and comes back', async () => {
  const worker = await here.team.spawn('later', [touch('l.txt'), { text: 'Done.' }]);
  const asked = await here.team.request(worker.id);
  const until = Date.now() + 60_000;
  await here.room.api.inbox.snooze({ id: asked.id, until });
  expect((await here.room.api.inbox.list()).items).toMatchObject([{ id: asked.id, snoozedUntil: until }]);
  expect(here.room.orchestrator.counts().waiting).toBe(0);
  await here.room.api.inbox.snooze({ id: asked.id, until: null });
  expect(here.room.orchestrator.counts().waiting).toBe(1);
  await expect(here.room.api.inbox.dismiss({ id: asked.id })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(here.room.api.inbox.snooze({ id: asked.id, until: 5 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(here.room.api.inbox.dismiss({ id: 'a_gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('twenty workers that ask at once: every request once, all answered', async () => {
  await here.room.close();
  await here.take(await startTestControlRoom({ modelUrl: here.model.url, maxWorkers: 20 }));
  const workers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      here.team.spawn(`crowd ${index}`, [touch(`${index}.txt`), { text: 'In.' }]),
    ),
  );
  const asked = await Promise.all(workers.map(({ id }) => here.team.request(id)));
  const { items } = await here.room.api.inbox.list();
  expect(items.map(({ approvalId }) => approvalId).sort()).toEqual(asked.map(({ id }) => id).sort());
  const { decided, failed } = await here.room.api.approvals.decideMany({
    ids: asked.map(({ id }) => id),
    decision: 'allow',
  });
  expect([decided.length, failed.length]).toEqual([20, 0]);
  await Promise.all(workers.map(({ id }) => here.team.when(id, ({ turns }) => turns === 1)));
  expect((await here.room.api.approvals.list({ limit: 1000 })).items).toHaveLength(20);
  expect((await here.room.api.inbox.list()).items).toEqual([]);
}, 180_000);
