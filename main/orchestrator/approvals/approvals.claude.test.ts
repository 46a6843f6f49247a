import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Project } from '../../../shared/projects.ts';
import type { Worker } from '../../../shared/workers.ts';
import { createGitFixture, type GitFixture } from '../../testing/git-fixture.ts';
import { type ModelStep, type ScriptedModel, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let project: Project;
let team: Team;

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers: 5 });
  project = await room.api.projects.add({ path: repository.path });
  team = createTeam(room, project);
});

afterEach(async () => {
  await team.stopAll();
  for (const { id } of (await room.api.rules.list()).items) await room.api.rules.remove({ id });
});

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

const touch = (name: string): ModelStep => ({
  tools: [{ name: 'Bash', input: { command: `touch ${name}`, description: 'Touch' } }],
});
const folderOf = (worker: Worker) =>
  join(room.home.folder, 'worktrees', 'sample', worker.branch?.split('/').at(-1) ?? '');

describe.each(['headless', 'interactive'] as const)('a request of a real %s worker', (kind) => {
  test('allowed for the session is not asked again, by this worker alone', async () => {
    const worker = await team.spawn(`session ${kind}`, [touch('a.txt'), touch('b.txt'), { text: 'Both.' }], { kind });
    const asked = await team.request(worker.id);
    expect(asked.suggestedRules).toEqual(['Bash(touch a.txt)', 'Bash(touch *)']);
    const decided = await room.api.approvals.decide({
      id: asked.id,
      decision: 'allow',
      scope: 'session',
      rule: 'Bash(touch *)',
    });
    expect(decided).toMatchObject({ state: 'allowed', decidedBy: 'tester', decidedFrom: 'the test' });
    const done = await team.when(worker.id, ({ turns }) => turns === 1);
    expect(existsSync(join(folderOf(done), 'b.txt'))).toBe(true);
    const rule = (await room.api.rules.list()).items[0];
    expect(rule).toMatchObject({
      scope: 'session',
      workerId: worker.id,
      rule: 'Bash(touch *)',
      uses: 1,
      createdBy: 'tester',
    });
    const { items } = await room.api.approvals.list({ workerId: worker.id });
    expect(items).toMatchObject([
      { summary: 'touch b.txt', state: 'allowed', decidedBy: 'rule', ruleId: rule?.id },
      { summary: 'touch a.txt', state: 'allowed', decidedBy: 'tester', ruleId: rule?.id },
    ]);
    // What a rule answers never waits: nobody is alarmed.
    const alarms = (await room.api.audit.list({ action: 'approvals.' })).items.map(({ actor, outcome }) => [
      actor,
      outcome,
    ]);
    expect(alarms.slice(0, 2)).toEqual([
      ['rule', 'allowed'],
      ['tester', 'allowed'],
    ]);
    const other = await team.spawn(`other ${kind}`, [touch('a.txt')], { kind });
    expect(await team.request(other.id)).toMatchObject({ state: 'waiting', summary: 'touch a.txt' });
  });

  test('edited runs as edited', async () => {
    const worker = await team.spawn(`edited ${kind}`, [touch('wrong.txt'), { text: 'Done.' }], { kind });
    const asked = await team.request(worker.id);
    await room.api.approvals.decide({
      id: asked.id,
      decision: 'allow',
      updatedInput: { ...asked.input, command: 'printf edited > right.txt' },
    });
    const done = await team.when(worker.id, ({ turns }) => turns === 1);
    expect(await readFile(join(folderOf(done), 'right.txt'), 'utf8')).toBe('edited');
    expect(existsSync(join(folderOf(done), 'wrong.txt'))).toBe(false);
  });

  test('denied with its turn ends the turn; denied for the project is denied everywhere', async () => {
    const worker = await team.spawn(`no ${kind}`, [touch('no.txt'), { text: 'Went on.' }], { kind });
    const asked = await team.request(worker.id);
    await room.api.approvals.decide({
      id: asked.id,
      decision: 'deny',
      message: 'Never touch.',
      interrupt: true,
      scope: 'project',
      rule: 'Bash(touch no*)',
    });
    await team.when(worker.id, ({ state }) => state === 'idle');
    const texts = (await room.api.workers.messages({ id: worker.id })).items.filter(
      (message) => message.kind === 'text',
    );
    expect(texts).toEqual([]);
    const second = await team.spawn(`no again ${kind}`, [touch('not-this.txt'), { text: 'Understood.' }], { kind });
    await team.when(second.id, ({ turns }) => turns === 1);
    expect(existsSync(join(folderOf(second), 'not-this.txt'))).toBe(false);
    expect(
      (await room.api.approvals.list({ workerId: second.id })).items.filter(({ state }) => state === 'waiting'),
    ).toEqual([]);
  });

  test('taken back by an interrupt disappears', async () => {
    const worker = await team.spawn(`back ${kind}`, [touch('x.txt')], { kind });
    const asked = await team.request(worker.id);
    await room.api.workers.interrupt({ id: worker.id });
    expect(await team.request(worker.id, ({ state }) => state !== 'waiting')).toMatchObject({
      id: asked.id,
      state: 'cancelled',
    });
    expect((await room.api.inbox.list()).items).toEqual([]);
    await expect(room.api.approvals.decide({ id: asked.id, decision: 'allow' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('cancelled'),
    });
  });
});

test('a rule for everybody answers what waits already, and survives a restart; many are decided at once', async () => {
  const workers = await Promise.all(
    ['one', 'two', 'three'].map((name) => team.spawn(name, [touch('same.txt'), { text: 'Fine.' }])),
  );
  const asked = await Promise.all(workers.map(({ id }) => team.request(id)));
  const [first, second, third] = asked.map(({ id }) => id);
  if (!first || !second || !third) throw new Error('unreachable');
  await room.api.approvals.decide({ id: third, decision: 'deny' });
  const result = await room.api.approvals.decideMany({
    ids: [first, second, third],
    decision: 'allow',
    scope: 'always',
  });
  expect(result.decided.map(({ id, state }) => [id, state])).toEqual([
    [first, 'allowed'],
    [second, 'allowed'],
  ]);
  expect(result.failed).toMatchObject([{ id: third, message: expect.stringContaining('denied by tester') }]);
  await Promise.all(workers.map(({ id }) => team.when(id, ({ turns }) => turns === 1)));
  room = await room.restart();
  team = createTeam(room, project);
  const later = await team.spawn('four', [touch('same.txt'), { text: 'Fine.' }]);
  await team.when(later.id, ({ turns }) => turns === 1);
  // It was started with the rule as a flag: the CLI did not even ask.
  expect((await room.api.approvals.list({ workerId: later.id })).items).toEqual([]);
});

test('a rule that does not answer its call is refused, and nothing is decided', async () => {
  const worker = await team.spawn('refused', [touch('r.txt')]);
  const asked = await team.request(worker.id);
  await expect(
    room.api.approvals.decide({ id: asked.id, decision: 'allow', scope: 'project', rule: 'Bash(make *)' }),
  ).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('Bash(make *) does not allow this call'),
  });
  await expect(
    room.api.approvals.decide({ id: asked.id, decision: 'allow', scope: 'project', rule: 'Bash(' }),
  ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(await room.api.approvals.get({ id: asked.id })).toMatchObject({ state: 'waiting' });
  expect((await room.api.rules.list()).items).toEqual([]);
});

