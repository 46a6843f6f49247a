import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords, stateWords } from '../app/state-words.ts';
import { useWaitingApproval, useWorkers } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { isOnBoard, type Mark, markOf } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { Since } from '../ui/instruments.tsx';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { limitText } from '../workers/worker-notices.ts';
import { Facts, NearestLimit } from './worker-card.tsx';

const groups: readonly { name: string; marks: readonly Mark[] }[] = [
  { name: 'Needs you', marks: ['late', 'failed', 'needs'] },
  { name: 'Working', marks: ['working', 'starting', 'unknown'] },
  { name: 'Idle and queued', marks: ['idle', 'queued'] },
];

/** The board on a phone: groups under headings, no miniatures, a tap opens. */
export function PhoneBoard() {
  const now = useNow(15_000);
  const workers = useWorkers();
  const open = workers.filter((worker) => isOnBoard(worker));
  const ended = workers.filter((worker) => !isOnBoard(worker));
  return (
    <>
      {open.length === 0 && <p className="py-8 text-center text-ink-2">No worker is alive. Start one with “New”.</p>}
      {groups.map(({ name, marks }) => {
        const own = open.filter((worker) => marks.includes(markOf(worker, now)));
        if (own.length === 0) return null;
        return (
          <section key={name} aria-label={name} className="mb-3">
            <h2 className="px-1 py-1.5 text-sm text-ink-3">
              {name} {own.length}
            </h2>
            <div className="grid gap-2">
              {own.map((worker) => (
                <PhoneCard key={worker.id} worker={worker} />
              ))}
            </div>
          </section>
        );
      })}
      {ended.length > 0 && (
        <section aria-label="Ended" className="mb-3">
          <h2 className="px-1 py-1.5 text-sm text-ink-3">Ended {ended.length}</h2>
          {ended.slice(0, 30).map((worker) => (
            <a
              key={worker.id}
              href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
              className="flex min-h-12 items-center gap-2.5 border-b border-hair-soft px-1"
            >
              <StateMark mark={markOf(worker, now)} />
              <span className="min-w-0 flex-1 truncate">{worker.name}</span>
              <Since at={worker.endedAt ?? worker.stateChangedAt} after="ago" className="text-sm text-ink-3" />
            </a>
          ))}
        </section>
      )}
    </>
  );
}

function PhoneCard({ worker }: { worker: Worker }) {
  const mark = markOf(worker, useNow(15_000));
  const approval = useWaitingApproval(worker.id);
  const words = stateWords(worker, true);
  const asks = mark === 'late' || mark === 'needs';
  const text =
    mark === 'failed'
      ? endWords(worker)
      : asks
        ? (limitText(worker) ?? askWords(worker, approval))
        : (worker.activity?.text ?? quietWords(worker));
  return (
    <a
      href={
        asks && approval
          ? hrefOf({ view: 'inbox', id: approval.id })
          : hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })
      }
      className={cx(
        'block rounded-3 p-3 ring-1 ring-inset',
        mark === 'late'
          ? 'bg-late-bg ring-late-line'
          : mark === 'failed'
            ? 'bg-surface ring-failed-line'
            : mark === 'needs'
              ? 'bg-surface ring-needs-line'
              : 'bg-surface ring-hair',
      )}
    >
      <span className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2.5">
        <StateMark mark={mark} />
        <b className="truncate font-strong">{worker.name}</b>
        <span className={cx('text-sm', asks || mark === 'failed' ? markTextColors[mark] : 'text-ink-3')}>
          {words.at === null ? words.before : <Since at={words.at} />}
        </span>
      </span>
      <span
        className={cx(
          'mt-0.5 line-clamp-2 pl-[26px] text-ink-2 wrap-anywhere',
          approval?.kind === 'tool' && 'font-mono text-sm',
        )}
      >
        {text}
      </span>
      <span className="mt-2 grid gap-1.5 pl-[26px]">
        <NearestLimit worker={worker} />
        <Facts worker={worker} age={false} />
      </span>
    </a>
  );
}
