import { Archive, GitMerge, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { Delivery, MergeMethod } from '../../shared/delivery.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { useWorktreeActions } from '../disk/use-worktree-actions.ts';
import { Button } from '../ui/button.tsx';
import { Problem, Segments } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { ConflictList } from './conflict-list.tsx';
import { areaLook, Part, Tick } from './part.tsx';
import type { DeliveryState } from './use-delivery.ts';

const methods: Record<MergeMethod, string> = { merge: 'Merge', squash: 'Squash', rebase: 'Rebase' };
const means: Record<MergeMethod, string> = {
  merge: 'All its commits, joined by a merge commit.',
  squash: 'One commit with all its changes.',
  rebase: 'Its commits, one after the other on top of the base.',
};

/** Brings the branch into its base: what would happen stands there before anything moves. */
export function MergePart({
  id,
  facts,
  delivery,
  hasWorker,
  onDone,
}: {
  id: WorktreeId;
  facts: Delivery;
  delivery: DeliveryState;
  hasWorker: boolean;
  onDone: () => void;
}) {
  const { connection } = useApp();
  const { client } = connection;
  const mayMerge = useStore((state) => allows(state.access, 'approve'));
  const [message, setMessage] = useState('');
  const [leave, setLeave] = useState(false);
  const [beside, setBeside] = useState(false);
  const doing = useDoing();
  const { method, setMethod, dryRun } = delivery;
  const { base } = facts;
  const result = dryRun.value;

  if (facts.merged !== 'no') return <MergedPart id={id} facts={facts} onDone={onDone} />;
  if (!base.local) {
    return (
      <Part title={`Merge into ${base.branch}`}>
        <p className="text-sm text-ink-2">{base.problem ?? `${base.branch} is no local branch.`}</p>
      </Part>
    );
  }
  if (facts.ahead === 0) {
    return (
      <Part title={`Merge into ${base.branch}`}>
        <p className="text-sm text-ink-2">
          {facts.uncommitted > 0
            ? 'There is no commit to merge yet. Commit first.'
            : `The branch has nothing that ${base.branch} lacks.`}
        </p>
      </Part>
    );
  }
  const merge = async (): Promise<void> => {
    const merged = await doing.run('merge', () =>
      client.delivery.merge({
        id,
        method,
        leaveUncommitted: leave,
        besideChanges: beside,
        ...(message.trim() && method !== 'rebase' ? { message: message.trim() } : {}),
        ...(base.commit ? { expected: { head: facts.head, base: base.commit } } : {}),
      }),
    );
    onDone();
    if (!merged) return;
    const { mergeId } = merged;
    tell(`Merged into ${merged.into}: ${plural(merged.commits, 'commit')}.`, {
      ...(mergeId
        ? {
            action: {
              label: 'Undo',
              run: () =>
                void client.delivery
                  .undoMerge({ id, mergeId })
                  .then(onDone, (error: unknown) =>
                    tell(error instanceof Error ? error.message : String(error), { tone: 'error' }),
                  ),
            },
          }
        : {}),
    });
  };
  const resolve = async (): Promise<void> => {
    const asked = await doing.run('resolve', () => client.delivery.askToResolve({ id, note: '' }));
    if (asked) tell('The worker was asked to resolve the conflicts.');
    onDone();
  };
  const conflicts = result?.state === 'conflicts';
  const needsLeave = facts.uncommitted > 0 && !leave;
  return (
    <Part
      title={`Merge into ${base.branch}`}
      end={`${facts.ahead} ahead${facts.behind > 0 ? `, ${facts.behind} behind` : ''}`}
    >
      <Segments
        label="How to merge"
        value={method}
        onChange={setMethod}
        options={(Object.keys(methods) as MergeMethod[]).map((one) => ({ value: one, label: methods[one] }))}
      />
      <p className="text-sm text-ink-3">{means[method]}</p>
      {!mayMerge && <p className="text-sm text-needs">Merging needs a key that may approve.</p>}
      {dryRun.error && <Problem>{dryRun.error}</Problem>}
      {result && conflicts && (
        <>
          <p className="text-sm">
            {plural(result.conflicts.length, 'file')} cannot be joined with {result.into}. Nothing has moved.
          </p>
          <ConflictList conflicts={result.conflicts} />
          <div className="flex flex-wrap gap-1.5">
            {hasWorker && (
              <Button
                look="primary"
                disabled={doing.busy !== null}
                className="max-phone:h-11"
                title={`${base.branch} is brought into the worktree, and the worker resolves what is in conflict`}
                onClick={() => void resolve()}
              >
                {doing.busy === 'resolve' ? 'Asking…' : 'Ask the worker to resolve'}
              </Button>
            )}
            <UpdateButtons id={id} base={base.branch} onDone={onDone} />
          </div>
        </>
      )}
      {result?.state === 'clean' && (
        <>
          <p className="text-sm">
            Dry run: {plural(result.commits, 'commit')}, {plural(result.files, 'file')}{' '}
            <Delta additions={result.additions} deletions={result.deletions} />, no conflict.
          </p>
          {result.blocked && <p className="text-sm text-needs">{result.blocked}</p>}
          {method !== 'rebase' && (
            <textarea
              aria-label="Message of the merge"
              placeholder={`Merge ${facts.branch ?? 'the branch'}`}
              rows={1}
              value={message}
              onChange={(event) => setMessage(event.target.value)}
              className={areaLook}
            />
          )}
          {facts.uncommitted > 0 && (
            <Tick checked={leave} onChange={setLeave}>
              Merge the commits only; {plural(facts.uncommitted, 'file')} not committed stay behind
            </Tick>
          )}
          {base.checkedOutAt && base.dirty > 0 && (
            <Tick checked={beside} onChange={setBeside}>
              Go on beside {plural(base.dirty, 'changed file')} in {base.checkedOutAt}; refused if the merge touches one
            </Tick>
          )}
          {facts.behind > 0 && <UpdateButtons id={id} base={base.branch} onDone={onDone} />}
          <Button
            look="primary"
            icon={GitMerge}
            disabled={
              !mayMerge || doing.busy !== null || needsLeave || (base.dirty > 0 && result.blocked !== null && !beside)
            }
            className="max-phone:h-12"
            onClick={() => void merge()}
          >
            {doing.busy === 'merge' ? 'Merging…' : `${methods[method]} into ${base.branch}`}
          </Button>
          {needsLeave && <p className="text-xs text-ink-3">Commit first, or say that the rest stays behind.</p>}
        </>
      )}
      {doing.error && <Problem>{doing.error}</Problem>}
    </Part>
  );
}

/** Brings the base into the branch, in the worktree. */
function UpdateButtons({ id, base, onDone }: { id: WorktreeId; base: string; onDone: () => void }) {
  const { connection } = useApp();
  const doing = useDoing();
  const update = async (method: 'merge' | 'rebase'): Promise<void> => {
    const said = await doing.run(method, () => connection.client.delivery.update({ id, method }));
    if (said)
      tell(
        said.state === 'conflicts'
          ? `${plural(said.conflicts.length, 'file')} in conflict: resolve, ask the worker, or abort.`
          : said.state === 'done'
            ? `${base} is in the branch now.`
            : `The branch has all of ${base} already.`,
      );
    onDone();
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Button size="sm" disabled={doing.busy !== null} className="max-phone:h-11" onClick={() => void update('merge')}>
        Bring {base} in
      </Button>
      <Button
        size="sm"
        look="ghost"
        disabled={doing.busy !== null}
        className="max-phone:h-11"
        onClick={() => void update('rebase')}
      >
        Rebase onto {base}
      </Button>
      {doing.error && <Problem className="basis-full">{doing.error}</Problem>}
    </div>
  );
}

function MergedPart({ id, facts, onDone }: { id: WorktreeId; facts: Delivery; onDone: () => void }) {
  const { connection } = useApp();
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const mayMerge = useStore((state) => allows(state.access, 'approve'));
  const mayRemove = useStore((state) => allows(state.access, 'admin'));
  const busyWorker = useStore((state) => {
    const worker = worktree?.workerId ? state.rows.workers[worktree.workerId] : undefined;
    return worker && worker.state !== 'ended' ? worker.name : null;
  });
  const actions = useWorktreeActions();
  const doing = useDoing();
  const merged = worktree?.merged ?? null;
  const mergeId = merged?.mergeId ?? null;
  return (
    <Part title={`Merged into ${merged?.into ?? facts.base.branch}`}>
      <p className="text-sm text-ink-2">
        {facts.merged === 'content'
          ? 'The base holds the same content under other commits, as after a squash.'
          : 'The base has all of its commits.'}
        {facts.uncommitted > 0 && ` ${plural(facts.uncommitted, 'file')} not committed stayed behind.`}
      </p>
      <div className="flex flex-wrap gap-1.5">
        <Button
          icon={Archive}
          look="primary"
          disabled={!mayRemove || busyWorker !== null || doing.busy !== null}
          title={busyWorker ? `${busyWorker} works in it: stop it first` : undefined}
          className="max-phone:h-11"
          onClick={() => void doing.run('archive', () => actions.remove(id))}
        >
          Archive the worktree
        </Button>
        {mergeId && (
          <Button
            icon={Undo2}
            disabled={!mayMerge || doing.busy !== null}
            className="max-phone:h-11"
            onClick={() =>
              void doing
                .run('undo', () => connection.client.delivery.undoMerge({ id, mergeId }))
                .then((row) => {
                  if (row) tell(`The merge was undone: ${merged?.into ?? facts.base.branch} is what it was.`);
                  onDone();
                })
            }
          >
            Undo the merge
          </Button>
        )}
      </div>
      {busyWorker && <p className="text-xs text-ink-3">{busyWorker} is still live in it. Stop it to archive.</p>}
      {doing.error && <Problem>{doing.error}</Problem>}
    </Part>
  );
}
