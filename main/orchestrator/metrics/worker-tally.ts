import type { Usage, Worker } from '../../../shared/workers.ts';

type Kind = 'input' | 'output' | 'cache_read' | 'cache_write';

const kinds: [Kind, keyof Usage][] = [
  ['input', 'inputTokens'],
  ['output', 'outputTokens'],
  ['cache_read', 'cacheReadTokens'],
  ['cache_write', 'cacheWriteTokens'],
];

/**
 * Counts what workers use and how they end from their rows as they change. A row says sums; what is counted is by how much
 * they grew. A cost that was estimated too high is paid back by what follows, because a counter never falls.
 */
export function createWorkerTally(count: {
  tokens: (kind: Kind, count: number) => void;
  cost: (usd: number) => void;
  ended: (outcome: string) => void;
  /** Workers that were made earlier had used something already. */
  beganAt: number;
}) {
  const known = new Map<string, { counted: Usage; state: Worker['state'] }>();

  return {
    beginWith(workers: readonly Worker[]): void {
      for (const { id, usage, state } of workers) known.set(id, { counted: usage, state });
    },
    changed({ id, usage, state, outcome, createdAt }: Worker): void {
      const before = known.get(id);
      // One of before that was not among those it began with: what it used until now was counted in its time.
      if (!before && createdAt < count.beganAt) {
        known.set(id, { counted: usage, state });
        return;
      }
      const counted = { ...usage };
      for (const [kind, field] of kinds) {
        const last = before?.counted[field] ?? 0;
        if (usage[field] > last) count.tokens(kind, usage[field] - last);
        else counted[field] = last;
      }
      const paid = before?.counted.costUsd ?? 0;
      if (usage.costUsd > paid) count.cost(usage.costUsd - paid);
      else counted.costUsd = paid;
      if (before && state === 'ended' && before.state !== 'ended') count.ended(outcome ?? 'unknown');
      known.set(id, { counted, state });
    },
    removed: (id: string) => void known.delete(id),
  };
}
