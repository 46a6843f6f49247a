import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git } from '../../testing/git-fixture.ts';
import { type ModelStep, script } from '../../testing/scripted-model.ts';
import { teamForTests } from '../../testing/team-for-tests.ts';

const here = teamForTests({ maxWorkers: 3 });

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
    const path = join(here.room.home.folder, 'worktrees', 'sample', `write-${kind}`, 'notes.txt');
    const worker = await here.team.spawn(
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
    const asked = await here.team.request(worker.id);
    expect(asked).toMatchObject({
      state: 'waiting',
      kind: 'tool',
      toolName: 'Write',
      summary: path,
      input: { content: 'one\ntwo\n' },
    });
    expect(await here.team.when(worker.id, ({ state }) => state === 'waiting')).toMatchObject({
      waitingFor: 'approval',
    });
    expect(existsSync(path)).toBe(false);
    await here.room.api.approvals.decide({ id: asked.id, decision: 'allow' });
    const done = await here.team.when(worker.id, ({ turns, changes }) => turns === 1 && changes?.files === 1);
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect(done).toMatchObject({
      state: 'idle',
      branch: `worker/write-${kind}`,
      changes: { files: 1, additions: 2, deletions: 0 },
      usage: { inputTokens: 300, outputTokens: 45, cacheReadTokens: 0, cacheWriteTokens: 0 },
    });
    expect(await git(here.repository.path, 'log', '--format=%s', `worker/write-${kind}`)).toBe('notes\nFirst commit\n');
    const { items } = await here.room.api.workers.messages({ id: worker.id });
    expect(
      items.map((message) => (message.kind === 'tool' ? `${message.name} ${message.state}` : message.kind)),
    ).toEqual(['prompt', 'text', 'Write done', 'Bash done', 'text', 'turn']);
    expect(items.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    await here.team.stop(worker.id);
  });

  test('hears why it was denied, and a question is answered', async () => {
    const worker = await here.team.spawn(
      `deny ${kind}`,
      [
        { tools: [{ name: 'Bash', input: { command: 'touch forbidden.txt', description: 'Touch' } }] },
        { tools: [{ name: 'AskUserQuestion', input: { questions: [question] } }] },
        { text: 'I know now.' },
      ],
      { kind },
    );
    const asked = await here.team.request(worker.id);
    await here.room.api.approvals.decide({ id: asked.id, decision: 'deny', message: 'Not in this house.' });
    const second = await here.team.request(worker.id, ({ kind: what }) => what === 'question');
    await expect(
      here.room.api.approvals.decide({ id: second.id, decision: 'answer', answers: {} }),
    ).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await here.room.api.approvals.decide({ id: second.id, decision: 'answer', answers: { 'Which color?': 'Blue' } });
    await here.team.when(worker.id, ({ turns }) => turns === 1);
    const tools = (await here.room.api.workers.messages({ id: worker.id })).items.filter(
      (message) => message.kind === 'tool',
    );
    if (kind === 'headless') expect(tools.map((tool) => tool.state)).toEqual(['denied', 'done']);
    expect(tools.map((tool) => tool.output).join('\n')).toMatch(/Not in this house\.[\s\S]*Blue/);
    expect(existsSync(join(here.room.home.folder, 'worktrees', 'sample', `deny-${kind}`, 'forbidden.txt'))).toBe(false);
    await expect(here.room.api.approvals.decide({ id: asked.id, decision: 'allow' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await here.team.stop(worker.id);
  });

  test('takes further messages, is stopped and comes back by its session', async () => {
    const worker = await here.team.spawn(`talk ${kind}`, [{ text: 'First answer.' }], { kind });
    await here.team.when(worker.id, ({ turns }) => turns === 1);
    await here.room.api.workers.send({ id: worker.id, text: `and now ${script([{ text: 'Second answer.' }])}` });
    await here.team.when(worker.id, ({ turns }) => turns === 2);
    await here.room.api.workers.stop({ id: worker.id });
    expect(await here.team.when(worker.id, ({ state }) => state === 'ended')).toMatchObject({
      outcome: 'stopped',
      endReason: 'Stopped by tester.',
    });
    await here.room.api.workers.resume({ id: worker.id, prompt: `again ${script([{ text: 'Third answer.' }])}` });
    const back = await here.team.when(worker.id, ({ turns }) => turns === 3);
    expect(back).toMatchObject({ sessionId: worker.sessionId, restarts: 1 });
    const told = here.model.requests
      .filter((request) => request.kind === 'turn' && request.sessionId === worker.sessionId)
      .at(-1);
    expect(told?.text).toContain('First answer.');
    const { items } = await here.room.api.workers.messages({ id: worker.id });
    expect(items.flatMap((message) => (message.kind === 'text' ? [message.text] : []))).toEqual([
      'First answer.',
      'Second answer.',
      'Third answer.',
    ]);
    expect(items.filter((message) => message.kind === 'prompt')).toHaveLength(3);
    expect(back.usage.inputTokens).toBe(300);
    await here.team.stop(worker.id);
  });

  test('is interrupted in the middle of a turn and stays usable', async () => {
    const worker = await here.team.spawn(`hang ${kind}`, [{ text: 'I think about it', hang: true }], { kind });
    const request = await here.model.waitFor(
      ({ kind: what, sessionId }) => what === 'turn' && sessionId === worker.sessionId,
    );
    await here.team.when(worker.id, ({ state }) => state === 'working');
    await here.room.api.workers.interrupt({ id: worker.id });
    await here.model.waitFor((candidate) => candidate === request && candidate.disconnected);
    await here.team.when(
      worker.id,
      ({ state, evidence }) =>
        state === 'idle' && evidence !== 'stream: ready' && !evidence.startsWith('hook SessionStart'),
    );
    await here.room.api.workers.send({ id: worker.id, text: `go on ${script([{ text: 'Back again.' }])}` });
    await here.room.waitForEvent(
      (event) =>
        event.type === 'worker.changed' &&
        event.worker.id === worker.id &&
        event.worker.preview.includes('Back again.'),
    );
    await here.team.stop(worker.id);
  });
});

test('a worker is taken over in a terminal and back in the same session', async () => {
  const worker = await here.team.spawn('switch', [{ text: 'Said without a screen.' }]);
  await here.team.when(worker.id, ({ turns }) => turns === 1);
  await here.room.api.workers.switchKind({ id: worker.id, kind: 'interactive' });
  const taken = await here.team.when(
    worker.id,
    ({ kind, state, terminalId }) => kind === 'interactive' && state === 'idle' && terminalId !== null,
  );
  await here.room.api.workers.send({ id: worker.id, text: `on screen ${script([{ text: 'Said on the screen.' }])}` });
  await here.team.when(worker.id, ({ turns }) => turns === 2);
  const { text } = await here.room.api.terminals.screen({
    id: taken.terminalId as NonNullable<typeof taken.terminalId>,
  });
  expect(text).toContain('Said on the screen.');
  await here.room.api.workers.switchKind({ id: worker.id, kind: 'headless' });
  await here.team.when(
    worker.id,
    ({ kind, state, stateChangedAt }) =>
      kind === 'headless' && state === 'idle' && stateChangedAt > taken.stateChangedAt,
  );
  await here.room.api.workers.send({ id: worker.id, text: `back ${script([{ text: 'And back.' }])}` });
  const back = await here.team.when(worker.id, ({ turns }) => turns === 3);
  expect(back).toMatchObject({ sessionId: worker.sessionId, restarts: 0 });
  const { items } = await here.room.api.workers.messages({ id: worker.id });
  expect(items.flatMap((message) => (message.kind === 'text' ? [message.text] : []))).toEqual([
    'Said without a screen.',
    'Said on the screen.',
    'And back.',
  ]);
  await here.team.stop(worker.id);
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
    const worker = await here.team.spawn(`fails ${name}`, [step]);
    const end = await here.team.when(worker.id, ({ state }) => state === 'ended');
    expect(end).toMatchObject({ outcome: 'failed', endCode: code });
    expect(end.endReason).toMatch(sentence);
  });
});

