import { beforeEach, expect, test } from 'vitest';
import type { Worker } from '../../../shared/workers.ts';
import { createWorkerTally } from './worker-tally.ts';

let counts: Record<string, number>;
let tally: ReturnType<typeof createWorkerTally>;

const add = (name: string, by: number) => {
  counts[name] = (counts[name] ?? 0) + by;
};
const worker = (costUsd: number, inputTokens: number, part: Partial<Worker> = {}) =>
  ({
    id: 'w',
    state: 'working',
    outcome: null,
    createdAt: 2000,
    usage: { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd },
    ...part,
  }) as Worker;

beforeEach(() => {
  counts = {};
  tally = createWorkerTally({
    tokens: add,
    cost: (usd) => add('cost', usd),
    ended: (outcome) => add(outcome, 1),
    beganAt: 1000,
  });
});

test('counts by how much sums grew; an estimate that was too high is paid back by what follows', () => {
  tally.changed(worker(0.5, 100));
  tally.changed(worker(0.4, 100));
  expect(counts).toEqual({ input: 100, cost: 0.5 });
  tally.changed(worker(0.45, 150));
  expect(counts).toEqual({ input: 150, cost: 0.5 });
  tally.changed(worker(0.7, 150));
  expect(counts.cost).toBeCloseTo(0.7, 12);
});

test('what was used before it began is not counted again, whether the worker was known or not', () => {
  tally.beginWith([worker(1, 1000, { id: 'known' as Worker['id'], createdAt: 500 })]);
  tally.changed(worker(1.5, 1100, { id: 'known' as Worker['id'], createdAt: 500 }));
  tally.changed(worker(9, 9000, { id: 'old' as Worker['id'], createdAt: 500 }));
  tally.changed(worker(9.25, 9001, { id: 'old' as Worker['id'], createdAt: 500 }));
  expect(counts).toEqual({ input: 101, cost: 0.75 });
});

test('an end is counted once, and a worker that goes on can end again', () => {
  tally.changed(worker(0, 0));
  tally.changed(worker(0, 0, { state: 'ended', outcome: 'done' }));
  tally.changed(worker(0, 0, { state: 'ended', outcome: 'done' }));
  tally.changed(worker(0, 0));
  tally.changed(worker(0, 0, { state: 'ended', outcome: 'failed' }));
  expect(counts).toEqual({ done: 1, failed: 1 });
});
