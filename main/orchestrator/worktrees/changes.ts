import type { ChangedFile } from '../../../shared/worktrees.ts';

/** Reads `git diff --raw --numstat -z` joined: what kind of change each file has and how many lines it adds and takes. */
export function parseDiff(raw: string): ChangedFile[] {
  const fields = raw.split('\0');
  const files = new Map<string, ChangedFile>();
  for (let at = 0; at < fields.length; ) {
    const field = fields[at] ?? '';
    if (field.startsWith(':')) {
      const letter = field.split(' ').at(-1)?.[0] ?? 'M';
      const twoPaths = letter === 'R' || letter === 'C';
      const oldPath = twoPaths ? (fields[at + 1] ?? null) : null;
      const path = fields[at + (twoPaths ? 2 : 1)] ?? '';
      files.set(path, {
        path,
        oldPath: letter === 'R' ? oldPath : null,
        status: statusOf(letter),
        additions: 0,
        deletions: 0,
      });
      at += twoPaths ? 3 : 2;
      continue;
    }
    const counts = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(field);
    if (counts) {
      // A rename leaves the path empty and puts both paths into the two fields that follow.
      const path = counts[3] || fields[at + 2] || '';
      const file = files.get(path);
      if (file) {
        file.additions = counts[1] === '-' ? null : Number(counts[1]);
        file.deletions = counts[2] === '-' ? null : Number(counts[2]);
      }
      at += counts[3] ? 1 : 3;
      continue;
    }
    at += 1;
  }
  return [...files.values()];
}

function statusOf(letter: string): ChangedFile['status'] {
  if (letter === 'A' || letter === 'C') return 'added';
  if (letter === 'D') return 'deleted';
  if (letter === 'R') return 'renamed';
  if (letter === 'U') return 'conflicted';
  return 'modified';
}

/** Reads `git status --porcelain=v1 -z`: the paths with changes that are in no commit, untracked ones apart. */
export function parseStatus(raw: string): { changed: string[]; untracked: string[] } {
  const changed: string[] = [];
  const untracked: string[] = [];
  const fields = raw.split('\0');
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    if (field.length < 4) continue;
    const path = field.slice(3);
    if (field.startsWith('??')) untracked.push(path);
    else changed.push(path);
    if (field[0] === 'R' || field[0] === 'C') at += 1;
  }
  return { changed, untracked };
}
