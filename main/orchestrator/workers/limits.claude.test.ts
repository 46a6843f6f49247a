import { afterEach, expect, test } from 'vitest';
import { teamForTests } from '../../testing/team-for-tests.ts';

const here = teamForTests({ maxWorkers: 3 });

afterEach(async () => {
  await here.room.api.settings.update({ dayLimits: {}, memoryLimitMib: 0 });
  await here.room.api.projects.update({ id: here.project.id, limits: {}, resetSpent: true });
});

const hold = {
  tools: [{ name: 'Bash', input: { command: "node -e 'setTimeout(() => {}, 5000)'", description: 'Wait' } }],
};

test.each(['headless', 'interactive'] as const)(
  'a %s worker warns near it, pauses at the end of its turn, keeps what is said to it, and goes on when the limit is raised',
  async (kind) => {
    const worker = await here.team.spawn(
      `burns ${kind}`,
      [{ text: 'First.', usage: { input_tokens: 800 }, out: 100 }],
      {
        kind,
        limits: { tokens: 1000 },
      },
    );
    const warned = await here.team.when(worker.id, ({ turns, state }) => turns === 1 && state === 'idle');
    expect(warned.troubles).toMatchObject([
      { kind: 'limit-warning', text: 'It used 900 tokens of the 1000 tokens it may.' },
    ]);
    await here.team.say(worker.id, 'more', [{ text: 'Second.', usage: { input_tokens: 800 }, out: 100 }]);
    const paused = await here.team.when(worker.id, ({ turns, waitingFor }) => turns === 2 && waitingFor === 'limit');
    expect(paused).toMatchObject({ turns: 2, troubles: [{ kind: 'limit' }] });
    expect((await here.room.api.inbox.list()).items).toMatchObject([
      { kind: 'limit', workerId: worker.id, urgency: 'soon' },
    ]);
    const kept = await here.team.say(worker.id, 'kept', [{ text: 'Third.', usage: { input_tokens: 10 }, out: 1 }]);
    expect(kept).toMatchObject({ delivery: 'queued' });
    await here.room.api.workers.update({ id: worker.id, limits: { tokens: 5000 } });
    const done = await here.team.when(worker.id, ({ turns }) => turns === 3);
    expect(done).toMatchObject({ state: 'idle', troubles: [] });
    const { items } = await here.room.api.workers.messages({ id: worker.id });
    const turns = items.filter((message) => message.kind === 'turn');
    expect(turns).toMatchObject([
      { inputTokens: 800, outputTokens: 100 },
      { inputTokens: 800, outputTokens: 100 },
      { inputTokens: 10, outputTokens: 1 },
    ]);
    for (const turn of turns) {
      expect(turn.durationMs).toBeGreaterThan(0);
      expect(turn.costUsd).toBeGreaterThan(0);
    }
  },
);

test.each(['headless', 'interactive'] as const)(
  'a %s worker whose limit says so is stopped in the middle of its turn; raising the limit brings it back',
  async (kind) => {
    const worker = await here.team.spawn(`stops ${kind}`, [{ text: 'Much.', usage: { input_tokens: 5000 }, ...hold }], {
      kind,
      limits: { tokens: 1000, onLimit: 'stop' },
      allowedTools: ['Bash(node *)'],
    });
    const end = await here.team.when(worker.id, ({ state }) => state === 'ended');
    expect(end).toMatchObject({
      outcome: 'limit',
      endCode: 'LIMIT',
      endReason: expect.stringMatching(/^It used 50\d\d tokens of the 1000 tokens it may\.$/),
      troubles: [{ kind: 'limit' }],
      recovery: { nextAt: null },
    });
    const back = await here.room.api.workers.update({ id: worker.id, limits: { tokens: 100_000 } });
    expect(back).toMatchObject({ outcome: null, troubles: [] });
    await here.team.when(worker.id, ({ state, restarts }) => restarts === 1 && state === 'idle');
  },
);

