import { X } from 'lucide-react';
import { allows } from '../../shared/access.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { CommitPart } from './commit-part.tsx';
import { MergePart } from './merge-part.tsx';
import { OperationPart } from './operation-part.tsx';
import { PullRequestPart, PushPart } from './remote-part.tsx';
import type { DeliveryState } from './use-delivery.ts';

/** Commit, push, pull request, merge: each says what is missing where it cannot. */
export function DeliveryPanel({
  id,
  delivery,
  onClose,
}: {
  id: WorktreeId;
  delivery: DeliveryState;
  onClose: () => void;
}) {
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const mayReply = useStore((state) => allows(state.access, 'reply'));
  const { value: facts, error, again } = delivery.facts;
  const hasWorker = worktree?.workerId != null;
  return (
    <aside
      aria-label="Deliver"
      className="flex min-h-0 w-[336px] shrink-0 flex-col border-l border-hair bg-rail max-narrow:w-full max-narrow:border-l-0"
    >
      <header className="flex h-10 shrink-0 items-center gap-2 border-b border-hair pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-strong">Deliver</h2>
        <Button look="ghost" size="sm" icon={X} aria-label="Close" className="max-phone:size-11" onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {error && (
          <Problem
            className="m-3"
            action={
              <Button size="sm" onClick={again}>
                Try again
              </Button>
            }
          >
            {error}
          </Problem>
        )}
        {facts && (
          <>
            {facts.operation && (
              <OperationPart id={id} operation={facts.operation} hasWorker={hasWorker} onDone={again} />
            )}
            {!mayReply && <p className="px-4 py-3 text-sm text-ink-2">This key may only look.</p>}
            {mayReply && !facts.operation && <CommitPart id={id} facts={facts} onDone={again} />}
            {!facts.operation && (
              <>
                <MergePart id={id} facts={facts} delivery={delivery} hasWorker={hasWorker} onDone={again} />
                <PushPart id={id} facts={facts} onDone={again} />
                <PullRequestPart id={id} facts={facts} onDone={again} />
              </>
            )}
          </>
        )}
      </div>
    </aside>
  );
}
