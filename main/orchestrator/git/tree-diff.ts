import type { Git } from './git.ts';
import { pathFromBytes, splitNul } from './path-bytes.ts';
import { quietly } from './working-copy.ts';

/** A file that differs between two trees. */
export interface TreeChange {
  path: string;
  oldPath: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed';
  oldMode: string;
  newMode: string;
  /** null where the file is not there. */
  oldId: string | null;
  newId: string | null;
  /** null: not text. */
  additions: number | null;
  deletions: number | null;
}

/** What differs between two trees (or commits), renames found, in the order of paths. */
export async function diffTrees(
  git: Git,
  folder: string,
  from: string,
  to: string,
  options: { renames?: boolean } = {},
): Promise<TreeChange[]> {
  const renames = options.renames === false ? '--no-renames' : '-M';
  const raw = await git.need(folder, [
    ...quietly,
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--numstat',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    renames,
    from,
    to,
  ]);
  return parseTreeDiff(raw);
}

/** Reads `--raw --numstat -z`: first all of the one, then all of the other. */
export function parseTreeDiff(raw: Buffer): TreeChange[] {
  const fields = splitNul(raw);
  const files = new Map<string, TreeChange>();
  for (let at = 0; at < fields.length; ) {
    const field = fields[at] ?? Buffer.alloc(0);
    if (field[0] === 0x3a) {
      const [oldMode = '', newMode = '', oldId = '', newId = '', letter = 'M'] = field.toString('latin1', 1).split(' ');
      const twoPaths = letter.startsWith('R') || letter.startsWith('C');
      const path = pathFromBytes(fields[at + (twoPaths ? 2 : 1)] ?? Buffer.alloc(0));
      files.set(path, {
        path,
        oldPath: letter.startsWith('R') ? pathFromBytes(fields[at + 1] ?? Buffer.alloc(0)) : null,
        status: statusOf(letter),
        oldMode,
        newMode,
        oldId: /^0+$/.test(oldId) ? null : oldId,
        newId: /^0+$/.test(newId) ? null : newId,
        additions: 0,
        deletions: 0,
      });
      at += twoPaths ? 3 : 2;
      continue;
    }
    const counts = /^(\d+|-)\t(\d+|-)\t/.exec(field.toString('latin1', 0, Math.min(field.length, 64)));
    if (!counts) {
      at += 1;
      continue;
    }
    // A rename leaves the path empty and puts both paths into the two fields that follow.
    const own = field.subarray(counts[0].length);
    const file = files.get(pathFromBytes(own.length > 0 ? own : (fields[at + 2] ?? own)));
    if (file) {
      file.additions = counts[1] === '-' ? null : Number(counts[1]);
      file.deletions = counts[2] === '-' ? null : Number(counts[2]);
    }
    at += own.length > 0 ? 1 : 3;
  }
  return [...files.values()];
}

function statusOf(letter: string): TreeChange['status'] {
  if (letter.startsWith('A') || letter.startsWith('C')) return 'added';
  if (letter.startsWith('D')) return 'deleted';
  if (letter.startsWith('R')) return 'renamed';
  return 'modified';
}

/** Lines added and taken in all of them. */
export function countChanges(changes: readonly Pick<TreeChange, 'additions' | 'deletions'>[]) {
  return {
    files: changes.length,
    additions: changes.reduce((sum, { additions }) => sum + (additions ?? 0), 0),
    deletions: changes.reduce((sum, { deletions }) => sum + (deletions ?? 0), 0),
  };
}
