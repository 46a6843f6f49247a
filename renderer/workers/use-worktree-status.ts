import type { WorktreeId } from '../../shared/ids.ts';
import type { Worker } from '../../shared/workers.ts';
import type { WorktreeStatus } from '../../shared/worktrees.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';

export interface WorktreeLook {
  status: WorktreeStatus | null;
  error: string | null;
  loading: boolean;
  again: () => void;
}

/** What differs in a worker's worktree. Looked at when it is shown and whenever its counted changes change. */
export function useWorktreeStatus(worker: Worker): WorktreeLook {
  const worktree = useStore((state) => (worker.worktreeId ? state.rows.worktrees[worker.worktreeId] : undefined));
  const { files, additions, deletions } = worker.changes ?? { files: 0, additions: 0, deletions: 0 };
  const id = worktree?.state === 'ready' ? worktree.id : null;
  const { value, error, again } = useAsked(
    id,
    [files, additions, deletions, worker.state === 'working'].join(' '),
    (client, signal) => client.worktrees.status({ id: id as WorktreeId }, { signal }),
  );
  return { status: value, error, loading: value === null && error === null, again };
}
