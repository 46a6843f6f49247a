import { useEffect, useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import type { WorktreeStatus } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

export interface WorktreeLook {
  status: WorktreeStatus | null;
  error: string | null;
  loading: boolean;
  again: () => void;
}

/** What differs in a worker's worktree. Looked at when it is shown and whenever its counted changes change. */
export function useWorktreeStatus(worker: Worker): WorktreeLook {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const worktree = useStore((state) => (worker.worktreeId ? state.rows.worktrees[worker.worktreeId] : undefined));
  const ready = worktree?.state === 'ready';
  const [look, setLook] = useState<Omit<WorktreeLook, 'again'>>({ status: null, error: null, loading: true });
  const [turn, setTurn] = useState(0);
  const { files, additions, deletions } = worker.changes ?? { files: 0, additions: 0, deletions: 0 };
  const id = worker.worktreeId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the counts are what tells that there is something new
  useEffect(() => {
    if (!id || !ready || epoch === 0) return;
    const ended = new AbortController();
    connection.client.worktrees
      .status({ id }, { signal: ended.signal })
      .then((status) => setLook({ status, error: null, loading: false }))
      .catch((error: unknown) => {
        if (!ended.signal.aborted) setLook((before) => ({ ...before, error: errorText(error), loading: false }));
      });
    return () => ended.abort();
  }, [connection, id, ready, epoch, files, additions, deletions, turn, worker.state === 'working']);
  return { ...look, again: () => setTurn((before) => before + 1) };
}
