import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Figure, figureNames } from '../../../shared/figures.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createMetricHistory, type MetricHistory } from './history.ts';
import { latencyBounds } from './meters.ts';
import { quantile, type Sample, withLatency } from './sample.ts';

const stepMs = 10_000;
/** On a whole hour, so that minutes and tens of minutes begin here. */
const start = 1_800_000_000_000 - (1_800_000_000_000 % 3_600_000);
let folder: string;
let database: Database;
let history: MetricHistory;
let clock: number;
let writes = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-history-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  clock = start;
  writes = 0;
  history = begin();
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

function begin(): MetricHistory {
  return createMetricHistory({
    now: () => clock,
    database: {
      ...database,
      transaction(work) {
        writes += 1;
        return database.transaction(work);
      },
    },
  });
}

/** One sample of ten seconds, ending where the clock then stands. */
function take(values: Sample['values'], latency: number[] = latencyBounds.map(() => 0)): void {
  const at = clock;
  clock += stepMs;
  history.add(withLatency({ at, until: clock, values: { requests: 0, workersWorking: 0, ...values }, latency }));
}

function read(span: '1h' | '24h' | '7d', figure: Figure, of: MetricHistory = history) {
  const place = figureNames.indexOf(figure);
  return of
    .points(span)
    .points.map(({ at, until, values }) => [(at - start) / 1000, (until - start) / 1000, values[place]]);
}

test('an hour is as it was taken, a day by the minute, a week by ten minutes; sums add up and means are means', () => {
  let requests = 0;
  for (let step = 0; step < 130; step += 1) {
    requests += step % 7;
    take({ requests: step % 7, workersWorking: step % 2 });
  }
  expect(read('1h', 'requests')).toHaveLength(130);
  const minutes = read('24h', 'requests');
  expect(minutes).toHaveLength(22);
  expect(minutes[0]).toEqual([0, 60, 0 + 1 + 2 + 3 + 4 + 5]);
  // The minute that is not over is there too.
  expect(minutes.at(-1)?.slice(0, 2)).toEqual([1260, 1300]);
  const tens = read('7d', 'requests');
  expect(tens.map(([at, until]) => [at, until])).toEqual([
    [0, 600],
    [600, 1200],
    [1200, 1300],
  ]);
  for (const points of [minutes, tens])
    expect(points.reduce((sum, [, , value]) => sum + (value as number), 0)).toBe(requests);
  expect(read('7d', 'workersWorking')[0]?.[2]).toBe(0.5);
});

test('quantiles of a longer time come from the counts of all, not from other quantiles', () => {
  const fast = latencyBounds.map((bound) => (bound === 0.001 ? 99 : 0));
  const slow = latencyBounds.map((bound) => (bound === 5 ? 1 : 0));
  take({ requests: 99 }, fast);
  for (let step = 0; step < 5; step += 1) take({ requests: 1 }, step === 0 ? slow : latencyBounds.map(() => 0));
  expect(read('24h', 'latencyP50')[0]?.[2]).toBeLessThan(0.001);
  expect(read('24h', 'latencyP95')[0]?.[2]).toBeLessThan(0.001);
  expect(quantile(slow, 0.5)).toBeCloseTo(3.75);
  expect(quantile([], 0.5)).toBeUndefined();
});

test('what is written is there after a restart, and a day keeps no more rows than it has minutes', () => {
  for (let step = 0; step < 6 * 60 * 30; step += 1) take({ requests: 1 });
  history.close();
  const counts = database.all<{ step: number; rows: number }>(
    'SELECT step_ms AS step, count(*) AS rows FROM metric_points GROUP BY 1 ORDER BY 1',
  );
  expect(counts).toEqual([
    { step: 60_000, rows: 24 * 60 + 11 },
    { step: 600_000, rows: 180 },
  ]);
  const again = begin();
  expect(again.points('24h').points).toEqual(history.points('24h').points);
  expect(again.points('7d').points.length).toBe(180);
  // Of the last hour the minutes are left.
  expect(again.points('1h').points.length).toBe(60);
});

test('nothing is written while nothing happens, and the time is known all the same', () => {
  take({ requests: 3 });
  for (let step = 0; step < 6 * 60 * 5; step += 1) take({ memoryBytes: 1e8 + step, cpuPercent: (step % 3) / 2 });
  // The first ten minutes, and the change to nothing in the ten after them; then none for hours.
  expect(writes).toBe(2);
  expect(read('24h', 'requests')).toEqual([
    [0, 60, 3],
    [60, 5 * 3600, 0],
    [5 * 3600, 5 * 3600 + 10, 0],
  ]);
  take({ requests: 1 });
  for (let step = 0; step < 70; step += 1) take({});
  expect(writes).toBe(4);
  history.close();
  expect(read('24h', 'requests', begin()).slice(0, 3)).toEqual([
    [0, 60, 3],
    [60, 5 * 3600, 0],
    [5 * 3600, 5 * 3600 + 60, 1],
  ]);
});

test('a clock that is set back takes away what lay ahead', () => {
  for (let step = 0; step < 10; step += 1) take({ requests: 1 });
  clock = start + 30_000;
  take({ requests: 5 });
  expect(read('1h', 'requests')).toEqual([
    [0, 10, 1],
    [10, 20, 1],
    [20, 30, 1],
    [30, 40, 5],
  ]);
});
