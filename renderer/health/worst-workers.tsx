import { useMemo } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords } from '../app/state-words.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { byUrgency, isOnBoard, markOf, waitingApproval } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { Since } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { memoryWords } from '../workers/load.tsx';
import { useLoad, useWatchResources } from '../workers/use-resources.ts';

/** Why a worker is where it is, in words; `wrong` while that is no good. */
function useCause(worker: Worker): { text: string; wrong: boolean } {
  const approval = useStore((state) => waitingApproval(state.rows.approvals, worker.id));
  const [trouble] = worker.troubles;
  if (trouble) return { text: trouble.text, wrong: true };
  if (worker.state === 'waiting') return { text: askWords(worker, approval), wrong: true };
  if (worker.state === 'ended') return { text: endWords(worker), wrong: true };
  if (worker.health !== 'healthy') return { text: worker.healthReason ?? worker.health, wrong: true };
  if (worker.state === 'working') return { text: worker.activity?.text ?? 'healthy', wrong: false };
  return { text: quietWords(worker), wrong: false };
}

function Row({ worker }: { worker: Worker }) {
  const mark = markOf(worker, useNow(15_000));
  const { text, wrong } = useCause(worker);
  const load = useLoad(worker.id);
  return (
    <tr className="border-t border-hair-soft">
      <th scope="row" className="max-w-0 px-4 py-1.5 text-left font-normal">
        <a
          href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
          className="flex min-w-0 items-center gap-2.5 rounded-2 hover:underline"
        >
          <StateMark mark={mark} />
          <span className="truncate" title={worker.name}>
            {worker.name}
          </span>
        </a>
      </th>
      <td className={cx('max-w-0 truncate px-2 py-1.5', wrong ? 'text-ink' : 'text-ink-3')} title={text}>
        {text}
      </td>
      <td className="px-2 py-1.5 text-right text-ink-3 max-phone:hidden">
        <Since at={worker.lastActivityAt} />
      </td>
      <td className="px-2 py-1.5 text-right max-phone:hidden">{load ? `${Math.round(load.now.cpuPercent)} %` : '–'}</td>
      <td className="px-4 py-1.5 text-right max-phone:hidden">{load ? memoryWords(load.now.memoryBytes) : '–'}</td>
    </tr>
  );
}

/** The workers and what is the matter with each, what is worst first. */
export function WorstWorkers() {
  useWatchResources();
  const workers = useStore((state) => state.rows.workers);
  const now = useNow(15_000);
  const shown = useMemo(() => Object.values(workers).filter(isOnBoard).sort(byUrgency(now)), [workers, now]);
  return (
    <section aria-label="Workers, worst first" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <header className="flex h-10 items-center gap-3 border-b border-hair px-4">
        <h2 className="font-strong">Workers, worst first</h2>
        <span className="flex-1 truncate text-right text-sm text-ink-3 max-phone:hidden">
          CPU and memory of the whole process tree
        </span>
      </header>
      {shown.length === 0 ? (
        <p className="px-4 py-4 text-ink-2">
          No worker runs. What goes wrong with one will stand here, with its cause.
        </p>
      ) : (
        <table className="figures w-full table-fixed text-sm">
          <thead className="text-ink-3">
            <tr>
              <th scope="col" className="w-[30%] px-4 py-1.5 text-left font-normal max-phone:w-[45%]">
                Worker
              </th>
              <th scope="col" className="px-2 py-1.5 text-left font-normal">
                Cause
              </th>
              <th scope="col" className="w-24 px-2 py-1.5 text-right font-normal max-phone:hidden">
                Last sign
              </th>
              <th scope="col" className="w-16 px-2 py-1.5 text-right font-normal max-phone:hidden">
                CPU
              </th>
              <th scope="col" className="w-24 px-4 py-1.5 text-right font-normal max-phone:hidden">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((worker) => (
              <Row key={worker.id} worker={worker} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
