import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import { parsePlace, placeQuery } from './review-place.ts';
import { stepComparison, turnComparison } from './scope-bar.tsx';

const turns = ['c0', 'c1', 'c2', 'c3'].map(
  (id, turn) => ({ id, turn, kind: turn === 0 ? 'start' : 'turn' }) as Checkpoint,
);
const at = (place: number): Checkpoint => {
  const turn = turns[place];
  if (!turn) throw new Error('there is no such turn');
  return turn;
};

describe('comparisons of turns', () => {
  it('compares a turn with the one before it, and what came after the last one with that', () => {
    expect(turnComparison(turns, at(2), null)).toEqual({ scope: 'checkpoint', from: 'c1', to: 'c2' });
    expect(turnComparison(turns, at(0), null)).toEqual({ scope: 'checkpoint', from: 'base', to: 'c0' });
    expect(turnComparison(turns, null, null)).toEqual({ scope: 'checkpoint', from: 'c3' });
  });

  it('makes a choice longer in both directions', () => {
    const second = turnComparison(turns, at(2), null);
    expect(turnComparison(turns, at(3), second)).toEqual({ scope: 'checkpoint', from: 'c1', to: 'c3' });
    expect(turnComparison(turns, at(1), second)).toEqual({ scope: 'checkpoint', from: 'c0', to: 'c2' });
  });

  it('steps from turn to turn and stops at both ends', () => {
    const last = turnComparison(turns, at(3), null);
    expect(stepComparison(last, 1, null, turns)).toEqual({ scope: 'checkpoint', from: 'c3' });
    expect(stepComparison({ scope: 'checkpoint', from: 'c3' as Checkpoint['id'] }, 1, null, turns)).toBeNull();
    expect(stepComparison(turnComparison(turns, at(0), null), -1, null, turns)).toBeNull();
  });

  it('keeps a place in the address', () => {
    const place = { comparison: turnComparison(turns, at(2), null), file: 'src/a b/ü#.ts' };
    expect(parsePlace(placeQuery(place))).toEqual(place);
    expect(parsePlace('')).toEqual({ comparison: { scope: 'base' }, file: null });
  });
});
