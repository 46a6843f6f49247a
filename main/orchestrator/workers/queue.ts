import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';

/** Queued workers in the order they start: higher priority first, then older first. */
export function inStartOrder(queued: readonly Worker[]): Worker[] {
  return [...queued].sort((a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/**
 * Whether all workers it depends on have done their work: ended well, or idle after a turn. A worker that was removed
 * holds nobody back; one that failed or was stopped does, until it is resumed.
 */
export function dependenciesDone(worker: Worker, get: (id: WorkerId) => Worker | undefined): boolean {
  return worker.dependsOn.every((id) => {
    const other = get(id);
    if (!other) return true;
    return other.state === 'ended' ? other.outcome === 'done' : other.state === 'idle' && other.turns > 0;
  });
}

/** The workers to start now with `free` places. */
export function nextToStart(
  queued: readonly Worker[],
  free: number,
  get: (id: WorkerId) => Worker | undefined,
): Worker[] {
  return inStartOrder(queued)
    .filter((worker) => dependenciesDone(worker, get))
    .slice(0, Math.max(0, free));
}
