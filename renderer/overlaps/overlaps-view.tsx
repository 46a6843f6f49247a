import { GitMerge } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Overlap, Radar } from '../../shared/overlaps.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { hrefOf } from '../app/router.ts';
import { useProjects, useWorker } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { markOf } from '../data/worker-state.ts';
import { placeQuery } from '../review/review-place.ts';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { MergeOrder } from './merge-order.tsx';
import { OverlapIcon } from './overlap-mark.tsx';
import { levelNames, rangeWords } from './overlap-words.ts';
import { useWorktreeName } from './use-overlaps.ts';

const levelLooks = {
  file: 'bg-active text-ink-2',
  lines: 'bg-needs-bg text-needs ring-1 ring-inset ring-needs-line',
  conflict: 'bg-late-bg text-late ring-1 ring-inset ring-late-line',
} as const;

/** Who changes the same files and lines as whom, while they still work, and in which order to merge. */
export function OverlapsView({ projectId }: { projectId: string | null }) {
  const radars = useStore((state) => state.rows.radars);
  const projects = useProjects();
  const shown = projects
    .filter(({ id }) =>
      projectId === null ? (radars[id]?.worktrees.filter(changes).length ?? 0) > 1 : id === projectId,
    )
    .toSorted((a, b) => (radars[b.id]?.overlaps.length ?? 0) - (radars[a.id]?.overlaps.length ?? 0));
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:hidden">
        <h1 className="text-md font-strong">Overlaps</h1>
        <p className="min-w-0 truncate text-sm text-ink-3">
          What live workers change in common. It follows their files by itself.
        </p>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 max-phone:p-3">
        {shown.length === 0 && (
          <div className="max-w-[560px] text-ink-2">
            <p>
              Nothing to compare yet. As soon as two workers of a project change files at the same time, this page shows
              whether they touch the same file, then the same lines, and whether a merge would conflict.
            </p>
          </div>
        )}
        <div className="grid gap-6">
          {shown.map((project) => {
            const radar = radars[project.id];
            return radar && <ProjectRadar key={project.id} name={project.name} radar={radar} />;
          })}
        </div>
      </div>
    </main>
  );
}

/** Whether it can be in somebody's way. */
const changes = ({ files, baseConflicts }: Radar['worktrees'][number]): boolean =>
  files > 0 || baseConflicts.length > 0;

const pairKey = ({ a, b }: Pick<Overlap, 'a' | 'b'>): string => `${a} ${b}`;

function ProjectRadar({ name, radar: whole }: { name: string; radar: Radar }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const radar = useMemo(() => ({ ...whole, worktrees: whole.worktrees.filter(changes) }), [whole]);
  const pairs = useMemo(() => new Map(radar.overlaps.map((overlap) => [pairKey(overlap), overlap])), [radar.overlaps]);
  const overlap = (chosen ? pairs.get(chosen) : undefined) ?? radar.overlaps[0] ?? null;
  return (
    <section aria-label={name} className="grid gap-3">
      <h2 className="flex items-baseline gap-2 text-lg font-strong">
        {name}
        <span className="text-sm font-normal text-ink-3">
          {plural(radar.worktrees.length, 'worktree')} with changes into {radar.base}, looked at{' '}
          <Since at={radar.at} after="ago" />
        </span>
      </h2>
      {radar.worktrees.length < 2 && (
        <p className="text-ink-2">
          {radar.worktrees.length === 1 ? 'Only one worktree has changes' : 'No worktree has changes'}: there is nothing
          that could overlap.
        </p>
      )}
      {radar.worktrees.length >= 2 && (
        <div className="grid items-start gap-3 wide:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="grid min-w-0 gap-3">
            <Matrix radar={radar} pairs={pairs} chosen={overlap && pairKey(overlap)} onChoose={setChosen} />
            {overlap ? (
              <PairFiles overlap={overlap} />
            ) : (
              <p className="rounded-3 bg-surface p-4 text-ink-2 ring-1 ring-hair ring-inset">
                No two of them change the same file.
              </p>
            )}
          </div>
          <MergeOrder key={radar.projectId} radar={radar} />
        </div>
      )}
    </section>
  );
}

