import { CircleHelp, type LucideIcon, MessageCircle, OctagonX, Terminal, Timer, TriangleAlert } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import { limitUse } from '../../shared/limit-use.ts';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords, stateWords } from '../app/state-words.ts';
import { useProject, useWaitingApproval } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { markOf } from '../data/worker-state.ts';
import { OverlapCardMark } from '../overlaps/overlap-notice.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { money } from '../ui/format.ts';
import { Delta, Meter, Ribbon, Since } from '../ui/instruments.tsx';
import { countChanges } from '../ui/line-diff.ts';
import { markLabels, markTextColors, StateMark } from '../ui/state-mark.tsx';
import { ActivityText } from '../workers/activity-text.tsx';
import { LimitLine } from '../workers/limit-meter.tsx';
import { spentOf } from '../workers/limit-words.ts';
import { CardLoad } from '../workers/load.tsx';
import { Countdown } from '../workers/notice-bar.tsx';
import { summarizeTool } from '../workers/tool-summary.ts';
import { FailureActions, QuickDecision } from '../workers/worker-actions.tsx';
import { limitText, noticesOf } from '../workers/worker-notices.ts';
import { Miniature } from './miniature.tsx';

const edges = {
  needs: 'after:ring-needs-line',
  late: 'after:ring-late-line',
  failed: 'after:ring-failed-line',
  plain: 'after:ring-hair',
} as const;

const askLooks = { needs: 'bg-needs-bg', late: 'bg-late-bg', failed: 'bg-failed-bg' } as const;

/** What kind of worker it is and its role. */
export function KindTag({ worker, className }: { worker: Worker; className?: string }) {
  const Icon: LucideIcon = worker.kind === 'interactive' ? Terminal : MessageCircle;
  return (
    <span
      className={cx('flex shrink-0 items-center gap-[5px] font-sans', className)}
      title={worker.kind === 'interactive' ? 'Interactive: Claude Code in a terminal' : 'Headless: a conversation'}
    >
      <Icon size={13} aria-hidden />
      {worker.role ?? worker.kind}
    </span>
  );
}

/** "tideline-api / fix/rounding". */
export function Where({ worker, className }: { worker: Worker; className?: string }) {
  const project = useProject(worker.projectId);
  return (
    <span className={cx('flex min-w-0 gap-1.5', className)} title={worker.worktreePath ?? undefined}>
      <span className="truncate">{project?.name ?? 'removed project'}</span>
      {worker.branch && (
        <>
          <span>/</span>
          <span className="truncate">{worker.branch}</span>
        </>
      )}
    </span>
  );
}

/** What the tool of a request works on, in one line that is wrapped, never cut. */
function AskLine({ worker }: { worker: Worker }) {
  const approval = useWaitingApproval(worker.id);
  if (!approval) {
    return <span className="line-clamp-2">{limitText(worker) ?? askWords(worker, undefined)}</span>;
  }
  const tool = summarizeTool(approval.toolName, approval.input, worker.worktreePath);
  if (approval.kind === 'tool' && tool.subject) {
    const changes = tool.diff ? countChanges(tool.diff) : null;
    return (
      <span className="line-clamp-3 wrap-anywhere" title={tool.subject}>
        {tool.subjectIs !== 'command' && `${tool.title} `}
        <code>{tool.subject}</code> {changes && <Delta {...changes} />}
      </span>
    );
  }
  return <span className="line-clamp-3">{approval.summary || tool.subject}</span>;
}

function askIcon(worker: Worker, ask: ReturnType<typeof useWaitingApproval>): LucideIcon {
  if (worker.state === 'ended') return OctagonX;
  if (!ask) return worker.waitingFor === 'limit' ? Timer : CircleHelp;
  return ask.kind === 'question' ? CircleHelp : summarizeTool(ask.toolName, ask.input, null).icon;
}

