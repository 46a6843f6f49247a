import { Folder, GitBranch } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ProjectId, WorktreeId } from '../../shared/ids.ts';
import type { SpawnWorkerInput } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { useWorktreeName } from '../overlaps/use-overlaps.ts';
import { Segments, SelectField, TextField } from '../ui/fields.tsx';
import { branchPart } from './branch-part.ts';

/** Where a new worker works. */
export interface WorktreeChoice {
  kind: 'new' | 'branch' | 'existing' | 'none';
  /** A branch, tag or commit; empty: the project's default branch. */
  base: string;
  /** `base` is typed instead of chosen. */
  typed: boolean;
  branch: string;
  worktreeId: string;
}

export const newWorktree: WorktreeChoice = { kind: 'new', base: '', typed: false, branch: '', worktreeId: '' };

/** What is sent of a choice. */
export function worktreeInput({
  kind,
  base,
  branch,
  worktreeId,
}: WorktreeChoice): Pick<SpawnWorkerInput, 'worktree'> & Partial<SpawnWorkerInput> {
  switch (kind) {
    case 'none':
      return { worktree: false };
    case 'branch':
      return { worktree: true, ...(branch ? { branch } : {}) };
    case 'existing':
      return { worktree: true, ...(worktreeId ? { worktreeId: worktreeId as WorktreeId } : {}) };
    case 'new':
      return { worktree: true, ...(base.trim() ? { baseBranch: base.trim() } : {}) };
  }
}

/** Whether it says all that is needed. */
export function isWholeChoice({ kind, branch, worktreeId }: WorktreeChoice): boolean {
  return kind === 'branch' ? branch !== '' : kind === 'existing' ? worktreeId !== '' : true;
}

/** A new branch from a branch or commit, a branch itself, a worktree that is there, or the project's own folder. */
export function WorktreeField({
  projectId,
  defaultBranch,
  name,
  choice,
  onChange,
}: {
  projectId: string;
  defaultBranch: string;
  /** The worker's, for the name of the branch. */
  name: string;
  choice: WorktreeChoice;
  onChange: (choice: WorktreeChoice) => void;
}) {
  const { connection } = useApp();
  const prefix = useStore((state) => state.rows.settings?.values.branchPrefix ?? '');
  const worktrees = useStore((state) => state.rows.worktrees);
  const workers = useStore((state) => state.rows.workers);
  const nameOf = useWorktreeName();
  const [branches, setBranches] = useState<{ id: string; names: readonly string[]; error: string | null } | null>(null);
  useEffect(() => {
    if (!projectId) return;
    const ended = new AbortController();
    connection.client.projects
      .branches({ id: projectId as ProjectId }, { signal: ended.signal })
      .then(({ branches: names }) => setBranches({ id: projectId, names, error: null }))
      .catch((problem: unknown) => {
        if (!ended.signal.aborted) setBranches({ id: projectId, names: [], error: errorText(problem) });
      });
    return () => ended.abort();
  }, [connection, projectId]);
  const own = branches?.id === projectId ? branches : null;
  const names = own?.names ?? [];
  const taken = new Set(Object.values(worktrees).map(({ branch }) => branch));
  const free = names.filter((branch) => branch !== defaultBranch && !taken.has(branch));
  const rooms = Object.values(worktrees).filter(
    ({ projectId: of, state, id }) =>
      of === projectId &&
      state === 'ready' &&
      !Object.values(workers).some((worker) => worker.worktreeId === id && worker.state !== 'ended'),
  );
  const base = choice.base || defaultBranch;
  const change = (part: Partial<WorktreeChoice>): void => onChange({ ...choice, ...part });
  return (
    <>
      <Segments
        label="Worktree"
        value={choice.kind}
        onChange={(kind) =>
          change({
            kind,
            branch: choice.branch || (free[0] ?? ''),
            worktreeId: choice.worktreeId || (rooms[0]?.id ?? ''),
          })
        }
        options={[
          { value: 'new', label: 'New' },
          { value: 'branch', label: 'Branch', title: 'A branch that is there, in a new worktree' },
          { value: 'existing', label: 'Existing', title: 'A worktree that is there' },
          { value: 'none', label: 'None' },
        ]}
      />
      {choice.kind === 'new' && (
        <>
          <span className="flex min-w-0 items-baseline gap-1.5 text-sm text-ink-2">
            branch
            <code className="truncate">
              {prefix}
              {branchPart(name) || '…'}
            </code>
            from
          </span>
          {choice.typed ? (
            <TextField
              autoFocus
              mono
              aria-label="Base"
              placeholder="commit, tag or branch"
              maxLength={250}
              value={choice.base}
              onChange={(event) => change({ base: event.target.value })}
              className="w-48"
            />
          ) : (
            <SelectField
              icon={GitBranch}
              mono
              aria-label="Base branch"
              value={base}
              onChange={(event) =>
                event.target.value === '\0' ? change({ typed: true, base: '' }) : change({ base: event.target.value })
              }
              className="max-w-52"
            >
              {(names.includes(base) ? names : [base, ...names]).map((branch) => (
                <option key={branch} value={branch}>
                  {branch}
                </option>
              ))}
              <option value={'\0'}>a commit or tag…</option>
            </SelectField>
          )}
          <SetupWords projectId={projectId} />
        </>
      )}
      {choice.kind === 'branch' &&
        (free.length > 0 ? (
          <SelectField
            icon={GitBranch}
            mono
            aria-label="Branch to work on"
            value={choice.branch}
            onChange={(event) => change({ branch: event.target.value })}
            className="max-w-72"
          >
            {free.map((branch) => (
              <option key={branch} value={branch}>
                {branch}
              </option>
            ))}
          </SelectField>
        ) : (
          <span className="text-sm text-ink-2">Every other branch has its worktree already.</span>
        ))}
      {choice.kind === 'existing' &&
        (rooms.length > 0 ? (
          <SelectField
            icon={Folder}
            aria-label="Worktree to work in"
            value={choice.worktreeId}
            onChange={(event) => change({ worktreeId: event.target.value })}
            className="max-w-72"
          >
            {rooms.map((room) => (
              <option key={room.id} value={room.id}>
                {nameOf(room.id)} ({room.branch})
              </option>
            ))}
          </SelectField>
        ) : (
          <span className="text-sm text-ink-2">
            No worktree of this project is free. “Worktrees” lists those made elsewhere.
          </span>
        ))}
      {choice.kind === 'none' && (
        <span className="text-sm text-needs">It works in the project’s own folder, beside you.</span>
      )}
      {own?.error && (
        <span role="alert" className="basis-full text-sm text-failed">
          {own.error}
        </span>
      )}
    </>
  );
}

/** What runs before the worker begins, from the repository's own files. */
function SetupWords({ projectId }: { projectId: string }) {
  const { value } = useAsked(projectId || null, '', (client, signal) =>
    client.worktrees.configuration({ projectId: projectId as ProjectId }, { signal }),
  );
  if (!value || (value.setup.length === 0 && value.include.length === 0)) return null;
  const said = [
    value.setup.length > 0 && `${value.runs ? 'runs' : 'would run'} ${value.setup.join(' && ')}`,
    value.include.length > 0 && `copies ${value.include.join(', ')}`,
  ].filter(Boolean);
  return (
    <span
      className="basis-full text-sm wrap-anywhere text-ink-3"
      title={value.sources.map(({ file }) => file).join('\n')}
    >
      First {said.join(', ')}
      {value.setup.length > 0 && !value.runs && (
        <span className="text-needs">; not run: the project is not trusted</span>
      )}
    </span>
  );
}
