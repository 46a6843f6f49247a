import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import type { Resources } from '../../shared/workers.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { render } from '../testing/render.tsx';
import { LoadDetail } from './load.tsx';
import { useWatchResources, withSample } from './use-resources.ts';

const state = fixtureState(Date.now());
const sample = (cpuPercent: number): Resources => ({
  at: 1,
  workers: {
    'rate-limiter': {
      cpuPercent,
      memoryBytes: 612 * 1_048_576,
      processes: 3,
      busiest: { name: 'npm test', cpuPercent: cpuPercent - 1 },
    },
  },
});

let page: Awaited<ReturnType<typeof render>> | undefined;
afterEach(() => page?.unmount());

/** A stream that is pushed to, and that counts who asked for it. */
function createSource() {
  const waiting: ((sample: Resources) => void)[] = [];
  const source = {
    started: 0,
    push: (one: Resources) => waiting.shift()?.(one),
    resources: () => {
      source.started += 1;
      return (async function* () {
        for (;;) yield await new Promise<Resources>((resolve) => waiting.push(resolve));
      })();
    },
  };
  return source;
}

function View() {
  useWatchResources();
  return <LoadDetail workerId="rate-limiter" />;
}

it('measures for all views with one stream, and names the busiest child', async () => {
  const source = createSource();
  page = await render(
    <>
      <View />
      <View />
    </>,
    state,
    { 'workers.resources': source.resources },
  );
  expect(source.started).toBe(1);
  await act(async () => source.push(sample(31)));
  expect(page.root.textContent).toContain('31 % CPU, 612 MB');
  expect(page.root.textContent).toContain('3 processes, busiest npm test at 30 %');
});

it('keeps a history of each worker and forgets those without a process', () => {
  let loads = withSample({}, sample(10));
  for (let count = 0; count < 100; count += 1) loads = withSample(loads, sample(count));
  expect(loads['rate-limiter']?.cpu).toHaveLength(60);
  expect(loads['rate-limiter']?.cpu.at(-1)).toBe(99);
  expect(withSample(loads, { at: 2, workers: {} })).toEqual({});
});
