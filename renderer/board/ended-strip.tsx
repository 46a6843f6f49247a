import { useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { useUi } from '../app/ui-state.ts';
import { useNow } from '../data/clock.ts';
import { markOf } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { money } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { ListRow } from './worker-list.tsx';

/** Workers that have ended, below the board: the latest two, or all unfolded. */
export function EndedStrip({ ended }: { ended: readonly Worker[] }) {
  const [open, setOpen] = useState(false);
  const now = useNow(15_000);
  const shown = open ? ended.slice(0, 200) : ended.slice(0, 2);
  return (
    <section
      aria-label="Ended workers"
      className={cx(
        'mx-4 mt-2 mb-3 shrink-0 rounded-3 text-sm ring-1 ring-inset ring-hair',
        open && 'max-h-[40%] overflow-y-auto',
      )}
    >
      <div className="flex h-8 min-w-0 items-center gap-3 px-3">
        <span className="shrink-0 text-ink-3">Ended</span>
        {!open &&
          shown.map((worker, index) => (
            <a
              key={worker.id}
              href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
              className={cx(
                'flex min-w-0 items-center gap-3 hover:text-accent-text',
                index > 0 && 'border-l border-hair pl-3',
              )}
            >
              <StateMark mark={markOf(worker, now)} />
              <span className="truncate font-medium">{worker.name}</span>
              {worker.changes && worker.changes.files > 0 && (
                <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
              )}
              <span className="text-ink-2 max-narrow:hidden">{money(worker.usage.costUsd)}</span>
            </a>
          ))}
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="ml-auto shrink-0 text-accent-text hover:underline"
        >
          {open ? 'Fold' : `Show all ${ended.length}`}
        </button>
      </div>
      {open &&
        shown.map((worker) => (
          <div key={worker.id} className="h-[34px] border-t border-hair-soft">
            <ListRow
              worker={worker}
              selected={false}
              picked={false}
              onSelect={(id) => useUi.setState({ selectedWorkerId: id })}
            />
          </div>
        ))}
    </section>
  );
}
