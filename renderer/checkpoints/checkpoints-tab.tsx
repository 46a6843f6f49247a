import { FileDiff, Flag, GitFork, History, RotateCcw, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { placeQuery } from '../review/review-place.ts';
import { turnComparison } from '../review/scope-bar.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, TextField } from '../ui/fields.tsx';
import { clockTime, exactTime, plural } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { ForkCheckpointDialog } from './fork-checkpoint-dialog.tsx';
import { RewindDialog } from './rewind-dialog.tsx';
import { checkpointName, useCheckpoints } from './use-checkpoints.ts';

/** A worker's turns from the newest to its start: each can be looked at, gone back to, and forked from. */
export function CheckpointsTab({ id, worker }: { id: WorktreeId; worker: Worker }) {
  const { connection } = useApp();
  const mayReply = useStore((state) => allows(state.access, 'reply'));
  const asked = useCheckpoints(id);
  const doing = useDoing();
  const [label, setLabel] = useState('');
  const [rewinding, setRewinding] = useState<Checkpoint | null>(null);
  const [forking, setForking] = useState<Checkpoint | null>(null);
  const items = asked.value;
  const create = async (): Promise<void> => {
    const made = await doing.run('create', () =>
      connection.client.checkpoints.create({ id, ...(label.trim() ? { label: label.trim() } : {}) }),
    );
    if (!made) return;
    setLabel('');
    asked.again();
    tell(`Checkpoint made at ${clockTime(made.at)}.`);
  };
  return (
    <section aria-label="Checkpoints" className="flex min-h-0 flex-1 flex-col">
      <form
        className="flex shrink-0 flex-wrap items-center gap-2 border-b border-hair px-4 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <p className="min-w-40 flex-1 text-sm text-ink-2 max-phone:basis-full">
          At the end of every turn all files are kept, those that are in no commit too.
        </p>
        {mayReply && (
          <>
            <TextField
              aria-label="Name of the checkpoint"
              placeholder="name, if you like"
              maxLength={200}
              value={label}
              onChange={(event) => setLabel(event.target.value)}
              className="w-44 max-phone:flex-1"
            />
            <Button type="submit" icon={Flag} disabled={doing.busy !== null} className="max-phone:h-11">
              {doing.busy === 'create' ? 'Keeping…' : 'Make a checkpoint'}
            </Button>
          </>
        )}
      </form>
      {doing.error && <Problem className="m-3">{doing.error}</Problem>}
      {asked.error && (
        <Problem
          className="m-3"
          action={
            <Button size="sm" icon={RotateCw} onClick={asked.again}>
              Try again
            </Button>
          }
        >
          {asked.error}
        </Problem>
      )}
      {items?.length === 0 && (
        <p className="p-6 text-ink-2">
          No checkpoint yet. The first one is made when the worktree is ready, the next at the end of the first turn.
        </p>
      )}
      {items && items.length > 0 && (
        <ol className="min-h-0 flex-1 overflow-y-auto px-4 py-3" aria-label="Checkpoints, newest first">
          {items.toReversed().map((checkpoint, place) => (
            <Row
              key={checkpoint.id}
              checkpoint={checkpoint}
              newest={place === 0}
              oldest={place === items.length - 1}
              href={hrefOf({
                view: 'review',
                id,
                query: placeQuery({ comparison: turnComparison(items, checkpoint, null), file: null }),
              })}
              mayReply={mayReply}
              onRewind={() => setRewinding(checkpoint)}
              onFork={() => setForking(checkpoint)}
            />
          ))}
        </ol>
      )}
      {rewinding && items && (
        <RewindDialog
          id={id}
          checkpoint={rewinding}
          later={items.length - 1 - items.indexOf(rewinding)}
          worker={worker}
          onClose={() => setRewinding(null)}
          onDone={asked.again}
        />
      )}
      {forking && <ForkCheckpointDialog id={id} checkpoint={forking} onClose={() => setForking(null)} />}
    </section>
  );
}

function Row({
  checkpoint,
  newest,
  oldest,
  href,
  mayReply,
  onRewind,
  onFork,
}: {
  checkpoint: Checkpoint;
  newest: boolean;
  oldest: boolean;
  href: string;
  mayReply: boolean;
  onRewind: () => void;
  onFork: () => void;
}) {
  const { kind, changes, prompt, left } = checkpoint;
  const isUndo = kind.startsWith('before-');
  return (
    <li className="group relative grid grid-cols-[20px_minmax(0,1fr)] gap-x-3 pb-1">
      <span aria-hidden className="relative flex justify-center">
        <span className={cx('absolute w-0.5 bg-track', newest ? 'top-3.5' : 'top-0', oldest ? 'h-3.5' : 'bottom-0')} />
        <span
          className={cx(
            'relative mt-2 size-3 rounded-full border-2',
            newest
              ? 'border-accent bg-accent'
              : isUndo
                ? 'border-dashed border-hair-control bg-app'
                : 'border-hair-control bg-app',
          )}
        />
      </span>
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 rounded-3 px-2 py-1 hover:bg-hover">
        <span className="min-w-0 flex-1 basis-56">
          <span className="flex min-w-0 items-baseline gap-2">
            <b className={cx('shrink-0 font-medium', isUndo && 'text-ink-2')}>{checkpointName(checkpoint)}</b>
            <time className="figures shrink-0 text-xs text-ink-3" title={exactTime(checkpoint.at)}>
              {clockTime(checkpoint.at)}
            </time>
            <span className="shrink-0 text-xs">
              {changes.files > 0 ? (
                <>
                  <Delta additions={changes.additions} deletions={changes.deletions} />{' '}
                  <span className="text-ink-3">in {plural(changes.files, 'file')}</span>
                </>
              ) : (
                kind !== 'start' && <span className="text-ink-3">no changes</span>
              )}
            </span>
          </span>
          {prompt && (
            <span className="block truncate text-sm text-ink-2" title={prompt}>
              {prompt}
            </span>
          )}
          {left.length > 0 && (
            <span className="block truncate text-xs text-needs" title={left.join('\n')}>
              Not in it, too large or not readable: {left.join(', ')}
            </span>
          )}
        </span>
        <span className="flex gap-1 max-phone:basis-full">
          <a
            href={href}
            className="focus-inset inline-flex h-6 items-center gap-1.5 rounded-3 px-2 text-sm font-medium text-ink-2 hover:bg-hover hover:text-ink max-phone:h-11"
          >
            <FileDiff size={14} aria-hidden /> Diff
          </a>
          {mayReply && (
            <>
              <Button
                look="ghost"
                size="sm"
                icon={isUndo ? RotateCcw : History}
                className="max-phone:h-11"
                onClick={onRewind}
              >
                {isUndo ? 'Bring back' : 'Rewind'}
              </Button>
              <Button look="ghost" size="sm" icon={GitFork} className="max-phone:h-11" onClick={onFork}>
                Fork
              </Button>
            </>
          )}
        </span>
      </div>
    </li>
  );
}
