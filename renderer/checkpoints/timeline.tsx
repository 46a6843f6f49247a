import { useRef } from 'react';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import { cx } from '../ui/cx.ts';
import { clockTime, exactTime } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { checkpointName } from './use-checkpoints.ts';

/** A worktree's checkpoints on a line. A press shows what came with one; with Shift, all from there to the end of the choice. */
export function Timeline({
  items,
  from,
  to,
  onChoose,
}: {
  items: readonly Checkpoint[];
  /** The chosen stretch: the checkpoint before it, and its last one (null: what is there now). */
  from: string | null;
  to: string | null;
  /** A checkpoint, or null for what came after the last one. */
  onChoose: (checkpoint: Checkpoint | null, extend: boolean) => void;
}) {
  const start = items.findIndex(({ id }) => id === from);
  const end = to === null ? items.length : items.findIndex(({ id }) => id === to);
  const place = useRef<HTMLDivElement>(null);
  useOnChange(() => {
    const chosen = place.current?.querySelectorAll('[aria-pressed="true"]') ?? [];
    chosen[chosen.length - 1]?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [`${to} ${items.length}`]);
  const point = (key: string, name: string, at: number | null, index: number, checkpoint: Checkpoint | null) => {
    const inside = from !== null && index > start && index <= end;
    const isEnd = from !== null && index === end;
    return (
      <button
        key={key}
        type="button"
        aria-pressed={inside}
        title={
          checkpoint
            ? `${checkpoint.prompt ? `“${checkpoint.prompt}”, ` : ''}${exactTime(checkpoint.at)}. With Shift: from there on.`
            : 'What was done since the last checkpoint'
        }
        onClick={(event) => onChoose(checkpoint, event.shiftKey)}
        className="focus-inset group relative grid min-w-22 flex-1 justify-items-center rounded-2 px-1 pt-2 pb-1 text-xs leading-4 text-ink-3 hover:text-ink"
      >
        <span
          aria-hidden
          className={cx(
            'absolute top-[13px] right-1/2 left-[-50%] h-0.5',
            index === 0 && 'hidden',
            inside ? 'bg-accent' : 'bg-track',
          )}
        />
        <span
          aria-hidden
          className={cx(
            'relative z-[1] size-3 rounded-full border-2',
            isEnd
              ? 'border-accent bg-accent'
              : inside || index === start
                ? 'border-accent bg-app'
                : 'border-hair-control bg-app group-hover:border-ink-2',
          )}
        />
        <span className={cx('mt-1 max-w-28 truncate', isEnd && 'text-ink')}>
          {name}
          {at !== null && index === end && `, ${clockTime(at)}`}
        </span>
        <span className="h-4">
          {checkpoint && checkpoint.kind !== 'start' && checkpoint.changes.files > 0 ? (
            <Delta additions={checkpoint.changes.additions} deletions={checkpoint.changes.deletions} />
          ) : checkpoint ? (
            clockTime(checkpoint.at)
          ) : (
            ''
          )}
        </span>
      </button>
    );
  };
  return (
    <section ref={place} aria-label="Turns" className="flex overflow-x-auto border-b border-hair px-2">
      {items.map((checkpoint, index) =>
        point(checkpoint.id, checkpointName(checkpoint), checkpoint.at, index, checkpoint),
      )}
      {point('now', 'now', null, items.length, null)}
    </section>
  );
}