test('a request that is put off stays, uncounted, and comes back', async () => {
  const worker = await team.spawn('later', [touch('l.txt'), { text: 'Done.' }]);
  const asked = await team.request(worker.id);
  const until = Date.now() + 60_000;
  await room.api.inbox.snooze({ id: asked.id, until });
  expect((await room.api.inbox.list()).items).toMatchObject([{ id: asked.id, snoozedUntil: until }]);
  expect(room.orchestrator.counts().waiting).toBe(0);
  await room.api.inbox.snooze({ id: asked.id, until: null });
  expect(room.orchestrator.counts().waiting).toBe(1);
  await expect(room.api.inbox.dismiss({ id: asked.id })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(room.api.inbox.snooze({ id: asked.id, until: 5 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(room.api.inbox.dismiss({ id: 'a_gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('twenty workers that ask at once: every request once, all answered', async () => {
  await room.close();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers: 20 });
  project = await room.api.projects.add({ path: repository.path });
  team = createTeam(room, project);
  const workers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => team.spawn(`crowd ${index}`, [touch(`${index}.txt`), { text: 'In.' }])),
  );
  const asked = await Promise.all(workers.map(({ id }) => team.request(id)));
  const { items } = await room.api.inbox.list();
  expect(items.map(({ approvalId }) => approvalId).sort()).toEqual(asked.map(({ id }) => id).sort());
  const { decided, failed } = await room.api.approvals.decideMany({
    ids: asked.map(({ id }) => id),
    decision: 'allow',
  });
  expect([decided.length, failed.length]).toEqual([20, 0]);
  await Promise.all(workers.map(({ id }) => team.when(id, ({ turns }) => turns === 1)));
  expect((await room.api.approvals.list({ limit: 1000 })).items).toHaveLength(20);
  expect((await room.api.inbox.list()).items).toEqual([]);
}, 180_000);
