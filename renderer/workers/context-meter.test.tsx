import { act } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { workerRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render } from '../testing/render.tsx';
import { ContextMeter, compactionWords, isCompacting } from './context-meter.tsx';

const now = Date.now();
const state = fixtureState(now);
let page: Awaited<ReturnType<typeof render>> | undefined;
afterEach(() => page?.unmount());

it('asks an idle worker to compact without asking twice, and says so while it runs', async () => {
  const worker = workerRow(now, {
    name: 'full',
    contextPercent: 92,
    contextTokens: 184_000,
    stateChangedAt: now - 1000,
  });
  const compact = vi.fn(async () => worker);
  page = await render(
    <ContextMeter worker={worker} />,
    { ...state, workers: [worker] },
    { 'workers.compact': compact },
  );
  expect(page.root.textContent).toContain('184 k');
  await act(async () => button(page?.root as HTMLElement, 'Compact').click());
  expect(compact).toHaveBeenCalledExactlyOnceWith({ id: 'full' });
  expect(button(page.root, 'Compacting…').disabled).toBe(true);
});

it('does not offer it to a worker in its turn', async () => {
  const worker = workerRow(now, { name: 'busy', state: 'working', contextPercent: 92 });
  page = await render(<ContextMeter worker={worker} />, state);
  expect(button(page.root, 'Compact').disabled).toBe(true);
});

it('knows when it is over: compacted, idle again, or ended', () => {
  const compactions = { count: 1, tokensSaved: 9 };
  const asked = { at: 100, count: 1 };
  const worker = { state: 'working', stateChangedAt: 110, compactions } as const;
  expect(isCompacting(worker, undefined)).toBe(false);
  expect(isCompacting(worker, asked)).toBe(true);
  expect(isCompacting({ ...worker, state: 'idle', stateChangedAt: 90 }, asked)).toBe(true);
  expect(isCompacting({ ...worker, state: 'idle', stateChangedAt: 130 }, asked)).toBe(false);
  expect(isCompacting({ ...worker, compactions: { ...compactions, count: 2 } }, asked)).toBe(false);
  expect(isCompacting({ ...worker, state: 'ended' }, asked)).toBe(false);
});

it('says what compacting saved', () => {
  expect(compactionWords({ compactions: { count: 0, tokensSaved: 0 } })).toBeNull();
  expect(compactionWords({ compactions: { count: 2, tokensSaved: 143_000 } })).toBe(
    'compacted 2 times, saved 143 k tokens',
  );
});
