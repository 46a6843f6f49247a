import { FileDiff, RotateCw } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import type { ChangedFile } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { go, hrefOf } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { parsePatch } from '../ui/line-diff.ts';
import type { WorktreeLook } from './use-worktree-status.ts';

const letters: Record<ChangedFile['status'], { letter: string; className: string; name: string }> = {
  added: { letter: 'A', className: 'text-done', name: 'added' },
  untracked: { letter: 'A', className: 'text-done', name: 'new, not in git yet' },
  modified: { letter: 'M', className: 'text-working', name: 'changed' },
  deleted: { letter: 'D', className: 'text-failed', name: 'deleted' },
  renamed: { letter: 'R', className: 'text-accent-text', name: 'renamed' },
  conflicted: { letter: '!', className: 'text-late', name: 'in conflict' },
};

/** One changed file in a list. */
export function FileRow({ file, on, href }: { file: ChangedFile; on: boolean; href: string }) {
  const { letter, className, name } = letters[file.status];
  const slash = file.path.lastIndexOf('/');
  return (
    <a
      href={href}
      aria-current={on ? 'true' : undefined}
      title={`${file.path}, ${name}`}
      className={cx(
        'focus-inset flex h-[26px] min-w-0 items-center gap-2 rounded-2 px-2 text-sm max-phone:h-11',
        on ? 'bg-active' : 'hover:bg-hover',
      )}
    >
      <span
        role="img"
        aria-label={name}
        className={cx('w-3.5 shrink-0 text-center font-mono text-2xs font-medium', className)}
      >
        {letter}
      </span>
      <span className="flex min-w-0 flex-1">
        <span className="truncate text-ink-3">{file.path.slice(0, slash + 1)}</span>
        <span className="shrink-0">{file.path.slice(slash + 1)}</span>
      </span>
      <span className="shrink-0 text-xs">
        {file.additions === null ? (
          <span className="text-ink-3">binary</span>
        ) : file.deletions ? (
          <Delta additions={file.additions} deletions={file.deletions} />
        ) : (
          <span className="text-add">+{file.additions}</span>
        )}
      </span>
    </a>
  );
}