/** One worker on the board: what it is, what it asks or does, its last lines, its instruments. */
export const WorkerCard = memo(function WorkerCard({
  worker,
  selected,
  picked,
  onSelect,
}: {
  worker: Worker;
  selected: boolean;
  picked: boolean;
  onSelect: (id: string) => void;
}) {
  const now = useNow(15_000);
  const mark = markOf(worker, now);
  const approval = useWaitingApproval(worker.id);
  const words = stateWords(worker, true);
  const stale = useStore((state) => state.connection.status !== 'live');
  const tone = mark === 'needs' || mark === 'late' || mark === 'failed' ? mark : null;
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (selected) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  const Icon = askIcon(worker, approval);
  const ActivityIcon = worker.activity?.tool ? summarizeTool(worker.activity.tool, {}, null).icon : null;

  if (worker.state === 'queued') return <QueuedCard worker={worker} selected={selected} onSelect={onSelect} />;
  return (
    <article
      ref={ref}
      aria-label={`${worker.name}, ${markLabels[mark]}`}
      data-worker={worker.id}
      onPointerDown={() => onSelect(worker.id)}
      className={cx(
        'relative flex min-h-0 min-w-0 flex-col overflow-hidden rounded-3 bg-surface after:pointer-events-none after:absolute after:inset-0 after:z-[2] after:rounded-[inherit] after:ring-inset',
        selected ? 'after:ring-2 after:ring-accent' : cx('after:ring-1', edges[tone ?? 'plain']),
        picked && 'after:bg-accent-bg',
        stale && 'opacity-80',
      )}
    >
      <div className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-[9px] px-3 pt-[9px] pb-1.5">
        <StateMark mark={mark} />
        <a
          href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
          className="truncate text-md leading-[18px] font-strong tracking-[-.01em] after:absolute after:inset-x-0 after:top-0 after:h-12"
          title={worker.name}
        >
          {worker.name}
        </a>
        <span className={cx('text-xs leading-[18px]', tone ? markTextColors[mark] : 'text-ink-3')}>
          {words.at === null ? words.before : <Since at={words.at} before={words.before} after={words.after} />}
        </span>
        <span className="col-start-2 col-end-4 flex gap-1.5 font-mono text-xs leading-4 text-ink-3">
          <Where worker={worker} className="flex-1" />
          <KindTag worker={worker} />
        </span>
      </div>
      {tone ? (
        <div
          className={cx(
            'grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-[9px] gap-y-[5px] pt-[5px] pr-2 pb-[7px] pl-3 text-sm',
            askLooks[tone],
          )}
        >
          <Icon size={14} aria-hidden className={cx('mt-[3px] ml-px', markTextColors[mark])} />
          {tone === 'failed' ? (
            <span className="line-clamp-2" title={endWords(worker)}>
              {worker.recovery.nextAt !== null && <RecoveryCountdown worker={worker} />} {endWords(worker)}
            </span>
          ) : (
            <AskLine worker={worker} />
          )}
          <div className="relative z-[1] col-start-2 flex flex-wrap items-center gap-1.5">
            {tone === 'failed' ? (
              <FailureActions worker={worker} selected={selected} />
            ) : approval ? (
              <QuickDecision approval={approval} selected={selected} />
            ) : (
              <a
                href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
                className="inline-flex h-[22px] items-center rounded-3 px-2 text-sm font-medium ring-1 ring-inset ring-hair-strong hover:bg-active"
              >
                {worker.waitingFor === 'limit' ? 'Raise the limit…' : 'Open'}
              </a>
            )}
          </div>
        </div>
      ) : (
        <div className="flex min-w-0 items-center gap-2.5 px-3 pb-[7px] text-sm text-ink-2">
          {ActivityIcon && <ActivityIcon size={14} aria-hidden className="ml-px shrink-0 text-ink-3" />}
          <span className="min-w-0 flex-1 truncate" title={worker.activity?.text}>
            <ActivityText text={worker.activity?.text ?? quietWords(worker)} worker={worker} />
          </span>
          {worker.activity && <Since at={worker.activity.at} className="shrink-0 text-xs text-ink-3" />}
        </div>
      )}
      {!tone && <UnwellLine worker={worker} />}
      <Miniature worker={worker} />
      <CardBase worker={worker} />
    </article>
  );
});

function CardBase({ worker }: { worker: Worker }) {
  return (
    <div className="grid gap-[7px] px-3 pt-2 pb-[9px]">
      <div className="flex items-center gap-2.5">
        <div className="min-w-0 flex-1">
          <Ribbon worker={worker} />
        </div>
        <CardLoad workerId={worker.id} />
      </div>
      <NearestLimit worker={worker} />
      <Facts worker={worker} />
    </div>
  );
}

/** When a crashed worker is resumed by itself. */
function RecoveryCountdown({ worker }: { worker: Worker }) {
  const countdown = noticesOf(worker, 0)[0]?.countdown;
  return countdown ? <Countdown countdown={countdown} /> : null;
}

/** What is left of the limit that is nearest its end; nothing where none is set. */
export function NearestLimit({ worker }: { worker: Worker }) {
  const now = useNow(15_000);
  const use = limitUse(worker.limits, spentOf(worker, now))[0];
  return use ? <LimitLine use={use} /> : null;
}

