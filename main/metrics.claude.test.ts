import { expect, test } from 'vitest';
import { teamForTests } from './testing/team-for-tests.ts';

const here = teamForTests({ maxWorkers: 3 });

/** The values of `/metrics` by their whole names. */
async function values(): Promise<(name: string) => number> {
  const text = await (await fetch(`${here.room.server.address}/metrics`)).text();
  const all = new Map(text.split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line]));
  return (name) => Number(all.get(name)?.slice(name.length) ?? 0);
}

test('tokens, cost, messages, states and what waits are what the rows of the workers say', async () => {
  const before = await values();
  const first = await here.team.spawn('counts', [{ text: 'First.', usage: { input_tokens: 800 }, out: 100 }], {
    kind: 'headless',
  });
  await here.team.when(first.id, ({ turns, state }) => turns === 1 && state === 'idle');
  await here.team.say(first.id, 'more', [{ text: 'Second.', usage: { input_tokens: 50 }, out: 7 }]);
  await here.team.when(first.id, ({ turns, state }) => turns === 2 && state === 'idle');
  const asking = await here.team.spawn(
    'asks',
    [{ tools: [{ name: 'Bash', input: { command: 'touch asked.txt && rm asked.txt', description: 'Ask' } }] }],
    { kind: 'headless' },
  );
  await here.team.when(asking.id, ({ waitingFor }) => waitingFor === 'approval');

  const after = await values();
  const { items: workers } = await here.room.api.workers.list({});
  const grew = (name: string): number => after(name) - before(name);
  for (const [kind, field] of [
    ['input', 'inputTokens'],
    ['output', 'outputTokens'],
    ['cache_read', 'cacheReadTokens'],
    ['cache_write', 'cacheWriteTokens'],
  ] as const)
    expect(grew(`control_room_tokens_total{kind="${kind}"}`)).toBe(
      workers.reduce((sum, { usage }) => sum + usage[field], 0),
    );
  expect(grew('control_room_cost_usd_total')).toBeCloseTo(
    workers.reduce((sum, { usage }) => sum + usage.costUsd, 0),
    9,
  );
  const { today } = (await here.room.api.events.state()).spending;
  expect(after('control_room_tokens_today')).toBe(today.tokens);
  // Two prompts at the start, one message.
  expect(grew('collab_messages_sent_total')).toBe(3);
  const live = workers.filter(({ state }) => state !== 'ended' && state !== 'queued');
  expect(after('collab_workers_total')).toBe(live.length);
  expect(after('collab_workers_healthy')).toBe(live.filter(({ health }) => health === 'healthy').length);
  for (const state of ['idle', 'waiting', 'working', 'queued'] as const)
    expect(after(`control_room_workers{state="${state}"}`)).toBe(
      workers.filter((worker) => worker.state === state).length,
    );
  const { items: waiting } = await here.room.api.approvals.list({ state: 'waiting' });
  expect(after('control_room_approvals_waiting')).toBe(waiting.length);
  expect(after('control_room_oldest_approval_age_seconds')).toBeGreaterThan(0);
  expect(after('control_room_oldest_approval_age_seconds')).toBeLessThanOrEqual(
    (Date.now() - (waiting[0]?.createdAt ?? 0)) / 1000,
  );
});
