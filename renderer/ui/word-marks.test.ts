import { describe, expect, it } from 'vitest';
import { wordMarks } from './word-marks.ts';

/** The marked parts of both lines. */
function marked(before: string, after: string): [string[], string[]] | null {
  const marks = wordMarks(before, after);
  return (
    marks && [
      marks.before.map(([from, to]) => before.slice(from, to)),
      marks.after.map(([from, to]) => after.slice(from, to)),
    ]
  );
}

describe('wordMarks', () => {
  it('marks each word that differs, not what stands between', () => {
    expect(marked('  send(text, at, Date.now())', '  send(body, at, now())')).toEqual([['text', 'Date.'], ['body']]);
  });

  it('joins neighbours over white space', () => {
    expect(marked('const total = a + b;', 'const total = a + b + tax;')).toEqual([[], [' + tax']]);
  });

  it('leaves alone lines that have little in common, and those that are equal but for white space', () => {
    expect(marked('import { a } from "b";', 'export function go() {')).toBeNull();
    expect(marked('  a()', '    a()')).toEqual([['  '], ['    ']]);
  });

  it('compares long lines by their ends', () => {
    const middle = 'x '.repeat(400);
    expect(marked(`${middle}one ${middle}`, `${middle}two ${middle}`)).toEqual([['one'], ['two']]);
  });
});
