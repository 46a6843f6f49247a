import { useMemo } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Comment, Comparison, ReviewCommit, ReviewList } from '../../shared/review.ts';
import { useStore } from '../data/store.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';
import { useStream } from '../data/use-stream.ts';
import { comparisonKey, isWhole } from './review-place.ts';

export interface Review {
  list: Asked<ReviewList>;
  comments: Asked<readonly Comment[]>;
}

/** Grows each time files, index, commits or base of a worktree are not what they were. */
export function useWorktreeTick(id: WorktreeId): { tick: number; problem: string | null } {
  const { value, error } = useStream(`review ${id}`, (client, signal) => client.review.watch({ id }, { signal }));
  return { tick: value?.at ?? 0, problem: error };
}

/** A comparison of a worktree with its comments, kept as the worktree is. */
export function useReview(id: WorktreeId, comparison: Comparison, tick: number): Review {
  const changed = useStore((state) => state.rows.reviewChanges[id] ?? 0);
  const about = isWhole(comparison) ? `${id} ${comparisonKey(comparison)}` : null;
  const list = useAsked(about, `${tick} ${changed}`, (client, signal) =>
    client.review.files({ id, ...comparison }, { signal }),
  );
  const comments = useAsked(id, String(changed), async (client, signal) => {
    const { items } = await client.review.comments.list({ id }, { signal });
    return items;
  });
  return useMemo(() => ({ list, comments }), [list, comments]);
}

/** The branch's own commits, newest first. */
export function useCommits(id: WorktreeId, tick: number): readonly ReviewCommit[] | null {
  const { value } = useAsked(id, String(tick), async (client, signal) => {
    const { items } = await client.review.commits({ id }, { signal });
    return items;
  });
  return value;
}
