import { expect, test } from 'vitest';
import { teamForTests } from '../../testing/team-for-tests.ts';

const here = teamForTests();

test.each(['headless', 'interactive'] as const)(
  'the context of a %s worker is told, warns when it is nearly full, and is compacted on request',
  async (kind) => {
    const worker = await here.team.spawn(
      `full ${kind}`,
      [{ text: 'A lot.', usage: { input_tokens: 186_000 }, out: 100 }],
      {
        kind,
      },
    );
    const full = await here.team.when(
      worker.id,
      ({ state, contextPercent }) => state === 'idle' && contextPercent !== null,
    );
    expect(full.contextPercent).toBeGreaterThanOrEqual(90);
    expect(full.contextTokens).toBeGreaterThanOrEqual(180_000);
    expect(full.troubles).toMatchObject([
      { kind: 'context', text: expect.stringMatching(/^Its context is 9\d % full\.$/) },
    ]);
    await here.room.api.workers.compact({ id: worker.id });
    const compacted = await here.team.when(
      worker.id,
      ({ compactions, state }) => compactions.count === 1 && state === 'idle',
    );
    expect(compacted.compactions.tokensSaved).toBeGreaterThan(100_000);
    const light = await here.team.when(worker.id, ({ contextPercent }) => (contextPercent ?? 100) < 90);
    expect(light.troubles).toEqual([]);
    const notices = (await here.room.api.workers.messages({ id: worker.id })).items.filter(
      ({ kind }) => kind === 'notice',
    );
    expect(notices).toHaveLength(1);
  },
);

test('a worker in a turn is not compacted', async () => {
  const worker = await here.team.spawn('busy', [{ text: 'Still here', hang: true }]);
  await here.team.when(worker.id, ({ state }) => state === 'working');
  await expect(here.room.api.workers.compact({ id: worker.id })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('between two turns'),
  });
});
