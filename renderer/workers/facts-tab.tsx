import { Copy, Pencil } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { stateWords } from '../app/state-words.ts';
import { tell } from '../app/ui-state.ts';
import { useProject } from '../app/use-rows.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { exactTime, money, tokens } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { ContextMeter } from './context-meter.tsx';
import { useHealthRows } from './health-panel.tsx';
import { WorkerLimitEditor } from './limit-editor.tsx';
import { hasLimits } from './limit-words.ts';
import { modeWords } from './mode-words.ts';
import { RunRecordings } from './run-recordings.tsx';
import { SpentRows } from './spent-rows.tsx';

/** A value a machine reads, with a button that copies it. */
export function CopyValue({ value, shown = value }: { value: string; shown?: string }) {
  return (
    <span className="group/copy flex min-w-0 items-center gap-1">
      <code className="truncate" title={value}>
        {shown}
      </code>
      <Button
        look="ghost"
        size="xs"
        icon={Copy}
        aria-label={`Copy ${value}`}
        className="opacity-0 group-hover/copy:opacity-100 focus-visible:opacity-100"
        onClick={async () => {
          if (await writeClipboard(value)) tell('Copied.');
          else tell('The browser does not allow copying here. Select the text and copy it by hand.', { tone: 'error' });
        }}
      />
    </span>
  );
}

function Panel({ title, rows }: { title: string; rows: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <section className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <h2 className="border-b border-hair px-4 py-2.5 font-strong">{title}</h2>
      <dl className="py-1.5 text-sm">
        {rows.map(([label, value]) => (
          <div key={label} className="grid min-h-7 grid-cols-[120px_minmax(0,1fr)] items-center gap-3 px-4 py-1">
            <dt className="self-start pt-px text-ink-3">{label}</dt>
            <dd className="min-w-0 wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function when(at: number | null): ReactNode {
  return at === null ? '–' : exactTime(at);
}

function list(items: readonly string[]): ReactNode {
  if (items.length === 0) return <span className="text-ink-3">none</span>;
  return (
    <span className="flex flex-wrap gap-1">
      {items.map((item) => (
        <code key={item} className="rounded-1 bg-active px-1">
          {item}
        </code>
      ))}
    </span>
  );
}

/** Everything that is known about a worker. */
export function FactsTab({ worker }: { worker: Worker }) {
  const project = useProject(worker.projectId);
  const worktree = useStore((state) => (worker.worktreeId ? state.rows.worktrees[worker.worktreeId] : undefined));
  const workers = useStore((state) => state.rows.workers);
  const words = stateWords(worker);
  const health = useHealthRows(worker);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4">
      <div className="gap-4 [columns:380px] [&>*]:mb-4 [&>*]:break-inside-avoid">
        <Panel
          title="State"
          rows={[
            [
              'State',
              words.at === null ? (
                words.before
              ) : (
                <Since key="s" at={words.at} before={words.before} after={words.after} />
              ),
            ],
            ...(worker.state === 'ended'
              ? ([['Ended because', worker.endReason ?? worker.endCode ?? worker.outcome]] as const)
              : []),
            ['Created', when(worker.createdAt)],
            ['Started', when(worker.startedAt)],
            ['Last active', when(worker.lastActivityAt)],
            ['Ended', when(worker.endedAt)],
          ]}
        />
        <Panel title="Health" rows={health} />
        <LimitsPanel worker={worker} />
        <Panel
          title="Usage"
          rows={[
            ['Cost', `${money(worker.usage.costUsd)}, at list prices`],
            ['Turns', worker.turns],
            ['Tokens in', tokens(worker.usage.inputTokens)],
            ['Tokens out', tokens(worker.usage.outputTokens)],
            ['Cache read', tokens(worker.usage.cacheReadTokens)],
            ['Cache written', tokens(worker.usage.cacheWriteTokens)],
            ['Context', <ContextMeter key="c" worker={worker} />],
          ]}
        />
        <Panel
          title="Place"
          rows={[
            ['Project', project?.name ?? 'removed'],
            ['Folder', worker.worktreePath ? <CopyValue key="f" value={worker.worktreePath} /> : 'not made yet'],
            ['Branch', worker.branch ? <CopyValue key="b" value={worker.branch} /> : 'none of its own'],
            [
              'Started from',
              worktree ? (
                <CopyValue
                  key="c"
                  value={worktree.baseCommit}
                  shown={`${worktree.baseBranch} at ${worktree.baseCommit.slice(0, 10)}`}
                />
              ) : (
                (worker.baseBranch ?? '–')
              ),
            ],
            [
              'After',
              worker.dependsOn.length > 0
                ? worker.dependsOn.map((id) => workers[id]?.name ?? id).join(', ')
                : 'no other worker',
            ],
          ]}
        />
        <Panel
          title="Process"
          rows={[
            ['Kind', worker.kind],
            ['Session', <CopyValue key="s" value={worker.sessionId} />],
            ['Process id', worker.pid ?? 'none now'],
            ['Model', worker.model ?? 'the CLI’s own default'],
            ['Claude Code', worker.claudeVersion ?? 'not known yet'],
            ['Role', worker.role ?? '–'],
            ['Team', worker.team ?? '–'],
            ['Priority', worker.priority],
          ]}
        />
        <RunRecordings worker={worker} />
        <Panel
          title="What it may do"
          rows={[
            ['Mode', `${modeWords[worker.permissionMode].name}: ${modeWords[worker.permissionMode].means}`],
            ['Allowed', list(worker.allowedTools)],
            ['Denied', list(worker.deniedTools)],
            ['Network', worker.allowNetwork ? 'network tools are allowed' : 'no network tools'],
            [
              'Try a call',
              <a
                key="t"
                href={hrefOf({
                  view: 'settings',
                  section: 'tester',
                  item: `worker=${worker.id}&tool=Bash&command=npm+test`,
                })}
                className="text-accent-text hover:underline"
              >
                See what this worker may do
              </a>,
            ],
          ]}
        />
        {worker.prompt && (
          <section className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
            <h2 className="border-b border-hair px-4 py-2.5 font-strong">First prompt</h2>
            <p className="max-h-80 overflow-y-auto px-4 py-3 leading-[1.55] whitespace-pre-wrap wrap-anywhere">
              {worker.prompt}
            </p>
          </section>
        )}
      </div>
    </div>
  );
}

/** What was spent of each limit, and the limits themselves to change. */
function LimitsPanel({ worker }: { worker: Worker }) {
  const [editing, setEditing] = useState(false);
  return (
    <section aria-label="Limits" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <div className="flex items-center gap-3 border-b border-hair px-4 py-2">
        <h2 className="flex-1 font-strong">Limits</h2>
        {!editing && (
          <Button size="sm" icon={Pencil} className="max-phone:h-11" onClick={() => setEditing(true)}>
            {hasLimits(worker.limits) ? 'Change' : 'Set a limit'}
          </Button>
        )}
      </div>
      <div className="grid gap-1.5 px-4 py-2.5">
        {editing ? (
          <WorkerLimitEditor worker={worker} onClose={() => setEditing(false)} />
        ) : (
          <>
            <SpentRows worker={worker} />
            <p className="text-sm text-ink-3">
              {hasLimits(worker.limits)
                ? worker.limits.onLimit === 'stop'
                  ? 'At its limit the turn is cut off at once.'
                  : 'At its limit it finishes the turn and waits for you.'
                : 'No limit of its own. Those of its project and of the day hold all the same.'}
            </p>
          </>
        )}
      </div>
    </section>
  );
}
