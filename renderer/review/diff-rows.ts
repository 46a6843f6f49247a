import type { Comment, DiffLine, Hunk, ReviewFileDiff } from '../../shared/review.ts';

/** A line of a hunk, with its place in it. */
export interface PlacedLine {
  line: DiffLine;
  hunk: string;
  /** Its place in the whole hunk: what a selection names. */
  place: number;
  /** The line it took the place of, or that took its own: what differs between them is marked when it is drawn. */
  other: string | null;
}

/** A line that no hunk holds, shown when asked for. */
export interface HiddenLine {
  old: number;
  new: number;
  text: string;
  cut: number;
}

/** A stretch of lines between hunks: both sides are equal there. */
export interface Gap {
  /** Its number: 0 stands before the first hunk. */
  index: number;
  /** First line on each side, and how many. */
  old: number;
  new: number;
  count: number;
}

export type DiffRow =
  | { kind: 'gap'; key: string; gap: Gap }
  /** `gap`: what is still hidden right above it. */
  | { kind: 'hunk'; key: string; hunk: Hunk; changes: number; gap: Gap | null }
  | { kind: 'hidden'; key: string; line: HiddenLine }
  | { kind: 'line'; key: string; line: PlacedLine }
  | { kind: 'pair'; key: string; left: PlacedLine | null; right: PlacedLine | null }
  | { kind: 'comment'; key: string; comment: Comment; moved: boolean }
  | { kind: 'writing'; key: string; place: LinePlace }
  | { kind: 'more'; key: string };

/** Lines of one side. */
export interface LinePlace {
  side: 'old' | 'new';
  line: number;
  endLine: number;
}

/** Puts the parts of a file that came one after the other into one. */
export function joinParts(parts: readonly ReviewFileDiff[]): ReviewFileDiff | null {
  const [first] = parts;
  if (!first) return null;
  const hunks: Hunk[] = [];
  for (const part of parts)
    for (const hunk of part.hunks) {
      const last = hunks.at(-1);
      if (last?.id === hunk.id && hunk.firstLine === last.firstLine + last.lines.length)
        hunks[hunks.length - 1] = { ...last, lines: [...last.lines, ...hunk.lines] };
      else hunks.push(hunk);
    }
  return { ...first, hunks, nextCursor: parts.at(-1)?.nextCursor ?? null };
}

/** What is hidden before, between and after hunks; in one that is not loaded to its end nothing is known behind it. */
export function gapsOf(diff: ReviewFileDiff): (Gap | null)[] {
  const gaps: (Gap | null)[] = [];
  let old = 1;
  let fresh = 1;
  // Of an empty range git names the line before it.
  const start = (at: number, lines: number): number => (lines === 0 ? at + 1 : at);
  for (const hunk of diff.hunks) {
    const count = start(hunk.oldStart, hunk.oldLines) - old;
    gaps.push(count > 0 ? { index: gaps.length, old, new: fresh, count } : null);
    old = start(hunk.oldStart, hunk.oldLines) + hunk.oldLines;
    fresh = start(hunk.newStart, hunk.newLines) + hunk.newLines;
  }
  const left = diff.newLineCount - fresh + 1;
  gaps.push(
    diff.nextCursor === null && diff.hunks.length > 0 && left > 0
      ? { index: gaps.length, old, new: fresh, count: left }
      : null,
  );
  return gaps;
}

export interface RowsOptions {
  split: boolean;
  comments: readonly Comment[];
  writing: LinePlace | null;
  /** Hidden lines that were asked for, by the number of their gap. */
  shown: ReadonlyMap<number, readonly HiddenLine[]>;
}

