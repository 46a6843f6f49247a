import { Pencil } from 'lucide-react';
import { useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords } from '../app/state-words.ts';
import { useWaitingApproval } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { WorktreeFacts } from '../disk/worktree-facts.tsx';
import { OverlapNotice } from '../overlaps/overlap-notice.tsx';
import { FileRow } from '../review/file-row.tsx';
import { Button } from '../ui/button.tsx';
import { clockTime, plural } from '../ui/format.ts';
import { Delta, Ribbon, Since } from '../ui/instruments.tsx';
import { Pane } from '../ui/pane.tsx';
import { ActivityText } from './activity-text.tsx';
import { ContextMeter } from './context-meter.tsx';
import { CopyValue } from './facts-tab.tsx';
import { HealthMark } from './health-panel.tsx';
import { WorkerLimitEditor } from './limit-editor.tsx';
import { hasLimits } from './limit-words.ts';
import { LoadDetail } from './load.tsx';
import { modeWords } from './mode-words.ts';
import { SpentRows } from './spent-rows.tsx';
import { summarizeTool } from './tool-summary.ts';
import type { WorktreeLook } from './use-worktree-status.ts';
import { healthIsNews, limitText } from './worker-notices.ts';

/** At most this many files; the rest is one link away. */
const filesShown = 12;

/** What is selected, in facts: now, limits, changed files, process. */
export function Inspector({ worker, look, file }: { worker: Worker; look: WorktreeLook; file: string | null }) {
  const now = useNow(15_000);
  const approval = useWaitingApproval(worker.id);
  const Icon = approval
    ? summarizeTool(approval.toolName, approval.input, null).icon
    : worker.activity?.tool
      ? summarizeTool(worker.activity.tool, {}, null).icon
      : null;
  const [editing, setEditing] = useState(false);
  const text =
    worker.state === 'ended'
      ? endWords(worker)
      : approval || worker.state === 'waiting'
        ? (limitText(worker) ?? askWords(worker, approval))
        : (worker.activity?.text ?? quietWords(worker));
  const files = look.status?.files ?? [];
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <Pane title="Now">
        <p className="flex items-start gap-2.5 text-sm">
          {Icon && <Icon size={14} aria-hidden className="mt-[3px] shrink-0 text-ink-2" />}
          <span className="line-clamp-3 min-w-0 flex-1 wrap-anywhere" title={text}>
            <ActivityText text={text} worker={worker} />
          </span>
          <Since at={worker.activity?.at ?? worker.stateChangedAt} className="shrink-0 text-xs leading-5 text-ink-3" />
        </p>
        <div className="mt-1 text-sm empty:hidden">{healthIsNews(worker) && <HealthMark worker={worker} />}</div>
        <div className="mt-2">
          <Ribbon worker={worker} />
        </div>
        <p className="mt-1 flex justify-between text-xs text-ink-3">
          <span>{clockTime(now - 3_600_000)}</span>
          <span>{worker.turns > 0 ? `turn ${worker.turns}` : ''}</span>
          <span>now</span>
        </p>
      </Pane>
      <Pane title="Context">
        <div className="text-sm">
          <ContextMeter worker={worker} />
        </div>
      </Pane>
      <Pane
        title="Limits"
        end={
          !editing && (
            <span className="flex items-center gap-2">
              {hasLimits(worker.limits) &&
                (worker.limits.onLimit === 'stop' ? 'stops at once' : 'pauses after the turn')}
              <Button
                look="ghost"
                size="xs"
                icon={Pencil}
                aria-label="Change the limits"
                onClick={() => setEditing(true)}
              />
            </span>
          )
        }
      >
        {editing ? (
          <WorkerLimitEditor worker={worker} onClose={() => setEditing(false)} />
        ) : (
          <SpentRows worker={worker} />
        )}
      </Pane>
      {worker.pid !== null && (
        <Pane title="Load">
          <div className="text-sm">
            <LoadDetail workerId={worker.id} />
          </div>
        </Pane>
      )}
      {worker.worktreeId && (
        <section aria-label="Changed files" className="border-b border-hair px-4 py-3">
          <h2 className="mb-1 flex items-center gap-2 text-sm leading-5 font-strong">
            <span>Changed files</span>
            <span className="flex-1 font-normal text-ink-3">{files.length > 0 ? files.length : ''}</span>
            {worker.changes && worker.changes.files > 0 && (
              <span className="text-xs font-normal">
                <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
              </span>
            )}
          </h2>
          {files.length === 0 ? (
            <p className="text-sm text-ink-3">
              {look.status
                ? `Nothing since ${worker.baseBranch ?? 'the base'}.`
                : look.error
                  ? 'Could not be looked at.'
                  : ''}
            </p>
          ) : (
            <div className="-mx-2">
              {files.slice(0, filesShown).map((item) => (
                <FileRow
                  key={item.path}
                  file={item}
                  on={item.path === file}
                  href={hrefOf({ view: 'worker', id: worker.id, tab: 'changes', file: item.path })}
                />
              ))}
              {files.length > filesShown && (
                <a
                  href={hrefOf({ view: 'worker', id: worker.id, tab: 'changes', file: null })}
                  className="block px-2 py-1 text-sm text-accent-text hover:underline"
                >
                  {plural(files.length - filesShown, 'more file')}
                </a>
              )}
            </div>
          )}
        </section>
      )}
      {worker.worktreeId && <WorktreeFacts id={worker.worktreeId} />}
      <OverlapNotice worktreeId={worker.worktreeId} />
      <dl className="mt-auto grid grid-cols-[84px_minmax(0,1fr)] px-4 py-3 text-sm leading-[22px] [&_dt]:text-ink-3">
        {worker.role && (
          <>
            <dt>Role</dt>
            <dd className="truncate">{worker.role}</dd>
          </>
        )}
        <dt>Model</dt>
        <dd className="truncate">{worker.model ?? 'default'}</dd>
        <dt>Mode</dt>
        <dd className="truncate" title={modeWords[worker.permissionMode].means}>
          {modeWords[worker.permissionMode].name}
        </dd>
        <dt>Session</dt>
        <dd>
          <CopyValue value={worker.sessionId} shown={`${worker.sessionId.slice(0, 8)}…${worker.sessionId.slice(-2)}`} />
        </dd>
        <dt>Process</dt>
        <dd>{worker.pid ? `pid ${worker.pid}` : 'none now'}</dd>
        {worker.claudeVersion && (
          <>
            <dt>Claude Code</dt>
            <dd className="truncate">{worker.claudeVersion}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
