import type { Checkpoint } from '../../shared/checkpoints.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useStore } from '../data/store.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';
import { clockTime } from '../ui/format.ts';

/** A worktree's checkpoints, oldest first; read again when one is made or pruned. */
export function useCheckpoints(id: WorktreeId | null): Asked<readonly Checkpoint[]> {
  const changed = useStore((state) => (id ? (state.rows.reviewChanges[id] ?? 0) : 0));
  return useAsked(id, String(changed), async (client, signal) => {
    if (!id) return [];
    return (await client.checkpoints.list({ id }, { signal })).items;
  });
}

const kindNames: Record<Exclude<Checkpoint['kind'], 'turn'>, string> = {
  start: 'start',
  manual: 'checkpoint',
  'before-rewind': 'before a rewind',
  'before-discard': 'before a discard',
  'before-merge': 'before a merge',
  'before-update': 'before an update',
};

/** "turn 3", "start", "before a rewind", or what somebody called it. */
export function checkpointName({ kind, turn, label }: Pick<Checkpoint, 'kind' | 'turn' | 'label'>): string {
  if (kind === 'turn') return `turn ${turn ?? '?'}`;
  return label ?? kindNames[kind];
}

/** "turn 3, 14:26". */
export function checkpointOption(checkpoint: Checkpoint): string {
  return `${checkpointName(checkpoint)}, ${clockTime(checkpoint.at)}`;
}
