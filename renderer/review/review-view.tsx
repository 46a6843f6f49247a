import { GitMerge, Maximize2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { go, hrefOf, type Route } from '../app/router.ts';
import { useMedia } from '../app/use-media.ts';
import { useProject, useWorker } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { markOf } from '../data/worker-state.ts';
import { DeliveryPanel } from '../delivery/delivery-panel.tsx';
import { DeliveryStrip } from '../delivery/delivery-strip.tsx';
import { useDelivery } from '../delivery/use-delivery.ts';
import { Button } from '../ui/button.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { ReviewBody } from './review-body.tsx';
import { parsePlace, placeQuery, type ReviewPlace } from './review-place.ts';
import { useWorktreeTick } from './use-review.ts';

const hints = [
  [['review.file.next', 'review.file.previous'], 'file'],
  [['review.hunk.next', 'review.hunk.previous'], 'change'],
  [['review.comment'], 'comment'],
  [['review.viewed'], 'viewed'],
  [['review.stage'], 'stage'],
  [['review.discard'], 'discard'],
  [['review.undo'], 'undo'],
  [['review.expand'], 'hidden lines'],
  [['review.scope.previous', 'review.scope.next'], 'compare'],
] as const;

/** A worktree's changes from first look to merge. */
export function ReviewView({ route }: { route: Extract<Route, { view: 'review' }> }) {
  const id = route.id as WorktreeId;
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const ready = useStore((state) => state.system !== null);
  const worker = useWorker(worktree?.workerId ?? '');
  const project = useProject(worktree?.projectId);
  const now = useNow(15_000);
  if (!worktree) {
    return (
      <main className="grid content-start justify-items-start gap-3 p-6 text-ink-2">
        {ready && (
          <>
            <h1 className="text-lg font-strong text-ink">There is no such worktree</h1>
            <p>It was removed, or the address is from another machine. Removed ones can be brought back for a while.</p>
            <Button onClick={() => go({ view: 'disk' })}>To the worktrees</Button>
          </>
        )}
      </main>
    );
  }
  const name = worker?.name ?? worktree.branch;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex min-h-(--viewbar-h) shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-hair px-4 py-1.5 max-phone:px-3">
        {worker && <StateMark mark={markOf(worker, now)} size={16} />}
        <h1 className="max-w-72 truncate text-lg font-strong tracking-[-.012em]" title={name}>
          {worker ? (
            <a
              href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
              className="focus-inset rounded-2 hover:underline"
            >
              {name}
            </a>
          ) : (
            name
          )}
        </h1>
        <code className="min-w-0 truncate text-ink-3 max-phone:basis-full">
          {project?.name ?? 'removed project'} / {worktree.branch} into {worktree.baseBranch}
        </code>
      </header>
      <Reviewed
        id={id}
        place={parsePlace(route.query)}
        onPlace={(place, replace) => go({ view: 'review', id, query: placeQuery(place) }, replace)}
        wideHref={null}
      />
      <KeyBar hints={hints} />
    </main>
  );
}

/** The same as a part of a worker's view. */
export function WorkerReview({
  id,
  file,
  onFile,
}: {
  id: WorktreeId;
  file: string | null;
  onFile: (file: string | null) => void;
}) {
  const [place, setPlace] = useState<ReviewPlace>({ comparison: { scope: 'base' }, file });
  useEffect(() => setPlace((before) => (before.file === file ? before : { ...before, file })), [file]);
  return (
    <>
      <Reviewed
        id={id}
        place={place}
        onPlace={(next) => {
          setPlace(next);
          if (next.file !== file) onFile(next.file);
        }}
        wideHref={hrefOf({ view: 'review', id, query: placeQuery(place) })}
      />
      <KeyBar hints={hints} />
    </>
  );
}

function Reviewed({
  id,
  place,
  onPlace,
  wideHref,
}: {
  id: WorktreeId;
  place: ReviewPlace;
  onPlace: (place: ReviewPlace, replace?: boolean) => void;
  wideHref: string | null;
}) {
  const { actions } = useApp();
  const watch = useWorktreeTick(id);
  const delivery = useDelivery(id, watch.tick);
  const wanted = usePreferences((state) => state.deliverOpen);
  const wide = useMedia('(min-width: 961px)');
  // Where it takes the place of the difference it is opened by hand each time.
  const [over, setOver] = useState(false);
  const open = wide ? wanted : over;
  const show = (on: boolean): void => (wide ? setPreferences({ deliverOpen: on }) : setOver(on));
  const worktree = useStore((state) => state.rows.worktrees[id]);
  return (
    <>
      <DeliveryStrip id={id} delivery={delivery} onOpen={() => show(true)} />
      <div className="flex min-h-0 min-w-0 flex-1">
        {(wide || !open) && (
          <ReviewBody
            id={id}
            watch={watch}
            place={place}
            onPlace={onPlace}
            onOpenTerminal={() => void actions.openTerminal({ workerId: worktree?.workerId ?? null })}
            onDeliver={() => show(!open)}
            end={
              <>
                {wideHref && (
                  <a
                    href={wideHref}
                    aria-label="Review in the whole window"
                    title="Review in the whole window"
                    className="inline-grid size-6 shrink-0 place-items-center rounded-3 text-ink-2 hover:bg-hover max-narrow:hidden"
                  >
                    <Maximize2 size={14} aria-hidden />
                  </a>
                )}
                <Button
                  size="sm"
                  icon={GitMerge}
                  aria-expanded={open}
                  className="max-phone:h-11"
                  command={wide ? 'review.deliver' : undefined}
                  onClick={() => show(!open)}
                >
                  Deliver
                </Button>
              </>
            }
          />
        )}
        {open && <DeliveryPanel id={id} delivery={delivery} onClose={() => show(false)} />}
      </div>
    </>
  );
}