/** What is drawn of a file's difference, from top to bottom. */
export function diffRows(diff: ReviewFileDiff, options: RowsOptions): DiffRow[] {
  const rows: DiffRow[] = [];
  const gaps = gapsOf(diff);
  const notes = notesByLine(diff, options.comments);
  const below = (old: number | null, fresh: number | null): void => {
    for (const [side, line] of [
      ['old', old],
      ['new', fresh],
    ] as const) {
      if (line === null) continue;
      for (const row of notes.get(`${side} ${line}`) ?? []) rows.push(row);
      const { writing } = options;
      if (writing?.side === side && writing.endLine === line)
        rows.push({ kind: 'writing', key: 'writing', place: writing });
    }
  };
  for (const row of notes.get('file') ?? []) rows.push(row);
  if (options.writing?.line === 0) rows.push({ kind: 'writing', key: 'writing', place: options.writing });

  /** Puts what is asked for of a gap; gives what is still hidden at its end. */
  const putGap = (index: number): Gap | null => {
    const gap = gaps[index];
    if (!gap) return null;
    const have = new Map((options.shown.get(index) ?? []).map((line) => [line.new, line]));
    if (have.size === 0) return gap;
    let from: number | null = null;
    for (let offset = 0; offset < gap.count; offset += 1) {
      const line = have.get(gap.new + offset);
      if (!line) {
        from ??= offset;
        continue;
      }
      if (from !== null) {
        const part = { index, old: gap.old + from, new: gap.new + from, count: offset - from };
        rows.push({ kind: 'gap', key: `gap ${index} ${from}`, gap: part });
      }
      from = null;
      rows.push({ kind: 'hidden', key: `hidden ${line.new}`, line });
      below(null, line.new);
    }
    return from === null ? null : { index, old: gap.old + from, new: gap.new + from, count: gap.count - from };
  };

  diff.hunks.forEach((hunk, index) => {
    rows.push({
      kind: 'hunk',
      key: `hunk ${hunk.id}`,
      gap: putGap(index),
      hunk,
      changes: hunk.lines.reduce((sum, { kind }) => sum + (kind === 'same' ? 0 : 1), 0),
    });
    if (options.split) {
      for (const pair of pairsOf(hunk)) {
        const { left, right } = pair;
        rows.push({ kind: 'pair', key: `${hunk.id} ${left?.place ?? ''}:${right?.place ?? ''}`, left, right });
        below(left?.line.kind === 'same' ? null : (left?.line.old ?? null), right?.line.new ?? null);
      }
    } else {
      for (const line of placedLines(hunk)) {
        rows.push({ kind: 'line', key: `${hunk.id} ${line.place}`, line });
        below(line.line.kind === 'removed' ? line.line.old : null, line.line.new);
      }
    }
  });
  if (diff.nextCursor === null) {
    const gap = putGap(diff.hunks.length);
    if (gap) rows.push({ kind: 'gap', key: `gap ${gap.index} end`, gap });
  } else rows.push({ kind: 'more', key: 'more' });
  for (const row of notes.get('gone') ?? []) rows.push(row);
  return rows;
}

/** Comments by the line they stand under: "new 12"; of the file as a whole "file"; those whose lines are gone "gone". */
function notesByLine(diff: ReviewFileDiff, comments: readonly Comment[]): Map<string, DiffRow[]> {
  const places = new Map(diff.comments.map(({ id, line }) => [id, line]));
  const notes = new Map<string, DiffRow[]>();
  if (comments.length === 0) return notes;
  const inHunks = new Set(
    diff.hunks.flatMap(({ lines }) => lines.flatMap(({ old, new: fresh }) => [`old ${old}`, `new ${fresh}`])),
  );
  for (const comment of comments) {
    if (comment.path !== diff.file.path) continue;
    // One that was just written has no place of the server's yet: it stands where it was written.
    const line = places.has(comment.id) ? places.get(comment.id) : comment.line;
    const end = line ? line + comment.endLine - comment.line : line;
    const key = end === 0 ? 'file' : end ? `${comment.side} ${end}` : 'gone';
    // A removed line that is context now stands on the newer side alone; what stands in a gap is shown at the end.
    const where = key === 'file' || key === 'gone' || inHunks.has(key) || comment.side === 'new' ? key : 'gone';
    const row: DiffRow = { kind: 'comment', key: comment.id, comment, moved: where === 'gone' };
    notes.set(where, [...(notes.get(where) ?? []), row]);
  }
  return notes;
}

