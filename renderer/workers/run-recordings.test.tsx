import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import type { Terminal } from '../../shared/terminals.ts';
import { isEarlierRun } from '../terminals/earlier-runs.ts';
import { RunChoice } from '../terminals/run-choice.tsx';
import { fixtureState } from '../testing/fixture-state.ts';
import { render } from '../testing/render.tsx';
import { RunRecordings } from './run-recordings.tsx';

const now = Date.now();
const state = fixtureState(now);
const [present] = state.terminals;
const worker = state.workers.find(({ id }) => id === present?.workerId);
if (!present || !worker) throw new Error('the fixture has no worker with a terminal');
const before: Terminal = {
  ...present,
  id: 's_before' as Terminal['id'],
  state: 'exited',
  createdAt: present.createdAt - 600_000,
  endedAt: present.createdAt - 300_000,
};
const both = { ...state, terminals: [present, before] };
let page: Awaited<ReturnType<typeof render>> | undefined;
afterEach(() => page?.unmount());

it('lists the recordings of all runs of a worker, the last one first', async () => {
  page = await render(<RunRecordings worker={worker} />, both);
  const links = [...page.root.querySelectorAll('a')];
  expect(links.map((link) => link.getAttribute('href'))).toEqual([`#/recording/${present.id}`, '#/recording/s_before']);
  expect(links[0]?.textContent).toMatch(/^Run 2.*runs$/);
  expect(links[1]?.textContent).toMatch(/^Run 1.*5 m$/);
});

it('goes from the recording of one run to that of another', async () => {
  page = await render(<RunChoice id={present.id} />, both);
  const choice = page.root.querySelector('select');
  if (!choice) throw new Error('there is no choice');
  expect([...choice.options].map(({ text }) => text.split(',')[0])).toEqual(['Run 1 of 2', 'Run 2 of 2']);
  await act(async () => {
    choice.value = before.id;
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(location.hash).toBe('#/recording/s_before');
});

it('an earlier run is no terminal to work in; the present or last one is', () => {
  const workers = { [worker.id]: worker };
  expect(isEarlierRun(before, workers)).toBe(true);
  expect(isEarlierRun(present, workers)).toBe(false);
  expect(isEarlierRun({ ...present, state: 'exited' }, workers)).toBe(false);
  expect(isEarlierRun({ ...before, kind: 'shell' }, workers)).toBe(false);
});
