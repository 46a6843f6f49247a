import { useMemo } from 'react';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { OverlapIcon } from '../overlaps/overlap-mark.tsx';
import { Button } from '../ui/button.tsx';
import { filesNamedIn, isNamed } from './named-files.ts';

/** So many worktrees are looked into; a prompt is no reason to look into hundreds. */
const mostLooked = 12;

/** Says which files that a prompt names are being changed by live workers, and offers to start after those. */
export function TakenFiles({
  projectId,
  prompt,
  after,
  onAfter,
}: {
  projectId: string;
  prompt: string;
  /** The workers it is to start after. */
  after: readonly WorkerId[];
  onAfter: (workers: readonly WorkerId[]) => void;
}) {
  const workers = useStore((state) => state.rows.workers);
  const live = useMemo(
    () =>
      Object.values(workers)
        .filter(
          (one) => one.projectId === (projectId as ProjectId) && one.state !== 'ended' && (one.changes?.files ?? 0) > 0,
        )
        .slice(0, mostLooked),
    [workers, projectId],
  );
  const named = useMemo(() => filesNamedIn(prompt), [prompt]);
  const { value } = useAsked(
    named.length > 0 && live.length > 0 ? projectId : null,
    live.map(({ id, changes }) => `${id} ${JSON.stringify(changes)}`).join(' '),
    (client, signal) =>
      Promise.all(
        live.map(async ({ id, worktreeId }) => {
          const status = worktreeId ? await client.worktrees.status({ id: worktreeId }, { signal }) : null;
          return { id, paths: status?.files.map(({ path }) => path) ?? [] };
        }),
      ),
  );
  const taken = (value ?? []).flatMap(({ id, paths }) => {
    const path = paths.find((one) => named.some((file) => isNamed(one, file)));
    const worker = workers[id];
    return path && worker ? [{ worker, path }] : [];
  });
  // One that is idle has done its turn: there is nothing to wait for, but its changes are not in the base yet.
  const busy = taken.filter(({ worker }) => worker.state !== 'idle');
  const told = busy.length > 0 ? busy : taken;
  const [first] = told;
  if (!first) return null;
  const ids = busy.map(({ worker }) => worker.id);
  const waits = ids.length > 0 && ids.every((id) => after.includes(id));
  const all = ids.length === 1 ? 'it' : ids.length === 2 ? 'both' : `all ${ids.length}`;
  return (
    <div
      role="status"
      className="mx-5 mb-3 flex flex-wrap items-center gap-3 rounded-3 bg-needs-bg px-3 py-2 text-sm ring-1 ring-needs-line ring-inset"
    >
      <OverlapIcon className="text-needs" />
      <p className="min-w-48 flex-1">
        <code className="wrap-anywhere">{readablePath(first.path)}</code>{' '}
        {ids.length > 0 ? 'is being changed by' : 'was changed by'}{' '}
        <b className="font-medium">{told.map(({ worker }) => worker.name).join(', ')}</b>
        {ids.length === 0
          ? ', and that is not merged yet.'
          : waits
            ? `. This one starts when ${ids.length === 1 ? 'that turn is' : 'those turns are'} over.`
            : `. Wait for ${all} to avoid a conflict.`}
      </p>
      {ids.length > 0 && (
        <Button size="sm" className="max-phone:h-11" onClick={() => onAfter(waits ? [] : ids)}>
          {waits ? 'Do not wait' : `Queue after ${all}`}
        </Button>
      )}
    </div>
  );
}