/** What is not well with a worker at work, in one line: what it waits for by itself, or why it is thought unwell. */
function UnwellLine({ worker }: { worker: Worker }) {
  const now = useNow(15_000);
  const { actions } = useApp();
  const notice = noticesOf(worker, now).find(({ id }) => id === 'retry' || id === 'login' || id === 'stall');
  if (!notice && worker.health === 'healthy') return null;
  const failed = notice?.tone === 'failed' || worker.health === 'unhealthy';
  return (
    <div
      className={cx(
        'relative z-[1] flex min-w-0 items-center gap-2 py-1 pr-2 pl-3 text-sm',
        failed ? 'bg-failed-bg' : 'bg-needs-bg',
      )}
    >
      <TriangleAlert size={14} aria-hidden className={cx('shrink-0', failed ? 'text-failed' : 'text-needs')} />
      <span className="min-w-0 flex-1 truncate" title={notice?.text ?? worker.healthReason ?? undefined}>
        {notice?.countdown && <Countdown countdown={notice.countdown} />}{' '}
        {notice?.id === 'stall' && worker.healthReason
          ? worker.healthReason
          : (notice?.text ?? `${worker.health}: ${worker.healthReason ?? 'no sign of life'}`)}
      </span>
      {notice && (
        <Button size="xs" onClick={() => void actions.interrupt(worker)}>
          {notice.id === 'retry' ? 'Stop trying' : 'Interrupt'}
        </Button>
      )}
    </div>
  );
}

/** Context, lines, cost and age in one row. */
export function Facts({ worker, age = true }: { worker: Worker; age?: boolean }) {
  return (
    <div className="figures flex items-center gap-3 text-xs leading-[14px] whitespace-nowrap text-ink-2">
      {worker.contextPercent !== null && (
        <span
          className="inline-flex items-center gap-[7px]"
          title={`${Math.round(worker.contextPercent)} % of the context is used`}
        >
          <Meter percent={worker.contextPercent} label="Context used" />
          <span className={worker.contextPercent >= 80 ? 'text-needs' : undefined}>
            {Math.round(worker.contextPercent)} %
          </span>
        </span>
      )}
      {worker.changes && worker.changes.files > 0 && (
        <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
      )}
      <OverlapCardMark worktreeId={worker.worktreeId} />
      <span className="ml-auto" title="Cost so far, at list prices">
        {money(worker.usage.costUsd)}
      </span>
      {age && <Since at={worker.startedAt ?? worker.createdAt} className="text-ink-3" />}
    </div>
  );
}

function QueuedCard({
  worker,
  selected,
  onSelect,
}: {
  worker: Worker;
  selected: boolean;
  onSelect: (id: string) => void;
}) {
  const { actions } = useApp();
  const pending = usePending((state) => state.workers[worker.id]);
  const waitsFor = useStore((state) =>
    worker.dependsOn
      .map((id) => state.rows.workers[id]?.name)
      .filter(Boolean)
      .join(', '),
  );
  const words = stateWords(worker);
  return (
    <article
      aria-label={`${worker.name}, queued`}
      data-worker={worker.id}
      onPointerDown={() => onSelect(worker.id)}
      className={cx(
        'relative flex min-h-0 min-w-0 flex-col overflow-hidden rounded-3 border border-dashed px-3 pt-[9px] pb-2',
        selected ? 'border-accent' : 'border-hair-strong',
      )}
    >
      <div className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-[9px]">
        <StateMark mark="queued" />
        <a
          href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
          className="truncate text-md leading-[18px] font-strong tracking-[-.01em]"
        >
          {worker.name}
        </a>
        <span className="text-xs text-ink-3">{words.before}</span>
        <span className="col-start-2 col-end-4 flex gap-1.5 font-mono text-xs leading-4 text-ink-3">
          <Where worker={worker} className="flex-1" />
          <KindTag worker={worker} />
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-hidden pt-2.5 pl-[25px] text-sm text-ink-2">
        <p>
          {waitsFor
            ? `Starts by itself when ${waitsFor} is done and a place is free.`
            : 'Starts by itself when a place is free.'}
        </p>
        {worker.prompt && <p className="mt-2 line-clamp-4 text-ink-3">“{worker.prompt}”</p>}
      </div>
      <div className="flex items-center gap-1.5 pl-[25px]">
        <Button size="sm" disabled={pending?.error === null} onClick={() => void actions.stop(worker)}>
          {pending?.error === null ? 'Taking it out…' : 'Cancel'}
        </Button>
        <span className="ml-auto text-xs text-ink-3">
          <Since at={worker.createdAt} before="waits for" />
        </span>
      </div>
    </article>
  );
}