test('places are limited, the queue is visible and follows priority; a dependency is waited for', async () => {
  const held = await Promise.all(
    ['a', 'b', 'c'].map((name) => here.team.spawn(`held ${name}`, [{ text: 'Waiting', hang: true }])),
  );
  const low = await here.team.spawn('queued low', [{ text: 'Low.' }]);
  const high = await here.team.spawn('queued high', [{ text: 'High.' }], { priority: 5 });
  const [first] = held;
  if (!first) throw new Error('unreachable');
  const after = await here.team.spawn('queued after', [{ text: 'After.' }], { dependsOn: [high.id], priority: 10 });
  expect((await here.room.api.workers.get({ id: high.id })).queuePosition).toBe(2);
  expect((await here.room.api.workers.get({ id: low.id })).queuePosition).toBe(3);
  await here.team.stop(first.id);
  await here.team.when(high.id, ({ turns }) => turns === 1);
  expect((await here.room.api.workers.get({ id: low.id })).state).toBe('queued');
  expect((await here.room.api.workers.get({ id: after.id })).state).toBe('queued');
  await here.team.stop(high.id);
  // It was stopped, not done: who depends on it waits on, the next in line starts.
  await here.team.when(low.id, ({ turns }) => turns === 1);
  expect((await here.room.api.workers.get({ id: after.id })).state).toBe('queued');
  expect(await here.room.api.workers.stop({ id: after.id })).toMatchObject({
    state: 'ended',
    outcome: 'stopped',
    endReason: 'Cancelled before it started.',
  });
  for (const { id } of [...held.slice(1), low]) await here.team.stop(id);
});

