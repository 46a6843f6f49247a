import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { Delivery, MergeMethod, MergeResult } from '../../shared/delivery.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useStore } from '../data/store.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';

export interface DeliveryState {
  facts: Asked<Delivery>;
  method: MergeMethod;
  setMethod: (method: MergeMethod) => void;
  /** What a merge would do now; null: not known, or nothing to merge. */
  dryRun: Asked<MergeResult & { at: number }>;
}

/** Where a worktree's commits stand, and what a merge would do: tried again with each change (`tick`). */
export function useDelivery(id: WorktreeId, tick: number): DeliveryState {
  const [method, setMethod] = useState<MergeMethod>('merge');
  const mayMerge = useStore((state) => allows(state.access, 'approve'));
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const merged = worktree?.merged?.at ?? 0;
  const facts = useAsked(id, `${tick} ${merged} ${worktree?.pullRequest?.at ?? 0}`, (client, signal) =>
    client.delivery.get({ id }, { signal }),
  );
  const now = facts.value;
  const mergeable =
    mayMerge && now !== null && now.ahead > 0 && now.base.local && now.merged === 'no' && !now.operation;
  const dryRun = useAsked(
    mergeable ? `${id} ${method}` : null,
    `${now?.head} ${now?.base.commit} ${now?.base.dirty} ${now?.uncommitted}`,
    async (client, signal) => ({
      ...(await client.delivery.merge({ id, method, dryRun: true, leaveUncommitted: true }, { signal })),
      at: Date.now(),
    }),
  );
  return { facts, method, setMethod, dryRun };
}
