import { useEffect } from 'react';
import type { Overlap } from '../../shared/overlaps.ts';
import { go, parseRoute } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import type { Rows } from '../data/apply-event.ts';
import { useStore } from '../data/store.ts';
import { levelRank, overlapWords } from './overlap-words.ts';

/** Pairs that have come to change the same lines, or to conflict, since the radar was looked at before. */
export function newOverlaps(before: Rows['radars'], after: Rows['radars']): Overlap[] {
  return Object.entries(after).flatMap(([project, radar]) => {
    const known = before[project];
    // The first look at a project is no news.
    if (!known || known === radar) return [];
    return radar.overlaps.filter(({ a, b, level }) => {
      if (level === 'file') return false;
      const last = known.overlaps.find((one) => one.a === a && one.b === b);
      return !last || levelRank[last.level] < levelRank[level];
    });
  });
}

/** Tells when two workers begin to get in each other's way, while both still work. */
export function useOverlapNotices(): void {
  useEffect(
    () =>
      useStore.subscribe(({ rows, system }, last) => {
        if (rows.radars === last.rows.radars || !system || !last.system) return;
        if (parseRoute(location.hash)?.view === 'overlaps') return;
        const [first] = newOverlaps(last.rows.radars, rows.radars);
        if (!first) return;
        const nameOf = (id: string): string => {
          const worktree = rows.worktrees[id];
          return (worktree?.workerId && rows.workers[worktree.workerId]?.name) || (worktree?.branch ?? 'a worktree');
        };
        tell(`${nameOf(first.a)} and ${nameOf(first.b)}: ${overlapWords(first)}`, {
          action: { label: 'Show', run: () => go({ view: 'overlaps', id: null }) },
        });
      }),
    [],
  );
}
