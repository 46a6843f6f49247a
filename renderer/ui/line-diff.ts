import { type Marks, wordMarks } from './word-marks.ts';

/** One line of a difference, with its number in the old and the new text. */
export interface DiffLine {
  kind: 'same' | 'add' | 'del' | 'hunk';
  text: string;
  oldNo: number | null;
  newNo: number | null;
  /** The words that differ from its counterpart line. */
  marks?: Marks;
}

/** Above this many line pairs the exact comparison would be felt: the middle is then shown as replaced. */
const maxPairs = 4_000_000;

/** The difference of two texts by lines, everything in it. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before === '' ? [] : before.split('\n');
  const b = after === '' ? [] : after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const lines: DiffLine[] = [];
  let oldNo = 0;
  let newNo = 0;
  const same = (text: string): void => {
    oldNo += 1;
    newNo += 1;
    lines.push({ kind: 'same', text, oldNo, newNo });
  };
  const del = (text: string): void => {
    oldNo += 1;
    lines.push({ kind: 'del', text, oldNo, newNo: null });
  };
  const add = (text: string): void => {
    newNo += 1;
    lines.push({ kind: 'add', text, oldNo: null, newNo });
  };
  for (const text of a.slice(0, start)) same(text);
  const midA = a.slice(start, endA);
  const midB = b.slice(start, endB);
  if (midA.length * midB.length > maxPairs) {
    midA.forEach(del);
    midB.forEach(add);
  } else {
    // Longest common subsequence, lengths from the end.
    const width = midB.length + 1;
    const longest = new Uint32Array((midA.length + 1) * width);
    for (let i = midA.length - 1; i >= 0; i -= 1) {
      for (let j = midB.length - 1; j >= 0; j -= 1) {
        longest[i * width + j] =
          midA[i] === midB[j]
            ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
            : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
      }
    }
    let i = 0;
    let j = 0;
    while (i < midA.length || j < midB.length) {
      if (i < midA.length && j < midB.length && midA[i] === midB[j]) {
        same(midA[i] ?? '');
        i += 1;
        j += 1;
      } else if (
        j >= midB.length ||
        (i < midA.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
      ) {
        del(midA[i] ?? '');
        i += 1;
      } else {
        add(midB[j] ?? '');
        j += 1;
      }
    }
  }
  for (const text of a.slice(endA)) same(text);
  return markWords(lines);
}

/** Only what changed with a few lines around it; what is left out becomes one "hunk" line. */
export function withContext(lines: readonly DiffLine[], around = 3): DiffLine[] {
  const keep = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    if (line.kind === 'same') return;
    for (let near = Math.max(0, index - around); near <= Math.min(lines.length - 1, index + around); near += 1)
      keep[near] = 1;
  });
  const kept: DiffLine[] = [];
  let skipped = 0;
  lines.forEach((line, index) => {
    if (keep[index]) {
      if (skipped > 0 && kept.length > 0)
        kept.push({ kind: 'hunk', text: `${skipped} unchanged lines`, oldNo: null, newNo: null });
      skipped = 0;
      kept.push(line);
    } else skipped += 1;
  });
  return kept;
}

/** Marks, in runs of as many removed as added lines, the words in which each pair differs. */
function markWords(lines: DiffLine[]): DiffLine[] {
  const result = [...lines];
  for (let start = 0; start < result.length; start += 1) {
    if (result[start]?.kind !== 'del') continue;
    let mid = start;
    while (result[mid]?.kind === 'del') mid += 1;
    let end = mid;
    while (result[end]?.kind === 'add') end += 1;
    const pairs = Math.min(mid - start, end - mid);
    for (let pair = 0; pair < pairs; pair += 1) {
      const a = result[start + pair];
      const b = result[mid + pair];
      const marks = a && b ? wordMarks(a.text, b.text) : null;
      if (!a || !b || !marks) continue;
      result[start + pair] = { ...a, marks: marks.before };
      result[mid + pair] = { ...b, marks: marks.after };
    }
    start = Math.max(start, end - 1);
  }
  return result;
}

/** How many lines a difference adds and removes. */
export function countChanges(lines: readonly DiffLine[]): { additions: number; deletions: number } {
  let additions = 0;
  let deletions = 0;
  for (const line of lines) {
    if (line.kind === 'add') additions += 1;
    if (line.kind === 'del') deletions += 1;
  }
  return { additions, deletions };
}
