import type { WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Resources } from '../../../shared/workers.ts';
import type { TreeUsageMeter } from '../processes/tree-usage.ts';
import type { WorkerStore } from './store.ts';

/** Time between two measurements while somebody looks, and while only the memory limit needs them. */
const shownEveryMs = 2000;
const guardedEveryMs = 10_000;

/** Measures what workers use of the machine: while somebody looks, or a memory limit is set. Otherwise nothing is read. */
export function createResources(deps: {
  now: () => number;
  settings: () => Settings;
  store: WorkerStore;
  meter: TreeUsageMeter;
  onOverMemory: (id: WorkerId, reason: string) => void;
  log: { warn(details: object, message: string): void };
}) {
  const { now, store, meter } = deps;
  const watchers = new Set<(resources: Resources) => void>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function measure(): Promise<void> {
    const limitMib = deps.settings().memoryLimitMib;
    const live = store.live().filter(({ pid }) => pid !== null);
    const usages = await meter.measure(live.flatMap(({ pid }) => (pid === null ? [] : [pid])));
    const resources: Resources = { at: now(), workers: {} };
    for (const { id, pid } of live) {
      const usage = pid === null ? undefined : usages.get(pid);
      if (!usage) continue;
      resources.workers[id] = usage;
      const usedMib = usage.memoryBytes / 1024 / 1024;
      if (limitMib > 0 && usedMib > limitMib) {
        const most = usage.busiest ? ` Its busiest child was ${usage.busiest.name}.` : '';
        deps.onOverMemory(id, `Its processes held ${Math.round(usedMib)} MiB of the ${limitMib} MiB they may.${most}`);
      }
    }
    for (const watcher of watchers) watcher(resources);
  }

  function schedule(): void {
    if (timer || closed) return;
    const guarded = deps.settings().memoryLimitMib > 0 && store.countLive() > 0;
    if (watchers.size === 0 && !guarded) return;
    timer = setTimeout(
      () => {
        measure()
          .catch((error: unknown) => deps.log.warn({ error }, 'what workers use cannot be measured'))
          .finally(() => {
            timer = undefined;
            schedule();
          });
      },
      watchers.size > 0 ? shownEveryMs : guardedEveryMs,
    );
    timer.unref();
  }

  return {
    /** Workers or settings have changed: measuring may be needed, or no more. */
    consider: schedule,
    /** A measurement every few seconds until the signal ends it. */
    async *watch(signal: AbortSignal | undefined): AsyncGenerator<Resources, void, void> {
      let latest: Resources | undefined;
      let wake: () => void = () => undefined;
      const watcher = (resources: Resources) => {
        latest = resources;
        wake();
      };
      const ended = () => wake();
      watchers.add(watcher);
      signal?.addEventListener('abort', ended);
      try {
        clearTimeout(timer);
        timer = undefined;
        await measure();
        schedule();
        while (!signal?.aborted && !closed) {
          if (latest) {
            const next = latest;
            latest = undefined;
            yield next;
          } else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        signal?.removeEventListener('abort', ended);
        watchers.delete(watcher);
      }
    },
    close(): void {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher({ at: now(), workers: {} });
    },
  };
}
