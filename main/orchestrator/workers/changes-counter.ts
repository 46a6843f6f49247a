import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Worktree, WorktreeStatus } from '../../../shared/worktrees.ts';
import type { WorkerStore } from './store.ts';
import type { WorkerRows } from './worker-rows.ts';

/** Changed lines are counted once this long after the last sign that files changed. */
const delayMs = 500;

/** Keeps the changed lines of workers up to date: looked at after a sign of change, never otherwise. */
export function createChangesCounter(deps: {
  store: WorkerStore;
  rows: WorkerRows;
  status: (id: Worktree['id']) => Promise<WorktreeStatus>;
  log: { warn(details: object, message: string): void };
}) {
  const timers = new Map<WorkerId, NodeJS.Timeout>();
  let closed = false;

  function counted(workerId: WorkerId, changes: NonNullable<Worker['changes']>): void {
    const worker = closed ? undefined : deps.store.get(workerId);
    const { files, additions, deletions } = worker?.changes ?? {};
    if (!worker || (files === changes.files && additions === changes.additions && deletions === changes.deletions))
      return;
    deps.rows.keep({ ...worker, changes });
  }

  async function count(workerId: WorkerId): Promise<void> {
    timers.delete(workerId);
    const worktreeId = deps.store.get(workerId)?.worktreeId;
    if (!worktreeId) return;
    const { files } = await deps.status(worktreeId);
    const sum = (counts: (number | null)[]) => counts.reduce<number>((total, lines) => total + (lines ?? 0), 0);
    counted(workerId, {
      files: files.length,
      additions: sum(files.map((file) => file.additions)),
      deletions: sum(files.map((file) => file.deletions)),
    });
  }

  return {
    counted,
    /** Files of this worker may have changed. */
    soon(workerId: WorkerId): void {
      if (closed) return;
      clearTimeout(timers.get(workerId));
      const timer = setTimeout(() => {
        count(workerId).catch((error: unknown) =>
          deps.log.warn({ workerId, error }, 'the changes of a worktree could not be counted'),
        );
      }, delayMs);
      timers.set(workerId, timer);
    },
    close(): void {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