test('money is counted while the turn still runs', async () => {
  const worker = await here.team.spawn('costs', [{ text: 'Dear.', usage: { input_tokens: 1_000_000 }, ...hold }], {
    limits: { costUsd: 0.5, onLimit: 'stop' },
    allowedTools: ['Bash(node *)'],
  });
  const end = await here.team.when(worker.id, ({ state }) => state === 'ended');
  expect(end.endReason).toMatch(/^It cost \$\d+\.\d\d of the \$0\.50 it may\.$/);
});

test('time at work is limited; time spent waiting for a person is not counted', async () => {
  const worker = await here.team.spawn(
    'slow',
    [{ tools: [{ name: 'Write', input: { file_path: 'a.txt', content: 'a' } }] }, { text: 'On.', ...hold }],
    { limits: { timeoutSeconds: 3, onLimit: 'stop' }, allowedTools: ['Bash(node *)'] },
  );
  const asked = await here.team.request(worker.id);
  // Longer than the limit: only waiting can have passed.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(await here.room.api.workers.get({ id: worker.id })).toMatchObject({
    state: 'waiting',
    waitingFor: 'approval',
  });
  await here.room.api.approvals.decide({ id: asked.id, decision: 'allow' });
  const end = await here.team.when(worker.id, ({ state }) => state === 'ended');
  // A busy machine is late to notice; that the four seconds of waiting were not counted shows in what was left to work.
  expect(end).toMatchObject({
    outcome: 'limit',
    endReason: expect.stringMatching(/^It worked for \d+ s of the 3 s it may\.$/),
  });
  expect(end.workedMs).toBeLessThanOrEqual((end.endedAt ?? 0) - worker.createdAt - 4000);
  expect(end.workedMs).toBeGreaterThanOrEqual(3000);
});

test('a project and a day have limits of their own: they hold up the running and the queued', async () => {
  await here.room.api.projects.update({ id: here.project.id, limits: { tokens: 1000 }, resetSpent: true });
  const first = await here.team.spawn('shared one', [{ text: 'One.', usage: { input_tokens: 1200 } }]);
  const paused = await here.team.when(first.id, ({ waitingFor }) => waitingFor === 'limit');
  expect(paused.troubles).toMatchObject([
    { kind: 'limit', text: `Project ${here.project.name} used 1220 tokens of the 1000 tokens allowed.` },
  ]);
  const second = await here.team.spawn('shared two', [{ text: 'Two.' }]);
  expect(await here.team.when(second.id, ({ troubles }) => troubles.length > 0)).toMatchObject({
    state: 'queued',
    troubles: [{ kind: 'limit' }],
  });
  await here.room.api.projects.update({ id: here.project.id, limits: { tokens: 100_000 } });
  await here.team.when(
    first.id,
    ({ state, turns, troubles }) => state === 'idle' && turns === 1 && troubles.length === 0,
  );
  await here.team.when(second.id, ({ turns }) => turns === 1);

  const { spending } = await here.room.api.events.state();
  await here.room.api.settings.update({ dayLimits: { tokens: Math.max(1, spending.today.tokens - 1) } });
  expect(await here.team.when(second.id, ({ waitingFor }) => waitingFor === 'limit')).toMatchObject({
    troubles: [{ kind: 'limit', text: expect.stringMatching(/^Today’s workers together used/) }],
  });
  await here.room.api.settings.update({ dayLimits: {} });
  const later = await here.team.say(second.id, 'on', [{ text: 'Three.' }]);
  expect(later.kind).toBe('prompt');
  await here.team.when(second.id, ({ turns }) => turns === 2);
});

test('a worker whose processes hold more memory than they may is stopped, with what was measured', async () => {
  const worker = await here.team.spawn('heavy', [{ text: 'Here.' }]);
  await here.team.when(worker.id, ({ turns }) => turns === 1);
  for await (const { workers } of await here.room.api.workers.resources()) {
    expect(workers[worker.id]?.memoryBytes).toBeGreaterThan(60 * 1024 * 1024);
    break;
  }
  await here.room.api.settings.update({ memoryLimitMib: 60 });
  const end = await here.team.when(worker.id, ({ state }) => state === 'ended');
  expect(end).toMatchObject({ outcome: 'limit', troubles: [{ kind: 'limit' }] });
  expect(end.endReason).toMatch(/^Its processes held \d+ MiB of the 60 MiB they may\./);
});
