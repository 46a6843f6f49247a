import { Check, CircleAlert, GitMerge, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { OverlapIcon } from '../overlaps/overlap-mark.tsx';
import { levelNames, overlapWords, sharedBy } from '../overlaps/overlap-words.ts';
import { useWorktreeName } from '../overlaps/use-overlaps.ts';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import type { DeliveryState } from './use-delivery.ts';

const tones = {
  done: 'bg-done-bg',
  needs: 'bg-needs-bg',
  late: 'bg-late-bg',
  plain: 'bg-well',
} as const;

/** One line above the difference: whether a merge would go through, and with whom it gets in the way. */
export function DeliveryStrip({
  id,
  delivery,
  onOpen,
}: {
  id: WorktreeId;
  delivery: DeliveryState;
  onOpen: () => void;
}) {
  const said = useMergeWords(id, delivery);
  const radars = useStore((state) => state.rows.radars);
  const worst = sharedBy(radars, id)[0];
  const nameOf = useWorktreeName();
  if (!said && !worst) return null;
  return (
    <div
      className={cx(
        'flex min-h-9 shrink-0 items-center gap-x-3 gap-y-1 border-b border-hair px-4 py-1.5 text-sm max-phone:flex-wrap',
        tones[said?.tone ?? 'needs'],
      )}
    >
      {said && (
        <button
          type="button"
          onClick={onOpen}
          className="focus-inset flex min-w-0 shrink-0 items-center gap-2.5 rounded-2 text-left max-narrow:shrink"
        >
          {said.icon}
          <span className="min-w-0">
            <b className="font-medium">{said.title}</b> <span className="text-ink-2">{said.text}</span>
          </span>
        </button>
      )}
      {worst && (
        <span
          className={cx('flex min-w-0 items-center gap-2.5', said && 'border-hair-strong phone:border-l phone:pl-3')}
        >
          <OverlapIcon className="text-needs" />
          <span className="min-w-0 truncate text-ink-2 max-phone:whitespace-normal" title={overlapWords(worst.overlap)}>
            With <b className="font-medium text-ink">{nameOf(worst.other)}</b>:{' '}
            <span className="max-phone:hidden">{overlapWords(worst.overlap)}</span>
            <span className="phone:hidden">{levelNames[worst.overlap.level]}</span>
          </span>
        </span>
      )}
      {worst && (
        <a href={hrefOf({ view: 'overlaps', id: null })} className="ml-auto shrink-0 text-accent-text hover:underline">
          Merge order
        </a>
      )}
    </div>
  );
}

function useMergeWords(
  id: WorktreeId,
  { facts, dryRun }: DeliveryState,
): { tone: keyof typeof tones; icon: ReactNode; title: string; text: ReactNode } | null {
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const now = facts.value;
  if (!now) return null;
  const { operation } = now;
  if (operation) {
    return {
      tone: 'late',
      icon: <CircleAlert size={15} aria-hidden className="shrink-0 text-late" />,
      title: `A ${operation.kind} stands half way.`,
      text:
        operation.conflicts.length > 0
          ? `${plural(operation.conflicts.length, 'file')} in conflict: resolve, ask the worker, or abort.`
          : 'No path is in conflict: go on, or abort.',
    };
  }
  if (now.merged !== 'no') {
    const at = worktree?.merged?.at;
    return {
      tone: 'done',
      icon: <GitMerge size={15} aria-hidden className="shrink-0 text-done" />,
      title: `Merged into ${worktree?.merged?.into ?? now.base.branch}.`,
      text: at ? <Since at={at} after="ago" /> : 'All of its content is there.',
    };
  }
  const result = dryRun.value;
  if (!result) return null;
  if (result.state === 'conflicts') {
    const [first] = result.conflicts;
    return {
      tone: 'late',
      icon: <TriangleAlert size={15} aria-hidden className="shrink-0 text-late" />,
      title: `Conflicts with ${result.into}.`,
      text: `${first ? readablePath(first.path) : plural(result.conflicts.length, 'file')}${
        result.conflicts.length > 1 ? ` and ${plural(result.conflicts.length - 1, 'more file')}` : ''
      }. Nothing has moved.`,
    };
  }
  if (result.state === 'nothing') return null;
  return {
    tone: result.blocked ? 'needs' : 'done',
    icon: <Check size={15} aria-hidden className={cx('shrink-0', result.blocked ? 'text-needs' : 'text-done')} />,
    title: `Merges cleanly into ${result.into}.`,
    text: (
      <>
        Dry run <Since at={result.at} after="ago" />: {plural(result.commits, 'commit')}, {plural(result.files, 'file')}
        {now.behind > 0 && `, ${now.behind} behind`}
        {now.uncommitted > 0 && `; ${plural(now.uncommitted, 'file')} not committed`}.
      </>
    ),
  };
}
