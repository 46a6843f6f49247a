import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';

/** Longest time a timer can wait, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** Why a worker has used up what it may, in words; undefined while it has not. */
export function limitReached({ limits, usage }: Worker): string | undefined {
  const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  if (limits.tokens !== undefined && tokens > limits.tokens) {
    return `It used ${tokens} tokens of the ${limits.tokens} it may. Its work is kept; start another with a higher limit.`;
  }
  if (limits.costUsd !== undefined && usage.costUsd > limits.costUsd) {
    return `It cost $${usage.costUsd.toFixed(2)} of the $${limits.costUsd.toFixed(2)} it may. Its work is kept; start another with a higher limit.`;
  }
  return undefined;
}

/** Calls `onOver` when a worker has run for as long as it may. */
export function createTimeLimits(deps: { now: () => number; onOver: (id: WorkerId, reason: string) => void }) {
  const timers = new Map<WorkerId, NodeJS.Timeout>();
  return {
    watch({ id, limits, startedAt }: Worker): void {
      clearTimeout(timers.get(id));
      const { timeoutSeconds } = limits;
      if (timeoutSeconds === undefined || startedAt === null) return;
      const left = startedAt + timeoutSeconds * 1000 - deps.now();
      const reason = `It ran for the ${timeoutSeconds} s it may. Its work is kept; start another with a longer time.`;
      timers.set(
        id,
        setTimeout(() => deps.onOver(id, reason), Math.min(Math.max(0, left), longestTimerMs)),
      );
    },
    forget(id: WorkerId): void {
      clearTimeout(timers.get(id));
      timers.delete(id);
    },
    close(): void {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
