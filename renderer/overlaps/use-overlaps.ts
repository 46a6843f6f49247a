import { useCallback, useMemo } from 'react';
import type { Overlap } from '../../shared/overlaps.ts';
import { useStore } from '../data/store.ts';
import { levelNames, levelRank, rangeWords, sharedBy } from './overlap-words.ts';

/** What a worktree is called: its worker's name, else its branch. */
export function useWorktreeName(): (id: string) => string {
  const worktrees = useStore((state) => state.rows.worktrees);
  const workers = useStore((state) => state.rows.workers);
  return useCallback(
    (id) => {
      const worktree = worktrees[id];
      return (worktree?.workerId && workers[worktree.workerId]?.name) || (worktree?.branch ?? 'a removed worktree');
    },
    [worktrees, workers],
  );
}

/** The files of a worktree that others change too, with what to say of each. */
export function useSharedFiles(id: string): ReadonlyMap<string, string> {
  const radars = useStore((state) => state.rows.radars);
  const nameOf = useWorktreeName();
  return useMemo(() => {
    const files = new Map<string, string>();
    for (const { other, overlap } of sharedBy(radars, id))
      for (const file of overlap.files) {
        const ranges = rangeWords(file);
        const words = `${nameOf(other)} changes it too: ${levelNames[file.level]}${ranges ? `, ${ranges}` : ''}`;
        files.set(file.path, [files.get(file.path), words].filter(Boolean).join('; '));
      }
    return files;
  }, [radars, id, nameOf]);
}

/** How many pairs share something on all radars, and the worst level of them. */
export function useOverlapSum(): { count: number; worst: Overlap['level'] | null } {
  const radars = useStore((state) => state.rows.radars);
  return useMemo(() => {
    const all = Object.values(radars).flatMap(({ overlaps }) => overlaps);
    const worst = all.reduce<Overlap['level'] | null>(
      (most, { level }) => (most === null || levelRank[level] > levelRank[most] ? level : most),
      null,
    );
    return { count: all.length, worst };
  }, [radars]);
}
