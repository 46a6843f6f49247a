import type { WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { TreeUsage } from '../processes/tree-usage.ts';
import type { WorkerStore } from './store.ts';
import { withoutTroubles, withTrouble } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

/** Age of the last sign of life at which a worker at work is not healthy any more, in milliseconds. */
const degradedAfterMs = 30_000;
const unhealthyAfterMs = 60_000;
/** A silent worker's reason, which tells how long, is put right this often. */
const repeatMs = 60_000;
/** A child that uses this much of a core works: that is a sign of life. */
const busyPercent = 5;

/**
 * Watches workers at work for signs of life: what they say, and CPU that their tools use. One timer for each that works;
 * nothing is looked at while they do nothing.
 */
export function createHealthWatch(deps: {
  now: () => number;
  settings: () => Settings;
  store: WorkerStore;
  rows: WorkerRows;
  measure: (pid: number) => Promise<TreeUsage | undefined>;
  log: { warn(details: object, message: string): void };
}) {
  const { now, store, rows } = deps;
  const signs = new Map<WorkerId, number>();
  const timers = new Map<WorkerId, NodeJS.Timeout>();
  let closed = false;

  function wait(id: WorkerId, delayMs: number): void {
    clearTimeout(timers.get(id));
    if (closed) return;
    const timer = setTimeout(() => {
      look(id).catch((error: unknown) => deps.log.warn({ workerId: id, error }, "a worker's health cannot be seen"));
    }, delayMs);
    timer.unref();
    timers.set(id, timer);
  }

  function forget(id: WorkerId): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
    signs.delete(id);
  }

  async function look(id: WorkerId): Promise<void> {
    const before = store.get(id);
    if (before?.state !== 'working') return forget(id);
    const usage = before.pid === null ? undefined : await deps.measure(before.pid);
    const worker = store.get(id);
    if (closed || worker?.state !== 'working') return forget(id);
    if (usage?.busiest && usage.busiest.cpuPercent >= busyPercent) signs.set(id, now());
    const silentMs = now() - (signs.get(id) ?? worker.stateChangedAt);
    if (silentMs < degradedAfterMs) {
      settle(worker);
      return wait(id, degradedAfterMs - silentMs);
    }
    // The API's refusals are told as what they are.
    if (worker.retry) return wait(id, repeatMs);
    const reason = silence(worker, silentMs, usage);
    const stallMs = deps.settings().stallSeconds * 1000;
    const unwell: Worker = {
      ...worker,
      health: silentMs < unhealthyAfterMs ? 'degraded' : 'unhealthy',
      healthReason: reason,
    };
    rows.keep(
      silentMs < stallMs
        ? unwell
        : withTrouble(
            unwell,
            { kind: 'stall', text: `It works without a sign of life: ${reason}.`, fix: stallFix },
            now(),
          ),
    );
    const next = [unhealthyAfterMs, stallMs].filter((age) => age > silentMs).map((age) => age - silentMs);
    wait(id, Math.min(repeatMs, ...next));
  }

  /** Takes back what silence had raised. */
  function settle(worker: Worker): void {
    if (worker.health === 'healthy' && !worker.troubles.some(({ kind }) => kind === 'stall')) return;
    if (worker.retry) return;
    rows.keep({ ...withoutTroubles(worker, 'stall'), health: 'healthy', healthReason: null });
  }

  return {
    /** A worker said something, or began to work. */
    sign(id: WorkerId): void {
      signs.set(id, now());
      const worker = store.get(id);
      if (worker?.state !== 'working') {
        forget(id);
        return;
      }
      settle(worker);
      if (timers.has(id)) return;
      wait(id, degradedAfterMs);
      // From here on CPU is counted.
      if (worker.pid !== null)
        deps.measure(worker.pid).catch((error: unknown) => deps.log.warn({ error }, 'processes cannot be listed'));
    },
    forget,
    close(): void {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

const stallFix = 'Look at it, interrupt it, or leave it if that is expected.';

/** "no output for 9 min, child npm test at 0 % CPU" */
function silence(worker: Worker, silentMs: number, usage: TreeUsage | undefined): string {
  const seconds = Math.round(silentMs / 1000);
  const since = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  const busiest = usage?.busiest;
  const child = busiest ? `, child ${busiest.name} at ${Math.round(busiest.cpuPercent)} % CPU` : '';
  const tool = !busiest && worker.activity?.tool ? `, in ${worker.activity.tool}` : '';
  return `no output for ${since}${child}${tool}`;
}
