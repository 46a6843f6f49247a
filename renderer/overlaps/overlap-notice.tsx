import type { Overlap } from '../../shared/overlaps.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Count } from '../ui/chip.tsx';
import { plural } from '../ui/format.ts';
import { OverlapIcon } from './overlap-mark.tsx';
import { levelNames, overlapWords, sharedBy } from './overlap-words.ts';
import { useOverlapSum, useWorktreeName } from './use-overlaps.ts';

/** How many pairs of workers get in each other's way; loud only where lines meet. */
export function OverlapCount({
  sum: { count, worst },
  folded,
}: {
  sum: { count: number; worst: Overlap['level'] | null };
  folded: boolean;
}) {
  const place = folded ? 'absolute -top-px -right-px h-3.5! min-w-3.5! px-0.5! leading-[14px]!' : undefined;
  if (worst === 'file' || worst === null)
    return folded ? undefined : <span className="pr-1.5 text-xs text-ink-3">{count}</span>;
  return <Count value={count} late={worst === 'conflict'} className={place} />;
}

/** What a worker shares with others, in its inspector. */
export function OverlapNotice({ worktreeId }: { worktreeId: string | null }) {
  const radars = useStore((state) => state.rows.radars);
  const nameOf = useWorktreeName();
  const shared = sharedBy(radars, worktreeId);
  const [worst] = shared;
  if (!worst) return null;
  return (
    <section
      aria-label="Overlap"
      className="m-3 grid gap-1.5 rounded-3 bg-needs-bg px-3 py-2.5 text-sm ring-1 ring-needs-line ring-inset"
    >
      <h2 className="flex items-center gap-2 font-strong">
        <OverlapIcon className="text-needs" />
        <span className="min-w-0 truncate">Overlap with {nameOf(worst.other)}</span>
      </h2>
      <p className="wrap-anywhere">{overlapWords(worst.overlap)}</p>
      {shared.length > 1 && <p className="text-ink-2">And with {plural(shared.length - 1, 'other worker')}.</p>}
      <p>
        <a href={hrefOf({ view: 'overlaps', id: null })} className="text-accent-text hover:underline">
          Compare and merge order
        </a>
      </p>
    </section>
  );
}

/** The mark on a card: with whom, and how bad. */
export function OverlapCardMark({ worktreeId }: { worktreeId: string | null }) {
  const radars = useStore((state) => state.rows.radars);
  const nameOf = useWorktreeName();
  const [worst] = sharedBy(radars, worktreeId);
  if (!worst) return null;
  const { level } = worst.overlap;
  return (
    <a
      href={hrefOf({ view: 'overlaps', id: null })}
      title={`${levelNames[level]} with ${nameOf(worst.other)}: ${overlapWords(worst.overlap)}`}
      className={`relative z-[1] inline-flex items-center gap-1 ${level === 'conflict' ? 'text-late' : level === 'lines' ? 'text-needs' : 'text-ink-3'}`}
    >
      <OverlapIcon size={13} />
      <span className="sr-only">Overlap: {levelNames[level]}</span>
    </a>
  );
}

/** On the board: how many overlaps there are between live workers. */
export function OverlapBanner() {
  const { count, worst } = useOverlapSum();
  if (count === 0 || worst === 'file') return null;
  return (
    <a
      href={hrefOf({ view: 'overlaps', id: null })}
      className="inline-flex h-5 items-center gap-1.5 rounded-1 bg-needs-bg px-1.5 text-xs whitespace-nowrap text-needs ring-1 ring-needs-line ring-inset hover:underline max-phone:h-8"
    >
      <OverlapIcon size={13} />
      {plural(count, 'overlap')} between live workers
    </a>
  );
}