function Matrix({
  radar,
  pairs,
  chosen,
  onChoose,
}: {
  radar: Radar;
  pairs: ReadonlyMap<string, Overlap>;
  chosen: string | null;
  onChoose: (pair: string) => void;
}) {
  const nameOf = useWorktreeName();
  const rows = radar.worktrees;
  return (
    <div className="overflow-x-auto rounded-3 bg-surface ring-1 ring-hair ring-inset">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">Which worktrees change the same files</caption>
        <thead>
          <tr>
            <td className="min-w-52" />
            {rows.slice(0, -1).map((one, index) => (
              <th
                key={one.worktreeId}
                scope="col"
                className="w-32 min-w-28 px-2 py-2 text-center font-medium"
                title={nameOf(one.worktreeId)}
              >
                <span className="block truncate">
                  <span className="mr-1.5 text-ink-3">{index + 1}</span>
                  {nameOf(one.worktreeId)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((one, row) => (
            <tr key={one.worktreeId} className="border-t border-hair-soft">
              <th scope="row" className="px-3 py-1.5 text-left font-medium">
                <WorktreeName radar={radar} index={row} />
              </th>
              {rows.slice(0, -1).map((other, column) => {
                if (column >= row)
                  return <td key={other.worktreeId} className={column === row ? 'bg-gap-bg' : undefined} />;
                const overlap =
                  pairs.get(`${other.worktreeId} ${one.worktreeId}`) ??
                  pairs.get(`${one.worktreeId} ${other.worktreeId}`);
                return (
                  <td key={other.worktreeId} className="p-1">
                    {overlap ? (
                      <button
                        type="button"
                        aria-pressed={chosen === pairKey(overlap)}
                        onClick={() => onChoose(pairKey(overlap))}
                        title={`${nameOf(one.worktreeId)} and ${nameOf(other.worktreeId)}`}
                        className={cx(
                          'focus-inset flex h-9 w-full items-center justify-center gap-1.5 rounded-2 px-2 whitespace-nowrap max-phone:h-11',
                          levelLooks[overlap.level],
                          chosen === pairKey(overlap) && 'outline-2 -outline-offset-2 outline-accent',
                        )}
                      >
                        <OverlapIcon size={13} />
                        {levelNames[overlap.level]}
                        {overlap.fileCount > 1 && <span className="opacity-80">{overlap.fileCount}</span>}
                      </button>
                    ) : (
                      <span
                        className="flex h-9 items-center justify-center text-ink-3"
                        role="img"
                        aria-label="nothing in common"
                      >
                        ·
                      </span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WorktreeName({ radar, index }: { radar: Radar; index: number }) {
  const one = radar.worktrees[index];
  const worker = useWorker(one?.workerId ?? '');
  const nameOf = useWorktreeName();
  const now = useNow(15_000);
  if (!one) return null;
  const conflicts = one.baseConflicts.length;
  return (
    <span className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-center gap-x-2">
      <span className="w-3 text-ink-3">{index + 1}</span>
      {worker ? <StateMark mark={markOf(worker, now)} size={13} /> : <span />}
      <a
        href={hrefOf({ view: 'review', id: one.worktreeId, query: '' })}
        className="min-w-0 truncate hover:underline"
        title={`${one.branch}: review its changes`}
      >
        {nameOf(one.worktreeId)}
      </a>
      <span className="col-start-3 text-xs font-normal text-ink-3">
        {conflicts > 0 ? (
          <span className="text-late" title={one.baseConflicts.map(readablePath).join('\n')}>
            {plural(conflicts, 'conflict')} with {radar.base}
          </span>
        ) : (
          plural(one.files, 'file')
        )}
      </span>
    </span>
  );
}

/** The files two have in common, the worst first. */
function PairFiles({ overlap }: { overlap: Overlap }) {
  const nameOf = useWorktreeName();
  return (
    <section aria-label="Files in common" className="overflow-hidden rounded-3 bg-surface ring-1 ring-hair ring-inset">
      <h3 className="flex flex-wrap items-center gap-2 border-b border-hair px-3 py-2">
        <OverlapIcon className={overlap.level === 'conflict' ? 'text-late' : 'text-needs'} />
        <b className="font-strong">{nameOf(overlap.a)}</b> and <b className="font-strong">{nameOf(overlap.b)}</b>
        <span className="ml-auto text-xs text-ink-3">
          <Since at={overlap.since} before="for" />
        </span>
      </h3>
      <ul>
        {overlap.files.map((file) => (
          <li
            key={file.path}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-hair-soft px-3 py-1.5 text-sm first:border-t-0"
          >
            <span
              className={cx('w-24 shrink-0 rounded-1 px-1.5 text-center text-xs leading-5', levelLooks[file.level])}
            >
              {levelNames[file.level]}
            </span>
            <code className="min-w-32 flex-1 wrap-anywhere">{readablePath(file.path)}</code>
            <span className="text-ink-2">
              {rangeWords(file)}
              {file.conflict && <span className="text-late"> {file.conflict} conflict</span>}
            </span>
            <span className="flex gap-2">
              {[overlap.a, overlap.b].map((id) => (
                <a
                  key={id}
                  href={hrefOf({
                    view: 'review',
                    id,
                    query: placeQuery({ comparison: { scope: 'base' }, file: file.path }),
                  })}
                  className="max-w-32 truncate text-accent-text hover:underline"
                  title={`What ${nameOf(id)} does to it`}
                >
                  {nameOf(id)}
                </a>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {overlap.fileCount > overlap.files.length && (
        <p className="border-t border-hair-soft px-3 py-1.5 text-sm text-ink-3">
          and {plural(overlap.fileCount - overlap.files.length, 'more file')}
        </p>
      )}
      <p className="flex items-center gap-1.5 border-t border-hair-soft px-3 py-1.5 text-xs text-ink-3">
        <GitMerge size={12} aria-hidden /> Lines are counted as the base has them.
      </p>
    </section>
  );
}