/** What a worker changed: files, and the difference of the chosen one against the base branch. */
export function ChangesTab({ worker, look, file }: { worker: Worker; look: WorktreeLook; file: string | null }) {
  const { connection, actions } = useApp();
  const epoch = useStore((state) => state.epoch);
  const { status, error, loading, again } = look;
  const chosen = status?.files.find((candidate) => candidate.path === file) ?? status?.files[0] ?? null;
  const path = chosen?.path ?? null;
  useCommand('move.down', () => stepFile(worker, look, path, 1), status !== null);
  useCommand('move.up', () => stepFile(worker, look, path, -1), status !== null);
  const [patch, setPatch] = useState<{ path: string; text: string; truncated: boolean } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const id = worker.worktreeId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new status means a new difference
  useEffect(() => {
    if (!id || !path || epoch === 0) return;
    const ended = new AbortController();
    connection.client.worktrees
      .diff({ id, path }, { signal: ended.signal })
      .then(({ patch: text, truncated }) => {
        setPatch({ path, text, truncated });
        setProblem(null);
      })
      .catch((thrown: unknown) => {
        if (!ended.signal.aborted) setProblem(errorText(thrown));
      });
    return () => ended.abort();
  }, [connection, id, path, epoch, status]);
  const lines = useMemo(() => (patch ? parsePatch(patch.text) : []), [patch]);

  if (!id) {
    return (
      <p className="p-6 text-ink-2">
        {worker.state === 'queued' || worker.state === 'preparing'
          ? 'Its worktree is made when it starts. Changes are shown here from then on.'
          : 'This worker works in the project’s own folder, so its changes cannot be told from yours. Look at them with git there.'}
      </p>
    );
  }
  if (error && !status) {
    return (
      <div className="p-6">
        <Problem
          action={
            <>
              <Button size="sm" icon={RotateCw} onClick={again}>
                Try again
              </Button>
              <Button size="sm" onClick={() => void actions.openTerminal({ workerId: worker.id })}>
                Open terminal
              </Button>
            </>
          }
        >
          {error}
        </Problem>
      </div>
    );
  }
  if (!status) return <div className="p-6 text-ink-3">{loading ? '' : 'Not looked at yet.'}</div>;
  if (status.files.length === 0) {
    return (
      <div className="grid justify-items-start gap-3 p-6 text-ink-2">
        <p>
          Nothing changed since <code>{worker.baseBranch ?? 'the base'}</code>. What the worker writes appears here with
          its next change.
        </p>
        <Button size="sm" icon={RotateCw} onClick={again}>
          Look again
        </Button>
      </div>
    );
  }
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[248px_minmax(0,1fr)] max-narrow:grid-cols-1 max-narrow:grid-rows-[auto_minmax(0,1fr)]">
      <nav
        aria-label="Changed files"
        className="flex min-h-0 flex-col overflow-y-auto border-r border-hair p-2 max-narrow:max-h-44 max-narrow:border-r-0 max-narrow:border-b"
      >
        <p className="flex items-center gap-2 px-2 pb-1 text-xs text-ink-3">
          <span className="flex-1">
            {plural(status.files.length, 'file')}, {plural(status.ahead, 'commit')}
            {status.uncommitted.length > 0 && `, ${status.uncommitted.length} not committed`}
          </span>
          <Button look="ghost" size="sm" icon={RotateCw} aria-label="Look again" onClick={again} />
        </p>
        {status.files.map((item) => (
          <FileRow
            key={item.path}
            file={item}
            on={item.path === path}
            href={hrefOf({ view: 'worker', id: worker.id, tab: 'changes', file: item.path })}
          />
        ))}
      </nav>
      <section aria-label="Difference" className="flex min-h-0 min-w-0 flex-col bg-term-bg">
        <div className="flex h-9 shrink-0 items-center gap-2.5 border-b border-hair bg-app px-4 text-sm">
          <FileDiff size={14} aria-hidden className="shrink-0 text-ink-3" />
          <code className="min-w-0 flex-1 truncate" title={path ?? undefined}>
            {chosen?.oldPath && <span className="text-ink-3">{chosen.oldPath} → </span>}
            {path}
          </code>
          {path && status.uncommitted.includes(path) && (
            <span className="shrink-0 text-xs text-ink-3">not committed</span>
          )}
          {path && chosen?.status !== 'deleted' && (
            <a
              href={hrefOf({ view: 'worker', id: worker.id, tab: 'files', file: path })}
              className="focus-inset shrink-0 rounded-2 px-1.5 text-accent-text hover:bg-hover"
            >
              Edit
            </a>
          )}
          {chosen?.additions !== null && chosen?.additions !== undefined && (
            <Delta additions={chosen.additions} deletions={chosen.deletions ?? 0} />
          )}
        </div>
        <div className="min-h-0 flex-1 overflow-y-auto">
          {problem && <Problem className="m-4">{problem}</Problem>}
          {patch?.path === path &&
            lines.map((one) =>
              one.binary ? (
                <p key={one.path} className="p-4 text-sm text-ink-3">
                  A binary file: only that it changed can be shown.
                </p>
              ) : (
                <DiffView
                  key={one.path}
                  lines={one.lines}
                  numbers="both"
                  label={`Difference of ${one.path}`}
                  foldAt={3000}
                />
              ),
            )}
          {patch?.truncated && (
            <p className="p-4 text-sm text-needs">
              The difference is longer than what is shown. Open a terminal to see all of it.
            </p>
          )}
        </div>
      </section>
    </div>
  );
}

/** Goes to the next or previous changed file. */
function stepFile(worker: Worker, look: WorktreeLook, file: string | null, step: 1 | -1): void {
  const files = look.status?.files ?? [];
  const index = Math.max(
    0,
    files.findIndex((candidate) => candidate.path === file),
  );
  const next = files[Math.max(0, Math.min(files.length - 1, index + step))];
  if (next) go({ view: 'worker', id: worker.id, tab: 'changes', file: next.path }, true);
}
