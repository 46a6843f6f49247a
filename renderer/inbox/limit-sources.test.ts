import { describe, expect, it } from 'vitest';
import { projectRow, workerRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { limitsOf, spentBy } from './limit-sources.ts';

const now = 1_700_000_000_000;

describe('limitsOf', () => {
  it('names every limit that holds, the most used first', () => {
    const { spending, settings } = fixtureState(now);
    const worker = workerRow(now, { name: 'w', limits: { costUsd: 2 } });
    const project = { ...projectRow('tideline-api', now), limits: { costUsd: 32 } };
    const found = limitsOf(worker, { project, spending, settings: settings.values }, now);
    expect(found.map(({ of, use }) => [of, use.used, use.limit])).toEqual([
      ['project', 31.2, 32],
      ['worker', 1.12, 2],
      ['day', 19.71, 40],
    ]);
  });

  it('counts the time at work that still runs', () => {
    const worker = workerRow(now, { name: 'w', state: 'working', workedMs: 1000, stateChangedAt: now - 500 });
    expect(spentBy(worker, now).workedMs).toBe(1500);
    expect(spentBy({ ...worker, state: 'idle' }, now).workedMs).toBe(1000);
  });
});