/** The lines of a hunk, each removed one with the added one that took its place and the other way round. */
function placedLines(hunk: Hunk): PlacedLine[] {
  const lines: PlacedLine[] = hunk.lines.map((line, index) => ({
    line,
    hunk: hunk.id,
    place: hunk.firstLine + index,
    other: null,
  }));
  for (let start = 0; start < lines.length; start += 1) {
    if (lines[start]?.line.kind !== 'removed') continue;
    let mid = start;
    while (lines[mid]?.line.kind === 'removed') mid += 1;
    let end = mid;
    while (lines[end]?.line.kind === 'added') end += 1;
    for (let pair = 0; pair < Math.min(mid - start, end - mid); pair += 1) {
      const before = lines[start + pair];
      const after = lines[mid + pair];
      if (!before || !after) continue;
      before.other = after.line.text;
      after.other = before.line.text;
    }
    start = Math.max(start, end - 1);
  }
  return lines;
}

/** The lines of a hunk side by side: removed ones beside the added ones that took their place. */
export function pairsOf(hunk: Hunk): { left: PlacedLine | null; right: PlacedLine | null }[] {
  const pairs: { left: PlacedLine | null; right: PlacedLine | null }[] = [];
  let removed: PlacedLine[] = [];
  let added: PlacedLine[] = [];
  const flush = (): void => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1)
      pairs.push({ left: removed[at] ?? null, right: added[at] ?? null });
    removed = [];
    added = [];
  };
  for (const line of placedLines(hunk)) {
    if (line.line.kind === 'same') {
      flush();
      pairs.push({ left: line, right: line });
    } else if (line.line.kind === 'removed') {
      if (added.length > 0) flush();
      removed.push(line);
    } else added.push(line);
  }
  flush();
  return pairs;
}

/** The lines of a row that can be chosen. */
export function linesOf(row: DiffRow | undefined): PlacedLine[] {
  if (row?.kind === 'line') return [row.line];
  if (row?.kind !== 'pair') return [];
  return [row.left, row.right].filter((line) => line !== null);
}

/** Whether the cursor can stand on a row. */
export const holdsCursor = (row: DiffRow | undefined): boolean =>
  row?.kind === 'line' || row?.kind === 'pair' || row?.kind === 'hidden';

/** Where a comment on these rows stands: on the newer side as far as it has any of them. */
export function placeOf(rows: readonly DiffRow[]): LinePlace | null {
  const fresh: number[] = [];
  const old: number[] = [];
  for (const row of rows) {
    if (row.kind === 'hidden') fresh.push(row.line.new);
    for (const { line } of linesOf(row)) {
      if (line.new !== null) fresh.push(line.new);
      else if (line.old !== null) old.push(line.old);
    }
  }
  const side = fresh.length > 0 ? 'new' : 'old';
  const numbers = fresh.length > 0 ? fresh : old;
  if (numbers.length === 0) return null;
  return { side, line: Math.min(...numbers), endLine: Math.max(...numbers) };
}

/** The changed lines of these rows, as a selection names them: by hunk. */
export function changedLines(rows: readonly DiffRow[]): { hunk: string; lines: number[] }[] {
  const byHunk = new Map<string, Set<number>>();
  for (const row of rows)
    for (const { line, hunk, place } of linesOf(row)) {
      if (line.kind === 'same') continue;
      const places = byHunk.get(hunk) ?? new Set();
      byHunk.set(hunk, places.add(place));
    }
  return [...byHunk].map(([hunk, places]) => ({ hunk, lines: [...places].sort((a, b) => a - b) }));
}
