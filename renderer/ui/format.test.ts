import { describe, expect, it } from 'vitest';
import { duration, money, ordinal, tokens } from './format.ts';

describe('format', () => {
  it.each([
    [400, 'now'],
    [8_000, '8 s'],
    [112_000, '1 m'],
    [21 * 60_000, '21 m'],
    [64 * 60_000, '1 h 04 m'],
    [49 * 3_600_000, '2 d'],
  ])('duration of %d ms', (ms, text) => expect(duration(ms)).toBe(text));

  it('gives more of a short duration where it matters', () => {
    expect(duration(40, true)).toBe('40 ms');
    expect(duration(1900, true)).toBe('1.9 s');
    expect(duration(112_000, true)).toBe('1 m 52 s');
  });

  it('never shows a cost as nothing', () => {
    expect(money(0)).toBe('$0.00');
    expect(money(0.001)).toBe('< $0.01');
    expect(money(1033.5)).toBe('$1,033.50');
  });

  it.each([
    [812, '812'],
    [48_200, '48.2 k'],
    [142_000, '142 k'],
    [999_900, '1.00 M'],
    [6_420_000, '6.42 M'],
    [420_100_000, '420 M'],
    [1_261_100_000, '1.26 G'],
  ])('tokens %d', (count, text) => expect(tokens(count)).toBe(text));

  it('orders', () =>
    expect([1, 2, 3, 4, 11, 21, 112].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '21st', '112th']));
});
