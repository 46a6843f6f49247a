import { expect, test } from 'vitest';
import { createSteadyClock } from './steady-clock.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function clockAt(start: number) {
  const system = { wallAt: start, elapsed: 0 };
  const now = createSteadyClock({ wall: () => system.wallAt, elapsedMs: () => system.elapsed });
  return {
    now,
    /** Time passes, and the system's clock is set beside. */
    pass(ms: number, setBy = 0) {
      system.elapsed += ms;
      system.wallAt += ms + setBy;
      return now() - start;
    },
  };
}

test('goes with the system', () => {
  const clock = clockAt(1_000_000);
  expect(clock.pass(1000)).toBe(1000);
  expect(clock.pass(dayMs)).toBe(dayMs + 1000);
});

test('takes a night that the machine slept through at once', () => {
  const clock = clockAt(1_000_000);
  expect(clock.pass(1000, 9 * hourMs)).toBe(9 * hourMs + 1000);
});

test('never goes back for a small correction, and goes on when the clock has caught up', () => {
  const clock = clockAt(1_000_000);
  expect(clock.pass(1000)).toBe(1000);
  expect(clock.pass(100, -500)).toBe(1000);
  expect(clock.pass(300)).toBe(1000);
  expect(clock.pass(200)).toBe(1100);
});

test.each([
  ['a year ahead', 365 * dayMs],
  ['a day back', -dayMs],
  ['an hour back', -hourMs],
])('a clock set %s is not believed at once, and forgotten when it is set right', (_, by) => {
  const clock = clockAt(400 * dayMs);
  expect(clock.pass(1000, by)).toBe(1000);
  expect(clock.pass(60_000)).toBe(61_000);
  expect(clock.pass(1000, -by)).toBe(62_000);
  expect(clock.pass(hourMs)).toBe(hourMs + 62_000);
});

test('a clock that stays where it was set is believed after ten minutes', () => {
  const clock = clockAt(400 * dayMs);
  clock.pass(1000, -dayMs);
  expect(clock.pass(9 * 60_000)).toBe(541_000);
  expect(clock.pass(60_000)).toBe(601_000 - dayMs);
  expect(clock.pass(1000)).toBe(602_000 - dayMs);
});
