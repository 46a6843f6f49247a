import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSchedule } from './schedule.ts';

const hour = 3_600_000;
let uptimeMs: number;
let clock: number;
let runs: number;
let fails: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  uptimeMs = 1_000_000;
  clock = 1_800_000_000_000;
  runs = 0;
  fails = false;
});
afterEach(() => {
  vi.useRealTimers();
});

function schedule(lastAt: number | null, everyMs = 24 * hour) {
  const made = createSchedule({
    everyMs: () => everyMs,
    lastAt: () => lastAt,
    now: () => clock,
    uptimeMs: () => uptimeMs,
    run: async () => {
      runs += 1;
      if (fails) throw new Error('no');
      made.done();
    },
  });
  made.start();
  return made;
}

/** Lets time pass by the machine's uptime; the clock is moved by itself. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 60_000) {
    uptimeMs += Math.min(60_000, left);
    clock += Math.min(60_000, left);
    await vi.advanceTimersByTimeAsync(Math.min(60_000, left));
  }
}

test('one a day, the first a while after a start that has none', async () => {
  const made = schedule(null);
  expect(runs).toBe(0);
  await pass(2 * 60_000);
  expect(runs).toBe(1);
  expect(made.nextAt()).toBeGreaterThan(clock + 23 * hour);
  await pass(72 * hour + 60_000);
  expect(runs).toBe(4);
  made.close();
});

test('one that was missed is caught up at the start, one that is fresh is waited for', async () => {
  const late = schedule(clock - 30 * hour);
  await pass(2 * 60_000);
  expect(runs).toBe(1);
  late.close();
  const fresh = schedule(clock - 20 * hour);
  await pass(3 * hour);
  expect(runs).toBe(1);
  await pass(2 * hour);
  expect(runs).toBe(2);
  fresh.close();
});

test('jumps of the clock bring none forward and hold none up', async () => {
  const made = schedule(clock);
  for (let minute = 0; minute < 23 * 60; minute += 1) {
    clock += minute % 2 ? 365 * 24 * hour : -365 * 24 * hour - hour;
    await pass(60_000);
  }
  expect(runs).toBe(0);
  await pass(2 * hour);
  expect(runs).toBe(1);
  made.close();
  const future = schedule(clock + 400 * 24 * hour);
  await pass(25 * hour);
  expect(runs).toBe(2);
  future.close();
});

test('after a failure it is tried again, without a storm; switched off there is none', async () => {
  fails = true;
  const made = schedule(null);
  await pass(hour);
  expect(runs).toBeGreaterThan(3);
  expect(runs).toBeLessThan(8);
  made.close();
  runs = 0;
  const off = schedule(null, 0);
  await pass(48 * hour);
  expect(runs).toBe(0);
  expect(off.nextAt()).toBeNull();
  off.close();
});
