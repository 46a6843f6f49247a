import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countChanges, diffLines, withContext } from './line-diff.ts';

describe('diffLines', () => {
  it('gives back both texts', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const before = a.join('\n');
        const after = b.join('\n');
        const lines = diffLines(before, after);
        expect(
          lines
            .filter((line) => line.kind !== 'add')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(before);
        expect(
          lines
            .filter((line) => line.kind !== 'del')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(after);
      }),
    );
  });

  it('numbers lines in the old and the new text and marks the part that differs', () => {
    const lines = diffLines('same\nconst a = 1;', 'same\nconst a = 2;');
    expect(lines).toEqual([
      { kind: 'same', text: 'same', oldNo: 1, newNo: 1 },
      { kind: 'del', text: 'const a = 1;', oldNo: 2, newNo: null, marks: [[10, 11]] },
      { kind: 'add', text: 'const a = 2;', oldNo: null, newNo: 2, marks: [[10, 11]] },
    ]);
  });
});

describe('withContext', () => {
  it('keeps three lines around a change', () => {
    const before = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const after = before.map((line, index) => (index === 5 || index === 30 ? `${line} changed` : line));
    const lines = withContext(diffLines(before.join('\n'), after.join('\n')));
    expect(lines.filter((line) => line.kind === 'hunk').map((line) => line.text)).toEqual(['18 unchanged lines']);
    expect(countChanges(lines)).toEqual({ additions: 2, deletions: 2 });
  });
});
