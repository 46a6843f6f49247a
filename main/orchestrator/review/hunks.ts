import { createHash } from 'node:crypto';
import type { DiffLine, Hunk } from '../../../shared/review.ts';

/** Most characters of one line that are given out. */
const shownLineLength = 2000;

/** A line of a hunk as bytes, without the letter before it and without its line break. */
export interface RawLine {
  kind: DiffLine['kind'];
  bytes: Buffer;
  /** No line break follows in the file. */
  last: boolean;
}

export interface RawHunk {
  id: string;
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  heading: string;
  lines: RawLine[];
}

/** Reads what `git diff` writes of one file. */
export function parseHunks(patch: Buffer): RawHunk[] {
  const hunks: RawHunk[] = [];
  let hunk: RawHunk | undefined;
  let oldLeft = 0;
  let newLeft = 0;
  for (let at = 0; at < patch.length; ) {
    const end = patch.indexOf(10, at);
    const line = patch.subarray(at, end < 0 ? patch.length : end);
    at = end < 0 ? patch.length : end + 1;
    const mark = line[0];
    if (hunk && mark === 0x5c) {
      const before = hunk.lines.at(-1);
      if (before) before.last = true;
      continue;
    }
    if (hunk && (oldLeft > 0 || newLeft > 0)) {
      const kind = mark === 0x2b ? 'added' : mark === 0x2d ? 'removed' : 'same';
      if (kind !== 'added') oldLeft -= 1;
      if (kind !== 'removed') newLeft -= 1;
      hunk.lines.push({ kind, bytes: line.subarray(1), last: false });
      continue;
    }
    const head =
      mark === 0x40 ? /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?([\s\S]*)$/.exec(line.toString('utf8')) : null;
    if (!head) continue;
    oldLeft = Number(head[2] ?? 1);
    newLeft = Number(head[4] ?? 1);
    hunk = {
      id: '',
      oldStart: Number(head[1]),
      oldLines: oldLeft,
      newStart: Number(head[3]),
      newLines: newLeft,
      heading: (head[5] ?? '').slice(0, 200),
      lines: [],
    };
    hunks.push(hunk);
  }
  return identified(hunks);
}

/** Gives hunks their ids: made of what they change. */
function identified(hunks: RawHunk[]): RawHunk[] {
  const seen = new Map<string, number>();
  for (const one of hunks) {
    const hash = createHash('sha1');
    for (const { kind, bytes, last } of one.lines) {
      if (kind === 'same') continue;
      hash
        .update(kind === 'added' ? '+' : '-')
        .update(bytes)
        .update(last ? '\\' : '\n');
    }
    const content = hash.digest('hex').slice(0, 16);
    const times = (seen.get(content) ?? 0) + 1;
    seen.set(content, times);
    // The same change may stand in a file several times; then its place among them counts.
    one.id = times === 1 ? content : `${content}-${times}`;
  }
  return hunks;
}

/** A part of a hunk as a page is given it: `count` lines from place `from` on. */
export function shownHunk(hunk: RawHunk, from: number, count: number): Hunk {
  let old = hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart;
  let fresh = hunk.newLines === 0 ? hunk.newStart + 1 : hunk.newStart;
  const lines: DiffLine[] = [];
  hunk.lines.slice(0, from + count).forEach(({ kind, bytes, last }, place) => {
    const numbers = { old: kind === 'added' ? null : old++, new: kind === 'removed' ? null : fresh++ };
    if (place >= from) lines.push({ kind, ...numbers, ...shownLine(bytes), noNewline: last });
  });
  const { id, oldStart, oldLines, newStart, newLines, heading } = hunk;
  return { id, oldStart, oldLines, newStart, newLines, heading, lineCount: hunk.lines.length, firstLine: from, lines };
}

/** The hunks of a file of which only one side is there. */
export function wholeAsHunk(content: Buffer, kind: 'added' | 'removed'): RawHunk[] {
  const lines = linesOf(content).map(({ bytes, last }) => ({ kind, bytes, last }));
  if (lines.length === 0) return [];
  const there = { start: 1, lines: lines.length };
  const gone = { start: 0, lines: 0 };
  const [old, fresh] = kind === 'added' ? [gone, there] : [there, gone];
  return identified([
    {
      id: '',
      oldStart: old.start,
      oldLines: old.lines,
      newStart: fresh.start,
      newLines: fresh.lines,
      heading: '',
      lines,
    },
  ]);
}

/** Text of a line, no more than a page shows of it. */
export function shownLine(bytes: Buffer): { text: string; cut: number } {
  // No character takes more than four bytes, so this much is enough; only a line that is cut needs its length counted.
  const whole = bytes.length <= shownLineLength * 4 ? bytes.toString('utf8') : null;
  if (whole !== null && whole.length <= shownLineLength) return { text: whole, cut: 0 };
  const text = (whole ?? bytes.toString('utf8', 0, shownLineLength * 4)).slice(0, shownLineLength);
  return { text, cut: (whole?.length ?? bytes.length) - text.length };
}

/** Which changes are meant: whole hunks, or lines of a hunk by their place in it. */
export interface Choice {
  hunks: ReadonlySet<string>;
  lines: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The chosen hunks that a list of hunks does not have. */
export function unknownHunks(hunks: readonly RawHunk[], choice: Choice): string[] {
  const known = new Set(hunks.map(({ id }) => id));
  return [...choice.hunks, ...choice.lines.keys()].filter((id) => !known.has(id));
}

/**
 * A file with some of its changes made. `apply`: the older side with the chosen changes in it; `revert`: the newer side
 * without them. `side` is that side's content, wholly.
 */
export function withChanges(side: Buffer, hunks: readonly RawHunk[], choice: Choice, how: 'apply' | 'revert'): Buffer {
  const lines = linesOf(side);
  const result: { bytes: Buffer; last: boolean }[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const [start, length] = how === 'apply' ? [hunk.oldStart, hunk.oldLines] : [hunk.newStart, hunk.newLines];
    // Of an empty range git names the line before it.
    const first = length === 0 ? start : start - 1;
    while (at < first && at < lines.length) result.push(lines[at++] as (typeof lines)[number]);
    at += length;
    const all = choice.hunks.has(hunk.id);
    const some = choice.lines.get(hunk.id);
    hunk.lines.forEach((line, place) => {
      const chosen = all || (some?.has(place) ?? false);
      const there = line.kind === 'same' || (line.kind === 'added') === (how === 'apply' ? chosen : !chosen);
      if (there) result.push(line);
    });
  }
  while (at < lines.length) result.push(lines[at++] as (typeof lines)[number]);
  const parts: Buffer[] = [];
  result.forEach(({ bytes, last }, place) => {
    parts.push(bytes);
    // A line that was the last one without a break needs one when others follow it now.
    if (!last || place < result.length - 1) parts.push(lineBreak);
  });
  return Buffer.concat(parts);
}

const lineBreak = Buffer.from('\n');

/** The lines of a file. */
export function linesOf(content: Buffer): { bytes: Buffer; last: boolean }[] {
  const lines: { bytes: Buffer; last: boolean }[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(10, at);
    lines.push({ bytes: content.subarray(at, end < 0 ? content.length : end), last: end < 0 });
    at = end < 0 ? content.length : end + 1;
  }
  return lines;
}
