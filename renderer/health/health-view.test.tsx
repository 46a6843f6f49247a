import { act } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import type { Alert } from '../../shared/alerts.ts';
import { type Figure, figureNames } from '../../shared/figures.ts';
import type { ChartPoints } from '../../shared/metrics.ts';
import { titleOf } from '../app/title.ts';
import { useUi } from '../app/ui-state.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled, type } from '../testing/render.tsx';
import { ruleWords, valueWords } from './alert-words.ts';
import { HealthView } from './health-view.tsx';

// Nothing is drawn here: there is no canvas.
vi.mock('../ui/use-plot.ts', () => ({ usePlot: () => undefined, drawLimit: () => undefined }));

const now = Date.now();
const step = 10_000;
let unmount: (() => void) | undefined;

afterEach(() => {
  unmount?.();
  unmount = undefined;
  useUi.setState({ toasts: [] });
});

function points(...rows: Partial<Record<Figure, number>>[]): ChartPoints {
  return {
    stepMs: step,
    figures: figureNames,
    points: rows.map((row, place) => ({
      at: now - (rows.length - place) * step,
      until: now - (rows.length - place - 1) * step,
      values: figureNames.map((figure) => row[figure] ?? null),
    })),
  };
}

async function* once<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
  await new Promise(() => undefined);
}

async function show(
  section: 'overview' | 'alerts',
  update: ChartPoints,
  calls: Record<string, (input: never) => unknown> = {},
) {
  const drawn = await render(<HealthView section={section} span="1h" />, fixtureState(now), {
    'metrics.watch': () => once(update),
    'alerts.watch': () => once({ items: [] }),
    'alerts.history': () => ({ items: [], nextCursor: null }),
    'workers.resources': () => once(),
    ...calls,
  });
  unmount = drawn.unmount;
  await settled();
  return drawn.root;
}

const region = (root: HTMLElement, name: string) => root.querySelector(`section[aria-label="${name}"]`);

