import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture, git } from '../../testing/git-fixture.ts';
import { type ModelStep, type ScriptedModel, script, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let team: Team;
let spawn: Team['spawn'];
let workerWhen: Team['when'];
let approvalOf: Team['request'];
let stopped: Team['stop'];

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers: 3 });
  const project = await room.api.projects.add({ path: repository.path });
  team = createTeam(room, project);
  ({ spawn, when: workerWhen, request: approvalOf, stop: stopped } = team);
});

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

afterEach(async () => {
  await team.stopAll();
});

const question = {
  question: 'Which color?',
  header: 'Color',
  multiSelect: false,
  options: [
    { label: 'Blue', description: 'b' },
    { label: 'Red', description: 'r' },
  ],
};

describe.each(['headless', 'interactive'] as const)('a real %s worker', (kind) => {
  test('works in its own worktree, asks, is allowed and is counted', async () => {
    const name = `write ${kind}`;
    const path = join(room.home.folder, 'worktrees', 'sample', `write-${kind}`, 'notes.txt');
    const worker = await spawn(
      name,
      [
        {
          text: 'I will write the notes.',
          tools: [{ name: 'Write', input: { file_path: path, content: 'one\ntwo\n' } }],
          out: 30,
        },
        {
          tools: [{ name: 'Bash', input: { command: 'git add -A && git commit -qm notes', description: 'Commit' } }],
          out: 10,
        },
        { text: 'The notes are written.', out: 5 },
      ],
      { kind },
    );
    expect(worker.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    const asked = await approvalOf(worker.id);
    expect(asked).toMatchObject({
      state: 'waiting',
      kind: 'tool',
      toolName: 'Write',
      summary: path,
      input: { content: 'one\ntwo\n' },
    });
    expect(await workerWhen(worker.id, ({ state }) => state === 'waiting')).toMatchObject({ waitingFor: 'approval' });
    expect(existsSync(path)).toBe(false);
    await room.api.approvals.decide({ id: asked.id, decision: 'allow' });
    const done = await workerWhen(worker.id, ({ turns, changes }) => turns === 1 && changes !== null);
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect(done).toMatchObject({
      state: 'idle',
      branch: `worker/write-${kind}`,
      changes: { files: 1, additions: 2, deletions: 0 },
      usage: { inputTokens: 300, outputTokens: 45, cacheReadTokens: 0, cacheWriteTokens: 0 },
    });
    expect(await git(repository.path, 'log', '--format=%s', `worker/write-${kind}`)).toBe('notes\nFirst commit\n');
    const { items } = await room.api.workers.messages({ id: worker.id });
    expect(
      items.map((message) => (message.kind === 'tool' ? `${message.name} ${message.state}` : message.kind)),
    ).toEqual(['prompt', 'text', 'Write done', 'Bash done', 'text', 'turn']);
    expect(items.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    await stopped(worker.id);
  });

  test('hears why it was denied, and a question is answered', async () => {
    const worker = await spawn(
      `deny ${kind}`,
      [
        { tools: [{ name: 'Bash', input: { command: 'touch forbidden.txt', description: 'Touch' } }] },
        { tools: [{ name: 'AskUserQuestion', input: { questions: [question] } }] },
        { text: 'I know now.' },
      ],
      { kind },
    );
    const asked = await approvalOf(worker.id);
    await room.api.approvals.decide({ id: asked.id, decision: 'deny', message: 'Not in this house.' });
    const second = await approvalOf(worker.id, ({ kind: what }) => what === 'question');
    await expect(room.api.approvals.decide({ id: second.id, decision: 'answer', answers: {} })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await room.api.approvals.decide({ id: second.id, decision: 'answer', answers: { 'Which color?': 'Blue' } });
    await workerWhen(worker.id, ({ turns }) => turns === 1);
    const tools = (await room.api.workers.messages({ id: worker.id })).items.filter(
      (message) => message.kind === 'tool',
    );
    if (kind === 'headless') expect(tools.map((tool) => tool.state)).toEqual(['denied', 'done']);
    expect(tools.map((tool) => tool.output).join('\n')).toMatch(/Not in this house\.[\s\S]*Blue/);
    expect(existsSync(join(room.home.folder, 'worktrees', 'sample', `deny-${kind}`, 'forbidden.txt'))).toBe(false);
    await expect(room.api.approvals.decide({ id: asked.id, decision: 'allow' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await stopped(worker.id);
  });

  test('takes further messages, is stopped and comes back by its session', async () => {
    const worker = await spawn(`talk ${kind}`, [{ text: 'First answer.' }], { kind });
    await workerWhen(worker.id, ({ turns }) => turns === 1);
    await room.api.workers.send({ id: worker.id, text: `and now ${script([{ text: 'Second answer.' }])}` });
    await workerWhen(worker.id, ({ turns }) => turns === 2);
    await room.api.workers.stop({ id: worker.id });
    expect(await workerWhen(worker.id, ({ state }) => state === 'ended')).toMatchObject({
      outcome: 'stopped',
      endReason: 'Stopped by tester.',
    });
    await room.api.workers.resume({ id: worker.id, prompt: `again ${script([{ text: 'Third answer.' }])}` });
    const back = await workerWhen(worker.id, ({ turns }) => turns === 3);
    expect(back).toMatchObject({ sessionId: worker.sessionId, restarts: 1 });
    const told = model.requests
      .filter((request) => request.kind === 'turn' && request.sessionId === worker.sessionId)
      .at(-1);
    expect(told?.text).toContain('First answer.');
    const { items } = await room.api.workers.messages({ id: worker.id });
    expect(items.flatMap((message) => (message.kind === 'text' ? [message.text] : []))).toEqual([
      'First answer.',
      'Second answer.',
      'Third answer.',
    ]);
    expect(items.filter((message) => message.kind === 'prompt')).toHaveLength(3);
    expect(back.usage.inputTokens).toBe(300);
    await stopped(worker.id);
  });

  test('is interrupted in the middle of a turn and stays usable', async () => {
    const worker = await spawn(`hang ${kind}`, [{ text: 'I think about it', hang: true }], { kind });
    const request = await model.waitFor(
      ({ kind: what, sessionId }) => what === 'turn' && sessionId === worker.sessionId,
    );
    await workerWhen(worker.id, ({ state }) => state === 'working');
    await room.api.workers.interrupt({ id: worker.id });
    await model.waitFor((candidate) => candidate === request && candidate.disconnected);
    await workerWhen(
      worker.id,
      ({ state, evidence }) =>
        state === 'idle' && evidence !== 'stream: ready' && !evidence.startsWith('hook SessionStart'),
    );
    await room.api.workers.send({ id: worker.id, text: `go on ${script([{ text: 'Back again.' }])}` });
    await room.waitForEvent(
      (event) =>
        event.type === 'worker.changed' &&
        event.worker.id === worker.id &&
        event.worker.preview.includes('Back again.'),
    );
    await stopped(worker.id);
  });
});

test('a worker is taken over in a terminal and back in the same session', async () => {
  const worker = await spawn('switch', [{ text: 'Said without a screen.' }]);
  await workerWhen(worker.id, ({ turns }) => turns === 1);
  await room.api.workers.switchKind({ id: worker.id, kind: 'interactive' });
  const taken = await workerWhen(
    worker.id,
    ({ kind, state, terminalId }) => kind === 'interactive' && state === 'idle' && terminalId !== null,
  );
  await room.api.workers.send({ id: worker.id, text: `on screen ${script([{ text: 'Said on the screen.' }])}` });
  await workerWhen(worker.id, ({ turns }) => turns === 2);
  const { text } = await room.api.terminals.screen({ id: taken.terminalId as NonNullable<typeof taken.terminalId> });
  expect(text).toContain('Said on the screen.');
  await room.api.workers.switchKind({ id: worker.id, kind: 'headless' });
  await workerWhen(
    worker.id,
    ({ kind, state, stateChangedAt }) =>
      kind === 'headless' && state === 'idle' && stateChangedAt > taken.stateChangedAt,
  );
  await room.api.workers.send({ id: worker.id, text: `back ${script([{ text: 'And back.' }])}` });
  const back = await workerWhen(worker.id, ({ turns }) => turns === 3);
  expect(back).toMatchObject({ sessionId: worker.sessionId, restarts: 0 });
  const { items } = await room.api.workers.messages({ id: worker.id });
  expect(items.flatMap((message) => (message.kind === 'text' ? [message.text] : []))).toEqual([
    'Said without a screen.',
    'Said on the screen.',
    'And back.',
  ]);
  await stopped(worker.id);
});

describe('a headless worker ends with a reason in words', () => {
  const cases: [string, ModelStep, string, RegExp][] = [
    ['401', { err: { status: 401, msg: 'invalid x-api-key' } }, 'AUTH', /401.*ANTHROPIC_API_KEY/],
    ['403', { err: { status: 403, msg: 'No entry.' } }, 'AUTH', /403/],
    ['404', { err: { status: 404, msg: 'model: nope' } }, 'MODEL_NOT_FOUND', /model/i],
    ['429', { err: { status: 429, headers: { 'retry-after': '90' } } }, 'RATE_LIMITED', /429/],
    ['500', { err: { status: 500 } }, 'API_ERROR', /500/],
    ['529', { err: { status: 529 } }, 'OVERLOADED', /529/],
  ];
  test.each(cases)('%s', async (name, step, code, sentence) => {
    const worker = await spawn(`fails ${name}`, [step]);
    const end = await workerWhen(worker.id, ({ state }) => state === 'ended');
    expect(end).toMatchObject({ outcome: 'failed', endCode: code });
    expect(end.endReason).toMatch(sentence);
  });
});

test('places are limited, the queue is visible and follows priority; a dependency is waited for', async () => {
  const held = await Promise.all(
    ['a', 'b', 'c'].map((name) => spawn(`held ${name}`, [{ text: 'Waiting', hang: true }])),
  );
  const low = await spawn('queued low', [{ text: 'Low.' }]);
  const high = await spawn('queued high', [{ text: 'High.' }], { priority: 5 });
  const [first] = held;
  if (!first) throw new Error('unreachable');
  const after = await spawn('queued after', [{ text: 'After.' }], { dependsOn: [high.id], priority: 10 });
  expect((await room.api.workers.get({ id: high.id })).queuePosition).toBe(2);
  expect((await room.api.workers.get({ id: low.id })).queuePosition).toBe(3);
  await stopped(first.id);
  await workerWhen(high.id, ({ turns }) => turns === 1);
  expect((await room.api.workers.get({ id: low.id })).state).toBe('queued');
  expect((await room.api.workers.get({ id: after.id })).state).toBe('queued');
  await stopped(high.id);
  // It was stopped, not done: who depends on it waits on, the next in line starts.
  await workerWhen(low.id, ({ turns }) => turns === 1);
  expect((await room.api.workers.get({ id: after.id })).state).toBe('queued');
  expect(await room.api.workers.stop({ id: after.id })).toMatchObject({
    state: 'ended',
    outcome: 'stopped',
    endReason: 'Cancelled before it started.',
  });
  for (const { id } of [...held.slice(1), low]) await stopped(id);
});

test('names with quotes, line feeds and emoji and a prompt of 1 MB are taken or refused with the field named', async () => {
  const worker = await spawn(`"quoted" it's 🚀 #1`, [{ text: 'Fine.' }]);
  expect(await workerWhen(worker.id, ({ turns }) => turns === 1)).toMatchObject({
    name: `"quoted" it's 🚀 #1`,
    branch: 'worker/quoted-it-s-1',
  });
  await expect(spawn('two\nlines', [])).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('name'),
  });
  await room.api.workers.send({
    id: worker.id,
    text: `${'x'.repeat(1_000_000)} ${script([{ text: 'That was long.' }])}`,
  });
  await workerWhen(worker.id, ({ preview }) => preview.includes('That was long.'));
  await stopped(worker.id);
});

test('a removed worker leaves its worktree, and uncommitted work in it is never lost', async () => {
  const path = join(room.home.folder, 'worktrees', 'sample', 'leftover', 'draft.txt');
  const worker = await spawn('leftover', [
    { tools: [{ name: 'Write', input: { file_path: path, content: 'draft' } }] },
    { text: 'Left.' },
  ]);
  const asked = await approvalOf(worker.id);
  await room.api.approvals.decide({ id: asked.id, decision: 'allow' });
  const done = await workerWhen(worker.id, ({ turns }) => turns === 1);
  await expect(room.api.workers.remove({ id: worker.id })).rejects.toMatchObject({ code: 'CONFLICT' });
  const worktreeId = done.worktreeId as NonNullable<typeof done.worktreeId>;
  await expect(room.api.worktrees.remove({ id: worktreeId })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('leftover'),
  });
  await stopped(worker.id);
  await expect(room.api.worktrees.remove({ id: worktreeId })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('draft.txt'),
  });
  expect(await readFile(path, 'utf8')).toBe('draft');
  await room.api.workers.remove({ id: worker.id });
  expect((await room.api.worktrees.list({})).items.find(({ id }) => id === worktreeId)).toMatchObject({
    workerId: null,
  });
  await git(join(path, '..'), 'add', '-A');
  await git(join(path, '..'), 'commit', '-qm', 'draft');
  expect(await room.api.worktrees.remove({ id: worktreeId })).toEqual({ id: worktreeId, branchKept: true });
  expect(existsSync(path)).toBe(false);
});
