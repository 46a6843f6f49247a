import { Minimize2 } from 'lucide-react';
import { create } from 'zustand';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { serverNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { plural, tokens } from '../ui/format.ts';
import { Meter } from '../ui/instruments.tsx';

/** Compactions that were asked for here: when, and how many there had been. */
const useAsked = create<Readonly<Record<string, { at: number; count: number }>>>(() => ({}));

/** Whether a compaction that was asked for at a time is still under way. */
export function isCompacting(
  worker: Pick<Worker, 'state' | 'stateChangedAt' | 'compactions'>,
  asked: { at: number; count: number } | undefined,
): boolean {
  if (!asked || worker.compactions.count > asked.count || worker.state === 'ended') return false;
  // Idle again since it was asked: it is over, whatever came of it.
  return !(worker.state === 'idle' && worker.stateChangedAt > asked.at);
}

/** Compacting a worker's conversation: whether it runs, why it cannot be asked for now, and asking for it. */
export function useCompact(worker: Worker): { running: boolean; why: string | null; start: () => void } {
  const { actions } = useApp();
  const asked = useAsked((state) => state[worker.id]);
  const failed = usePending((state) => {
    const pending = state.workers[worker.id];
    return pending?.doing === 'compact' && pending.error !== null;
  });
  const running = !failed && isCompacting(worker, asked);
  return {
    running,
    why: running
      ? 'It is being compacted.'
      : worker.state !== 'idle'
        ? 'A conversation can be compacted between two turns.'
        : null,
    start: () => {
      useAsked.setState({ [worker.id]: { at: serverNow(), count: worker.compactions.count } });
      void actions.compact(worker);
    },
  };
}

/** "compacted 2 times, saved 143 k tokens", or null when it never was. */
export function compactionWords(worker: Pick<Worker, 'compactions'>): string | null {
  const { count, tokensSaved } = worker.compactions;
  if (count === 0) return null;
  return `compacted ${plural(count, 'time')}, saved ${tokens(tokensSaved)} tokens`;
}

/** How much of the model's window is used, with the button that makes room. */
export function ContextMeter({ worker }: { worker: Worker }) {
  const compact = useCompact(worker);
  const percent = worker.contextPercent;
  const saved = compactionWords(worker);
  if (percent === null) return <span className="text-ink-3">not known yet</span>;
  return (
    <span className="grid min-w-0 gap-1">
      <span className="figures flex min-w-0 items-center gap-2.5">
        <span className="min-w-0 flex-1">
          <Meter wide percent={percent} label="Context used" />
        </span>
        <span className={percent >= 95 ? 'text-late' : percent >= 80 ? 'text-needs' : undefined}>
          {Math.round(percent)}&nbsp;%
        </span>
        {worker.contextTokens !== null && (
          <span className="whitespace-nowrap text-ink-3">{tokens(worker.contextTokens)}</span>
        )}
      </span>
      {(saved || percent >= 80 || compact.running) && (
        <span className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 flex-1 text-xs text-ink-3">{saved}</span>
          {(percent >= 50 || compact.running) && worker.state !== 'ended' && (
            <Button
              size="xs"
              icon={Minimize2}
              disabled={compact.why !== null}
              title={compact.why ?? 'Keeps a summary of what was said and makes room'}
              className="max-phone:h-11"
              onClick={compact.start}
            >
              {compact.running ? 'Compacting…' : 'Compact'}
            </Button>
          )}
        </span>
      )}
    </span>
  );
}