test('says how all stands: what fires, the newest figures, causes by worker, checks with what to do', async () => {
  const root = await show(
    'overview',
    points(
      { requests: 10, errors: 0 },
      {
        requests: 50,
        errors: 2,
        logErrors: 5,
        workersWorking: 2,
        workersWaiting: 1,
        workersIdle: 0,
        memoryPercent: 41,
      },
    ),
  );
  expect(root.textContent).toContain('1 alert open');
  expect(region(root, 'Requests')?.textContent).toContain('5.0per second');
  expect(region(root, 'Requests')?.textContent).toContain('60 in all');
  expect(region(root, 'Workers')?.textContent).toContain('3of 8 running');
  expect(region(root, 'Memory')?.textContent).toContain('41 %');
  expect(region(root, 'Errors')?.textContent).toContain('2 failed, 5 logged');
  const workers = region(root, 'Workers, worst first');
  const first = workers?.querySelector('tbody tr');
  expect(first?.textContent).toContain('checkout-a11y');
  expect(first?.querySelector('a')?.getAttribute('href')).toMatch(/^#\/worker\//);
  const checks = region(root, 'Checks');
  expect(checks?.querySelector('li')?.textContent).toContain('Free some space');
  expect(checks?.textContent).toContain('5 of 7 well');
});

test('the values stand in a table for who cannot see the charts', async () => {
  const root = await show('overview', points({ requests: 7, tokens: 1200 }));
  expect(region(root, 'Values')).toBeNull();
  await act(async () => button(root, 'Values').click());
  expect(region(root, 'Values')?.querySelectorAll('tbody tr')).toHaveLength(1);
  expect(region(root, 'Values')?.textContent).toContain('1.2 k');
});

test('the first moments say so', async () => {
  const root = await show('overview', points());
  expect(root.textContent).toContain('has just begun to look');
});

test('an alert is acknowledged and silenced, and rules say when they fire', async () => {
  const acknowledge = vi.fn(() => ({}));
  const silence = vi.fn(() => ({}));
  const root = await show('alerts', points(), { 'alerts.acknowledge': acknowledge, 'alerts.silence': silence });
  const firing = region(root, 'Alerts that fire');
  expect(firing?.textContent).toContain('94 % of the disk is in use.');
  expect(firing?.textContent).toContain('Fires above 90 % for 5 m.');
  await act(async () => button(root, 'Acknowledge').click());
  expect(acknowledge).toHaveBeenCalledWith({ id: 'disk' });
  const choice = root.querySelector('select[aria-label="Silence: The disk is running full"]') as HTMLSelectElement;
  await act(async () => {
    choice.value = '60';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(silence).toHaveBeenCalledWith({ id: 'disk', minutes: 60 });
  expect(region(root, 'Rules')?.querySelectorAll('li')).toHaveLength(4);
  expect(region(root, 'History')?.textContent).toContain('Nothing has fired yet.');
});

test('a rule is made, deleted with a way back, and what is wrong with it is said in the form', async () => {
  const figure = { title: 'Cost today', measure: 'cost today', unit: 'usd', group: 'Cost', most: null, value: 1.25 };
  const figures = vi.fn(() => ({
    items: [
      { ...figure, id: 'costToday' },
      { ...figure, id: 'errors', title: 'Errors' },
    ],
  }));
  const add = vi.fn<(sent: unknown) => unknown>(() => {
    throw new Error('title: a rule named “Dear” is there already. Take another name.');
  });
  const remove = vi.fn(() => ({ id: 'own_1' }));
  const restore = vi.fn(() => ({}));
  const calls = { 'alerts.figures': figures, 'alerts.add': add, 'alerts.remove': remove, 'alerts.restore': restore };
  const root = await show('alerts', points(), calls);
  await act(async () => button(root, 'New rule').click());
  const form = document.querySelector('form[aria-label="Alert rule"]') as HTMLFormElement;
  expect(button(form, 'Add rule').disabled).toBe(true);
  await type(form.querySelector('input[maxlength="80"]') as HTMLInputElement, 'Dear');
  const choice = form.querySelector('select') as HTMLSelectElement;
  await act(async () => {
    choice.value = 'costToday';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(form.textContent).toContain('cost today; now 1.25 USD');
  await act(async () => button(form, 'Add rule').click());
  expect(add).toHaveBeenCalledWith(
    expect.objectContaining({ title: 'Dear', figure: 'costToday', direction: 'above', threshold: 10, webhook: true }),
  );
  expect(form.textContent).toContain('is there already');
  add.mockImplementation(() => ({ id: 'own_1', title: 'Dear' }));
  await act(async () => button(form, 'Add rule').click());
  expect(document.querySelector('form[aria-label="Alert rule"]')).toBeNull();
  await act(async () => useUi.getState().toasts.at(-1)?.action?.run());
  expect(remove).toHaveBeenCalledWith({ id: 'own_1' });
});

test('values and rules in words, and the sign in the title', () => {
  const alert = (part: Partial<Alert>) =>
    ({ unit: 'percent', direction: 'above', threshold: 80, forSeconds: 300, ...part }) as Alert;
  expect(valueWords(alert({ value: null }))).toBe('–');
  expect(valueWords(alert({ value: 41.3 }))).toBe('41 %');
  expect(valueWords(alert({ unit: 'failed', value: 1 }))).toBe('fails');
  expect(valueWords(alert({ unit: 'seconds', value: 0.02 }))).toBe('20 ms');
  expect(ruleWords(alert({ direction: 'below', threshold: 50 }))).toBe('below 50 % for 5 m');
  expect(ruleWords(alert({ unit: 'failed', forSeconds: 30 }))).toBe('while it fails, for 30 s');
  expect(titleOf(2, 'health', undefined, true)).toBe('⚠ (2) Health · Control Room');
});
