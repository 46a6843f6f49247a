import { AppError } from '../../../shared/errors.ts';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Spent } from '../../../shared/limits.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { inStartOrder } from './queue.ts';
import type { WorkerStore } from './store.ts';

/** Tokens of every kind together. */
export function tokensOf({ usage }: Worker): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** What a worker spent between two versions of its row; undefined for nothing. */
function spentSince(before: Worker, after: Worker): Spent | undefined {
  const spent = {
    tokens: tokensOf(after) - tokensOf(before),
    costUsd: after.usage.costUsd - before.usage.costUsd,
    workedMs: after.workedMs - before.workedMs,
  };
  return spent.tokens === 0 && spent.costUsd === 0 && spent.workedMs === 0 ? undefined : spent;
}

export type WorkerRows = ReturnType<typeof createWorkerRows>;

/** Reads and keeps worker rows: each change is announced, and places in the queue stay right. */
export function createWorkerRows(deps: {
  database: Database;
  publish: Publish;
  store: WorkerStore;
  /** Writes down what a worker spent since its row was kept last. */
  spend: (worker: Worker, spent: Spent) => void;
}) {
  const { database, publish, store } = deps;

  function renumberQueue(): void {
    for (const [index, worker] of inStartOrder(store.queued()).entries()) {
      if (worker.queuePosition === index + 1) continue;
      const moved = { ...worker, queuePosition: index + 1 };
      store.put(moved);
      publish({ type: 'worker.changed', worker: moved });
    }
  }

  return {
    get(id: WorkerId): Worker {
      const worker = store.get(id);
      if (!worker) throw new AppError('NOT_FOUND', `There is no worker ${id}. GET /api/workers lists them.`, { id });
      return worker;
    },
    /** Keeps a row and announces it, unless nothing in it has changed. Gives the row as it is kept. */
    keep(worker: Worker): Worker {
      database.transaction(() => {
        const before = store.get(worker.id);
        if (before && JSON.stringify(before) === JSON.stringify(worker)) return;
        store.put(worker);
        publish({ type: 'worker.changed', worker });
        const spent = before && spentSince(before, worker);
        if (spent) deps.spend(worker, spent);
        const queueChanged = before?.state !== worker.state || before?.priority !== worker.priority;
        if (queueChanged && (before?.state === 'queued' || worker.state === 'queued')) renumberQueue();
      });
      return store.get(worker.id) ?? worker;
    },
  };
}
