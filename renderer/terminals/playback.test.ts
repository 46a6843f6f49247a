import { expect, test } from 'vitest';
import { activityOf, playTime, timelineOf } from './playback.ts';

const recording = {
  start: 0,
  durationMs: 61_000,
  marks: [
    [0, 10],
    [500, 20],
    [60_500, 120],
    [61_000, 130],
  ] as [number, number][],
};

test('with silence: shown time is recorded time', () => {
  const line = timelineOf(recording, false);
  expect(line.durationMs).toBe(61_000);
  expect(line.offsetAt(499)).toBe(10);
  expect(line.offsetAt(30_000)).toBe(20);
  expect(line.offsetAt(61_000)).toBe(130);
  expect(line.recordedAt(30_000)).toBe(30_000);
});

test('without silence: a minute of nothing takes a second', () => {
  const line = timelineOf(recording, true);
  expect(line.durationMs).toBe(2000);
  expect(line.offsetAt(1000)).toBe(20);
  expect(line.offsetAt(1500)).toBe(120);
  expect(line.shownAt(60_500)).toBe(1500);
  expect(line.shownAt(30_000)).toBe(1500);
  expect(line.shownAt(61_000)).toBe(2000);
});

test('an empty recording has a time line of nothing', () => {
  const line = timelineOf({ start: 5, durationMs: 0, marks: [] }, true);
  expect(line.durationMs).toBe(0);
  expect(line.offsetAt(0)).toBe(5);
});

test('shows where something happened, and times as people read them', () => {
  const bars = activityOf(recording, timelineOf(recording, false), 4);
  expect(bars).toHaveLength(4);
  expect(bars[3]).toBe(1);
  expect(bars[1]).toBe(0);
  expect([0, 7_000, 751_000, 3_723_000].map(playTime)).toEqual(['0:00', '0:07', '12:31', '1:02:03']);
});
