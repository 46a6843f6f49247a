import { describe, expect, it } from 'vitest';
import { stepOnBoard } from './board-steps.ts';

describe('steps on the board', () => {
  it('go along a row and over its end', () => {
    expect(stepOnBoard([4], 3, 2, 1, 0)).toBe(3);
    expect(stepOnBoard([4], 3, 3, 1, 0)).toBe(3);
    expect(stepOnBoard([4], 3, 0, -1, 0)).toBe(0);
  });
  it('go up and down in a column, to the last card of a shorter row', () => {
    expect(stepOnBoard([5], 3, 1, 0, 1)).toBe(4);
    expect(stepOnBoard([5], 3, 2, 0, 1)).toBe(4);
    expect(stepOnBoard([5], 3, 4, 0, 1)).toBe(4);
    expect(stepOnBoard([5], 3, 1, 0, -1)).toBe(1);
  });
  it('go from group to group by what is seen', () => {
    // Rows: 0 1 2 | 3  /  4 5  /  6
    expect(stepOnBoard([4, 2, 1], 3, 3, 0, 1)).toBe(4);
    expect(stepOnBoard([4, 2, 1], 3, 5, 0, -1)).toBe(3);
    expect(stepOnBoard([4, 2, 1], 3, 5, 0, 1)).toBe(6);
  });
});
