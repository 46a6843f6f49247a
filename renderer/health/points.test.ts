import { expect, test } from 'vitest';
import { type Figure, figureNames } from '../../shared/figures.ts';
import type { ChartPoint } from '../../shared/metrics.ts';
import { barsOf, columnsOf, figureOf, merged, sumOf } from './points.ts';

const point = (at: number, until: number, values: Partial<Record<Figure, number>>): ChartPoint => ({
  at,
  until,
  values: figureNames.map((figure) => values[figure] ?? null),
});
const update = (...points: ChartPoint[]) => ({ stepMs: 10, figures: figureNames, points });

test('an update takes the place of what it tells anew, and what is too old goes', () => {
  const before = [point(0, 10, { requests: 1 }), point(10, 20, { requests: 2 }), point(20, 25, { requests: 3 })];
  const after = merged(before, update(point(20, 30, { requests: 4 }), point(30, 40, { requests: 5 })), 10);
  expect(after.map(({ at, until }) => [at, until])).toEqual([
    [10, 20],
    [20, 30],
    [30, 40],
  ]);
  expect(sumOf({ points: after }, 'requests')).toBe(11);
  expect(merged(before, update(), 0)).toEqual(before);
});

test('a long quiet time is a level line, and a time without points is a gap', () => {
  const span = {
    from: 0,
    to: 1000,
    stepMs: 10,
    points: [point(0, 10, { cpuPercent: 1 }), point(10, 500, { cpuPercent: 2 }), point(900, 910, { cpuPercent: 3 })],
  };
  const { x, of } = columnsOf(span);
  expect(x).toEqual([0.005, 0.01, 0.499, 0.7, 0.905]);
  expect(of.map((one) => figureOf(one, 'cpuPercent'))).toEqual([1, 2, 2, null, 3]);
});

test('sums are shown as rates, other figures as they are', () => {
  const busy = point(0, 10_000, { requests: 50, cpuPercent: 40 });
  expect(figureOf(busy, 'requests')).toBe(50);
  expect(figureOf(busy, 'requests', 1000)).toBe(5);
  expect(figureOf(busy, 'cpuPercent', 1000)).toBe(40);
  expect(figureOf(null, 'requests')).toBeNull();
});

test('bars share what a long point holds among the parts it lies in', () => {
  const span = { from: 0, to: 40, stepMs: 10, points: [point(0, 10, { costUsd: 1 }), point(10, 30, { costUsd: 4 })] };
  expect(barsOf(span, 'costUsd', 4)).toEqual({ at: [5, 15, 25, 35], values: [1, 2, 2, 0] });
});
