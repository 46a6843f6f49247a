import { describe, expect, it } from 'vitest';
import type { Comment, DiffLine, Hunk, ReviewFileDiff } from '../../shared/review.ts';
import { changedLines, type DiffRow, diffRows, joinParts, placeOf } from './diff-rows.ts';

/** A hunk of lines written as " same", "+added", "-removed". */
function hunkOf(id: string, oldStart: number, newStart: number, written: string[]): Hunk {
  let old = oldStart;
  let fresh = newStart;
  const lines = written.map((text): DiffLine => {
    const kind = text[0] === '+' ? 'added' : text[0] === '-' ? 'removed' : 'same';
    return {
      kind,
      old: kind === 'added' ? null : old++,
      new: kind === 'removed' ? null : fresh++,
      text: text.slice(1),
      cut: 0,
      noNewline: false,
    };
  });
  return {
    id,
    oldStart,
    oldLines: old - oldStart,
    newStart,
    newLines: fresh - newStart,
    heading: '',
    lineCount: lines.length,
    firstLine: 0,
    lines,
  };
}

const file = { path: 'src/a.ts', oldId: 'a'.repeat(40), newId: 'b'.repeat(40) } as ReviewFileDiff['file'];

function diffOf(part: Partial<ReviewFileDiff>): ReviewFileDiff {
  return {
    file,
    hunks: [],
    hunkCount: 0,
    nextCursor: null,
    oldLineCount: 0,
    newLineCount: 0,
    comments: [],
    ...part,
  };
}

const two = diffOf({
  hunks: [
    hunkOf('h1', 4, 4, [' d', '-const a = 1;', '+const a = 2;', '+const b = 3;', ' f']),
    hunkOf('h2', 20, 21, [' t', '-u']),
  ],
  oldLineCount: 30,
  newLineCount: 30,
});

const nothing = { split: false, comments: [], writing: null, shown: new Map() };

/** What rows show, in short. */
const short = (rows: readonly DiffRow[]): string[] =>
  rows.map((row) => {
    switch (row.kind) {
      case 'hunk':
        return `@@ ${row.gap?.count ?? 0} hidden`;
      case 'gap':
        return `${row.gap.count} hidden`;
      case 'line':
        return `${row.line.line.old ?? ''}|${row.line.line.new ?? ''} ${row.line.line.text}`;
      case 'pair':
        return `${row.left?.line.text ?? ''} = ${row.right?.line.text ?? ''}`;
      case 'hidden':
        return `(${row.line.new})`;
      case 'comment':
        return `# ${row.comment.text}${row.moved ? ', moved' : ''}`;
      default:
        return row.kind;
    }
  });

const comment = (part: Partial<Comment>): Comment =>
  ({ id: 'c1', path: 'src/a.ts', side: 'new', line: 5, endLine: 5, text: 'why?', state: 'draft', ...part }) as Comment;

describe('diffRows', () => {
  it('shows hunks with what is hidden before, between and after them', () => {
    expect(short(diffRows(two, nothing))).toEqual([
      '@@ 3 hidden',
      '4|4 d',
      '5| const a = 1;',
      '|5 const a = 2;',
      '|6 const b = 3;',
      '6|7 f',
      '@@ 13 hidden',
      '20|21 t',
      '21| u',
      '9 hidden',
    ]);
  });

  it('puts a removed line beside the one that took its place', () => {
    expect(short(diffRows(two, { ...nothing, split: true })).slice(1, 5)).toEqual([
      'd = d',
      'const a = 1; = const a = 2;',
      ' = const b = 3;',
      'f = f',
    ]);
  });

  it('shows lines of a gap that were asked for, and what is still hidden on both sides of them', () => {
    const shown = new Map([[1, [{ old: 10, new: 11, text: 'x', cut: 0 }]]]);
    expect(short(diffRows(two, { ...nothing, shown })).slice(6, 9)).toEqual(['3 hidden', '(11)', '@@ 9 hidden']);
  });

  it('puts a comment under its line, where the server says that is now, and one whose lines are gone at the end', () => {
    const diff = {
      ...two,
      comments: [
        { id: 'c1', line: 6 },
        { id: 'c2', line: null },
      ],
    } as ReviewFileDiff;
    const comments = [comment({}), comment({ id: 'c2' as Comment['id'], text: 'gone' })];
    const rows = short(diffRows(diff, { ...nothing, comments }));
    expect(rows[5]).toBe('# why?');
    expect(rows.at(-1)).toBe('# gone, moved');
    const unplaced = short(diffRows(two, { ...nothing, comments: [comment({})] }));
    expect(unplaced[4]).toBe('# why?');
    const whole = short(diffRows(two, { ...nothing, comments: [comment({ line: 0, endLine: 0 })] }));
    expect(whole[0]).toBe('# why?');
  });

  it('opens a field under the last of the lines a comment is about', () => {
    const writing = { side: 'new' as const, line: 5, endLine: 6 };
    expect(short(diffRows(two, { ...nothing, writing }))[5]).toBe('writing');
  });

  it('names chosen lines by their places in whole hunks, also when a hunk came in parts', () => {
    const [first] = two.hunks;
    if (!first) throw new Error('unreachable');
    const parts = [
      diffOf({ hunks: [{ ...first, lines: first.lines.slice(0, 2) }], nextCursor: 2 }),
      diffOf({ hunks: [{ ...first, firstLine: 2, lines: first.lines.slice(2) }] }),
    ];
    const joined = joinParts(parts);
    expect(joined?.hunks).toEqual([first]);
    const rows = diffRows(diffOf({ hunks: joined?.hunks ?? [] }), nothing);
    expect(changedLines(rows.slice(2, 4))).toEqual([{ hunk: 'h1', lines: [1, 2] }]);
    expect(placeOf(rows.slice(2, 4))).toEqual({ side: 'new', line: 5, endLine: 5 });
    expect(placeOf(rows.slice(2, 3))).toEqual({ side: 'old', line: 5, endLine: 5 });
  });

  it('draws nothing of 50,000 lines twice', () => {
    const long = hunkOf(
      'h',
      0,
      1,
      Array.from({ length: 50_000 }, (_, index) => `+line ${index}`),
    );
    const rows = diffRows(diffOf({ hunks: [long], newLineCount: 50_000 }), nothing);
    expect(rows).toHaveLength(50_001);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(50_001);
  });
});
