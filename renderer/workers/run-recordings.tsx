import { useShallow } from 'zustand/react/shallow';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { runsOf } from '../terminals/earlier-runs.ts';
import { duration, exactTime } from '../ui/format.ts';

/** The recorded runs of a worker's terminal, the last one first, each to be played. */
export function RunRecordings({ worker }: { worker: Worker }) {
  const runs = useStore(useShallow((state) => runsOf(worker.id, state.rows.terminals).reverse()));
  if (runs.length === 0) return null;
  return (
    <section aria-label="Recordings" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <h2 className="border-b border-hair px-4 py-2.5 font-strong">Recordings</h2>
      <ul className="py-1.5 text-sm">
        {runs.map((run, index) => (
          <li key={run.id}>
            <a
              href={hrefOf({ view: 'recording', id: run.id })}
              className="focus-inset flex min-h-7 items-center gap-3 px-4 py-1 hover:bg-hover max-phone:min-h-11"
            >
              <span className="figures min-w-12 text-accent-text">Run {runs.length - index}</span>
              <span className="min-w-0 flex-1 truncate text-ink-2">{exactTime(run.createdAt)}</span>
              <span className="figures text-ink-3">
                {run.endedAt === null ? 'runs' : duration(run.endedAt - run.createdAt)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
