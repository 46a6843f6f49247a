/** One line of a difference, with its number in the old and the new text. */
export interface DiffLine {
  kind: 'same' | 'add' | 'del' | 'hunk';
  text: string;
  oldNo: number | null;
  newNo: number | null;
  /** The part that differs from its counterpart line: start and end in `text`. */
  mark?: readonly [number, number];
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

export interface FilePatch {
  path: string;
  lines: DiffLine[];
  binary: boolean;
}

/** The files of a unified diff as git writes it. */
export function parsePatch(patch: string): FilePatch[] {
  const files: FilePatch[] = [];
  let file: FilePatch | null = null;
  let oldNo = 0;
  let newNo = 0;
  let inHunk = false;
  for (const line of patch.split('\n')) {
    if (line.startsWith('diff --git ')) {
      file = { path: / b\/(.*)$/.exec(line)?.[1] ?? '', lines: [], binary: false };
      files.push(file);
      inHunk = false;
      continue;
    }
    if (!file) continue;
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/.exec(line);
    if (hunk) {
      oldNo = Number(hunk[1]);
      newNo = Number(hunk[2]);
      inHunk = true;
      file.lines.push({ kind: 'hunk', text: hunk[3] || `line ${newNo}`, oldNo: null, newNo: null });
      continue;
    }
    if (!inHunk) {
      if (line.startsWith('Binary files ') || line === 'GIT binary patch') file.binary = true;
      continue;
    }
    if (line.startsWith('+')) {
      file.lines.push({ kind: 'add', text: line.slice(1), oldNo: null, newNo });
      newNo += 1;
    } else if (line.startsWith('-')) {
      file.lines.push({ kind: 'del', text: line.slice(1), oldNo, newNo: null });
      oldNo += 1;
    } else if (line.startsWith(' ')) {
      file.lines.push({ kind: 'same', text: line.slice(1), oldNo, newNo });
      oldNo += 1;
      newNo += 1;
    }
  }
  for (const done of files) done.lines = markWords(done.lines);
  return files;
}

/** Marks, in runs of as many removed as added lines, the part in which each pair differs. */
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
      if (!a || !b) continue;
      let left = 0;
      while (left < a.text.length && left < b.text.length && a.text[left] === b.text[left]) left += 1;
      let right = 0;
      while (
        right < a.text.length - left &&
        right < b.text.length - left &&
        a.text.at(-1 - right) === b.text.at(-1 - right)
      )
        right += 1;
      const common = left + right;
      // Lines with little in common are simply another line: marking nearly all of it says nothing.
      if (common < Math.min(a.text.trim().length, b.text.trim().length) / 3) continue;
      if (a.text.length > common) result[start + pair] = { ...a, mark: [left, a.text.length - right] };
      if (b.text.length > common) result[mid + pair] = { ...b, mark: [left, b.text.length - right] };
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
