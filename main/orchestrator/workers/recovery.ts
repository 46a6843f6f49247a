import type { WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { WorkerStore } from './store.ts';
import { withoutTroubles, withTrouble } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

/** Waits before a worker is resumed by itself: the first time, the second, the third. There is no fourth. */
export const recoveryDelaysMs = [5_000, 30_000, 120_000] as const;

/** Resumes that are remembered. */
const historyLength = 20;

/** Ends that may well not happen again: the process died, the host died, the API was away. */
const passing: readonly Worker['endCode'][] = ['CRASHED', 'HOST_LOST', 'OVERLOADED', 'NETWORK', 'RATE_LIMITED'];

/** Brings workers back that ended by something that passes, at most three times between two finished turns. */
export function createRecovery(deps: {
  now: () => number;
  settings: () => Settings;
  store: WorkerStore;
  rows: WorkerRows;
  resume: (id: WorkerId) => void;
  log: { warn(details: object, message: string): void };
}) {
  const { now, store, rows } = deps;
  const timers = new Map<WorkerId, NodeJS.Timeout>();

  function wait(worker: Worker): void {
    const { nextAt } = worker.recovery;
    clearTimeout(timers.get(worker.id));
    if (nextAt === null) return;
    timers.set(
      worker.id,
      setTimeout(() => act(worker.id), Math.max(0, nextAt - now())),
    );
  }

  function act(id: WorkerId): void {
    timers.delete(id);
    const worker = store.get(id);
    if (worker?.state !== 'ended' || worker.recovery.nextAt === null) return;
    rows.keep({ ...worker, recovery: { ...worker.recovery, attempts: worker.recovery.attempts + 1, nextAt: null } });
    try {
      deps.resume(id);
    } catch (error) {
      // Its folder may be gone meanwhile: the row says why it ended, and a person sees to it.
      deps.log.warn({ workerId: id, error }, 'a worker could not be resumed by itself');
    }
  }

  return {
    /** The row of a worker that has just ended, with what is to follow by itself. */
    planned(worker: Worker): Worker {
      const { endCode, endReason, recovery } = worker;
      const delayMs = recoveryDelaysMs[recovery.attempts];
      if (!deps.settings().autoResume || endCode === null || !passing.includes(endCode) || delayMs === undefined)
        return { ...worker, recovery: { ...recovery, nextAt: null } };
      const nextAt = now() + delayMs;
      const history = [...recovery.history, { at: now(), code: endCode, reason: endReason ?? '' }].slice(
        -historyLength,
      );
      const times = `${recovery.attempts + 1} of ${recoveryDelaysMs.length}`;
      return withTrouble(
        withoutTroubles({ ...worker, recovery: { ...recovery, nextAt, history } }, 'crash', 'failed'),
        {
          kind: 'retry',
          text: `${endReason ?? 'It ended.'} It is resumed by itself (${times}).`,
          fix: 'Resume it now, or let it be.',
        },
        now(),
      );
    },
    /** Waits for the time that an ended worker's row names. */
    wait,
    /** Takes up what an earlier process had planned. */
    recover(): void {
      for (const worker of store.recovering()) wait(worker);
    },
    forget(id: WorkerId): void {
      clearTimeout(timers.get(id));
      timers.delete(id);
    },
    close(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
