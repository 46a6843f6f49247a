import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords, stateWords } from '../app/state-words.ts';
import { useWaitingApproval } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { markOf } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { money } from '../ui/format.ts';
import { Delta, Meter, Since } from '../ui/instruments.tsx';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { ActivityText } from '../workers/activity-text.tsx';
import { KindTag, Where } from './worker-card.tsx';

/** Workers as lines, only those in sight drawn. */
export function WorkerList({
  workers,
  selectedId,
  picked,
  onSelect,
  innerRef,
}: {
  workers: readonly Worker[];
  selectedId: string | null;
  picked: ReadonlySet<string>;
  onSelect: (id: string) => void;
  innerRef: React.RefObject<HTMLDivElement | null>;
}) {
  const virtual = useVirtualizer({
    count: workers.length,
    getScrollElement: () => innerRef.current,
    estimateSize: () => 34,
    overscan: 12,
  });
  const index = workers.findIndex((worker) => worker.id === selectedId);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index);
  }, [index, virtual]);
  return (
    <div ref={innerRef} className="min-h-0 flex-1 overflow-auto">
      <ul className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const worker = workers[item.index];
          if (!worker) return null;
          return (
            <li
              key={worker.id}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <ListRow
                worker={worker}
                selected={worker.id === selectedId}
                picked={picked.has(worker.id)}
                onSelect={onSelect}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** One worker as a line. */
export function ListRow({
  worker,
  selected,
  picked,
  onSelect,
}: {
  worker: Worker;
  selected: boolean;
  picked: boolean;
  onSelect: (id: string) => void;
}) {
  const mark = markOf(worker, useNow(15_000));
  const words = stateWords(worker, true);
  const approval = useWaitingApproval(worker.id);
  const tone = mark === 'needs' || mark === 'late' || mark === 'failed';
  return (
    <a
      href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
      onPointerDown={() => onSelect(worker.id)}
      data-worker={worker.id}
      className={cx(
        'focus-inset grid h-full grid-cols-[16px_minmax(120px,1.2fr)_minmax(0,1.4fr)_minmax(0,2fr)_90px_90px_64px_92px] items-center gap-3 border-b border-hair-soft px-4 text-sm max-narrow:grid-cols-[16px_minmax(0,1fr)_minmax(0,1.4fr)_64px_92px]',
        selected ? 'bg-active shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
        picked && 'bg-accent-bg',
      )}
    >
      <StateMark mark={mark} />
      <span className="truncate text-base font-medium">{worker.name}</span>
      <Where worker={worker} className="font-mono text-xs text-ink-3 max-narrow:hidden" />
      <span className="truncate text-ink-2">
        {worker.state === 'ended' && worker.outcome !== 'done' && worker.outcome !== 'stopped' ? (
          endWords(worker)
        ) : worker.state === 'queued' ? (
          worker.prompt
        ) : tone ? (
          askWords(worker, approval)
        ) : (
          <ActivityText text={worker.activity?.text ?? quietWords(worker)} worker={worker} />
        )}
      </span>
      <KindTag worker={worker} className="text-xs text-ink-3 max-narrow:hidden" />
      <span className="text-xs max-narrow:hidden">
        {worker.changes && worker.changes.files > 0 ? (
          <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
        ) : worker.contextPercent !== null ? (
          <Meter percent={worker.contextPercent} label="Context used" />
        ) : null}
      </span>
      <span className="text-right text-xs">{money(worker.usage.costUsd)}</span>
      <span className={cx('text-right text-xs whitespace-nowrap', tone ? markTextColors[mark] : 'text-ink-3')}>
        {words.at === null ? words.before : <Since at={words.at} before={words.before} after={words.after} />}
      </span>
    </a>
  );
}
