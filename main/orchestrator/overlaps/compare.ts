import type { Overlap, OverlapFile } from '../../../shared/overlaps.ts';
import type { TreeConflict } from '../git/merge-tree.ts';
import type { TreeChange } from '../git/tree-diff.ts';

/** Lines of the older side, first and last. */
export interface Range {
  from: number;
  to: number;
}

/** Reads the old side's ranges out of `git diff -U0`. An addition between two lines stands for both of them. */
export function changedRanges(patch: Buffer): Range[] {
  return [...patch.toString('latin1').matchAll(/^@@ -(\d+)(?:,(\d+))? /gm)].map(([, start, length]) => {
    const from = Number(start);
    const lines = length === undefined ? 1 : Number(length);
    return lines === 0 ? { from, to: from + 1 } : { from, to: from + lines - 1 };
  });
}

/** Where two lists of ranges meet; what lies side by side counts, because git joins that no better. */
export function commonRanges(a: readonly Range[], b: readonly Range[]): Range[] {
  const common: Range[] = [];
  for (const one of a)
    for (const other of b)
      if (one.from <= other.to + 1 && other.from <= one.to + 1)
        common.push({
          from: Math.max(1, Math.min(Math.max(one.from, other.from), Math.min(one.to, other.to))),
          to: Math.max(Math.max(one.from, other.from), Math.min(one.to, other.to)),
        });
  return common;
}

/** Paths that a change touches: where it is, and where it was. */
const pathsOf = (change: TreeChange) => (change.oldPath ? [change.path, change.oldPath] : [change.path]);

/** Changes of two worktrees that touch the same path. */
export interface SharedChange {
  path: string;
  a: TreeChange;
  b: TreeChange;
}

export function sharedChanges(a: readonly TreeChange[], b: readonly TreeChange[]): SharedChange[] {
  const byPath = new Map(b.flatMap((change) => pathsOf(change).map((path) => [path, change] as const)));
  const shared: SharedChange[] = [];
  for (const change of a) {
    const path = pathsOf(change).find((one) => byPath.has(one));
    const other = path === undefined ? undefined : byPath.get(path);
    if (path !== undefined && other) shared.push({ path, a: change, b: other });
  }
  return shared;
}

const rank = { conflict: 0, lines: 1, file: 2 };

/** Files in the order of how bad they are. */
export function overlapFiles(
  shared: readonly { path: string; ranges: Range[]; same: boolean }[],
  conflicts: readonly TreeConflict[],
): OverlapFile[] {
  const told = new Map(conflicts.map((conflict) => [conflict.path, conflict]));
  const files: OverlapFile[] = shared
    // Both made the very same of it: nothing is to be joined.
    .filter(({ path, same }) => !same || told.has(path))
    .map(({ path, ranges }) => {
      const conflict = told.get(path)?.kind ?? null;
      told.delete(path);
      return { path, level: conflict ? 'conflict' : ranges.length > 0 ? 'lines' : 'file', ranges, conflict };
    });
  for (const { path, kind } of told.values()) files.push({ path, level: 'conflict', ranges: [], conflict: kind });
  return files.sort((a, b) => rank[a.level] - rank[b.level] || a.path.localeCompare(b.path));
}

/** The worst of a pair's files. */
export const levelOf = (files: readonly OverlapFile[]): Overlap['level'] => files[0]?.level ?? 'file';

/** The worst pairs first. */
export const byLevel = (a: Overlap, b: Overlap) =>
  rank[a.level] - rank[b.level] || b.fileCount - a.fileCount || a.a.localeCompare(b.a);

/** Who is to be merged first: what meets nobody, then what meets few, the smaller before the larger. */
export function mergeOrder<Item extends { id: string; branch: string; size: number }>(
  items: readonly Item[],
  overlaps: readonly Pick<Overlap, 'a' | 'b' | 'level' | 'files'>[],
): { item: Item; reason: string }[] {
  const nameOf = new Map(items.map(({ id, branch }) => [id, branch]));
  const meets = (id: string) => overlaps.filter(({ a, b }) => a === id || b === id);
  const weight = (id: string) =>
    meets(id).reduce((sum, { level }) => sum + { conflict: 100, lines: 10, file: 1 }[level], 0);
  const sorted = [...items].sort((a, b) => weight(a.id) - weight(b.id) || a.size - b.size || a.id.localeCompare(b.id));
  return sorted.map((item, place) => {
    const later = new Set(sorted.slice(place + 1).map(({ id }) => id));
    const others = meets(item.id).sort((x, y) => rank[x.level] - rank[y.level]);
    const [worst] = others;
    if (!worst) return { item, reason: 'shares no file with another' };
    const other = worst.a === item.id ? worst.b : worst.a;
    const file = worst.files[0]?.path ?? 'a file';
    const name = nameOf.get(other) ?? 'another';
    const words = { conflict: 'conflicts in', lines: 'changes the same lines of', file: 'also changes' }[worst.level];
    return {
      item,
      reason: later.has(other)
        ? `${words} ${file} with ${name}, and is the smaller change`
        : `${words} ${file} with ${name}, which goes first`,
    };
  });
}