test('names with quotes, line feeds and emoji and a prompt of 1 MB are taken or refused with the field named', async () => {
  const worker = await here.team.spawn(`"quoted" it's 🚀 #1`, [{ text: 'Fine.' }]);
  expect(await here.team.when(worker.id, ({ turns }) => turns === 1)).toMatchObject({
    name: `"quoted" it's 🚀 #1`,
    branch: 'worker/quoted-it-s-1',
  });
  await expect(here.team.spawn('two\nlines', [])).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('name'),
  });
  await here.room.api.workers.send({
    id: worker.id,
    text: `${'x'.repeat(1_000_000)} ${script([{ text: 'That was long.' }])}`,
  });
  await here.team.when(worker.id, ({ preview }) => preview.includes('That was long.'));
  await here.team.stop(worker.id);
});

test('a removed worker leaves its worktree, and uncommitted work in it is never lost', async () => {
  const path = join(here.room.home.folder, 'worktrees', 'sample', 'leftover', 'draft.txt');
  const worker = await here.team.spawn('leftover', [
    { tools: [{ name: 'Write', input: { file_path: path, content: 'draft' } }] },
    { text: 'Left.' },
  ]);
  const asked = await here.team.request(worker.id);
  await here.room.api.approvals.decide({ id: asked.id, decision: 'allow' });
  const done = await here.team.when(worker.id, ({ turns }) => turns === 1);
  await expect(here.room.api.workers.remove({ id: worker.id })).rejects.toMatchObject({ code: 'CONFLICT' });
  const worktreeId = done.worktreeId as NonNullable<typeof done.worktreeId>;
  await expect(here.room.api.worktrees.remove({ id: worktreeId })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('leftover'),
  });
  await here.team.stop(worker.id);
  expect(await readFile(path, 'utf8')).toBe('draft');
  await here.room.api.workers.remove({ id: worker.id });
  expect((await here.room.api.worktrees.list({})).items.find(({ id }) => id === worktreeId)).toMatchObject({
    workerId: null,
  });
  expect(await here.room.api.worktrees.remove({ id: worktreeId })).toMatchObject({ id: worktreeId });
  expect(existsSync(path)).toBe(false);
  await here.room.api.worktrees.restore({ id: worktreeId });
  expect(await readFile(path, 'utf8')).toBe('draft');
  await git(join(path, '..'), 'add', '-A');
  await git(join(path, '..'), 'commit', '-qm', 'draft');
  expect(await here.room.api.worktrees.remove({ id: worktreeId })).toMatchObject({ id: worktreeId, branchKept: true });
  expect(existsSync(path)).toBe(false);
});
