import { Check, CircleHelp, FileQuestion, Minus, OctagonX, Timer, X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { go, hrefOf } from '../app/router.ts';
import { endWords } from '../app/state-words.ts';
import { useInbox, useProject } from '../app/use-rows.ts';
import { Where } from '../board/worker-card.tsx';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { type InboxItem, inboxMark } from '../data/worker-state.ts';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, duration, midnight, plural } from '../ui/format.ts';
import { Delta, Since } from '../ui/instruments.tsx';
import { countChanges } from '../ui/line-diff.ts';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { ShellSyntax } from '../ui/syntax.tsx';
import { modeWords } from '../workers/mode-words.ts';
import { questionsOf, summarizeTool } from '../workers/tool-summary.ts';
import { FailureActions } from '../workers/worker-actions.tsx';
import { Decide } from './approval-block.tsx';
import { ApprovalSubject, ApprovalTitle } from './approval-body.tsx';
import { kindWord, outcomeWords } from './approval-words.ts';
import { type Answers, QuestionForm } from './question-form.tsx';

function itemWorker(item: InboxItem): Worker | undefined {
  return item.worker;
}

/** What an item asks, in one line. */
export function ItemLine({ item }: { item: InboxItem }) {
  if (item.kind === 'failure') return <>{endWords(item.worker)}</>;
  if (item.kind === 'limit') return <>{item.worker.activity?.text ?? 'It waits for you in its own terminal.'}</>;
  const { approval } = item;
  const tool = summarizeTool(approval.toolName, approval.input, item.worker?.worktreePath ?? null);
  if (approval.kind !== 'tool' || !tool.subject) return <>{approval.summary}</>;
  const changes = tool.diff ? countChanges(tool.diff) : null;
  return (
    <>
      {tool.subjectIs !== 'command' && `${tool.title} `}
      <code className="wrap-anywhere">
        {tool.subjectIs === 'command' ? <ShellSyntax text={tool.subject} /> : tool.subject}
      </code>{' '}
      {changes && <Delta {...changes} />}
    </>
  );
}

function itemKind(item: InboxItem): { icon: ReactNode; words: string } {
  const size = { size: 13, 'aria-hidden': true } as const;
  if (item.kind === 'failure')
    return {
      icon: <OctagonX {...size} />,
      words:
        item.worker.outcome === 'limit'
          ? 'Limit reached'
          : `Ended${item.worker.endCode ? `, ${item.worker.endCode.toLowerCase().replaceAll('_', ' ')}` : ''}`,
    };
  if (item.kind === 'limit') return { icon: <Timer {...size} />, words: item.worker.waitingFor ?? 'waits' };
  const { approval } = item;
  if (approval.kind === 'question') {
    const questions = questionsOf(approval.input);
    const options = questions[0]?.options.length ?? 0;
    return {
      icon: <CircleHelp {...size} />,
      words:
        questions.length > 1
          ? plural(questions.length, 'question')
          : options > 0
            ? `Question, ${plural(options, 'option')}`
            : 'Question',
    };
  }
  const { icon: Icon } = summarizeTool(approval.toolName, approval.input, null);
  return { icon: <Icon {...size} />, words: kindWord(approval) };
}

function Row({ item, on, children }: { item: InboxItem; on: boolean; children?: ReactNode }) {
  const now = useNow(15_000);
  const mark = inboxMark(item, now);
  const worker = itemWorker(item);
  const project = useProject(worker?.projectId);
  const { icon, words } = itemKind(item);
  return (
    <li
      className={cx(
        'relative border-b border-hair-soft',
        on && 'bg-active before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
      )}
    >
      <a
        href={hrefOf({ view: 'inbox', id: item.id })}
        aria-current={on ? 'true' : undefined}
        className="focus-inset grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 px-4 pt-2.5 pb-[11px] hover:bg-hover"
      >
        <StateMark mark={mark} className="mt-0.5" />
        <span className="flex min-w-0 items-baseline gap-1.5">
          <b className="truncate font-strong">{worker?.name ?? 'removed worker'}</b>
          <span className="truncate text-sm text-ink-3">{project?.name}</span>
        </span>
        <Since at={item.at} className={cx('text-xs leading-5', markTextColors[mark])} />
        <span className="col-start-2 col-end-4 mt-px line-clamp-2 text-sm leading-[18px] text-ink-2">
          <ItemLine item={item} />
        </span>
        <span className="col-start-2 col-end-4 mt-[3px] flex items-center gap-1.5 text-xs leading-4 text-ink-3">
          {icon}
          {words}
        </span>
      </a>
      {children}
    </li>
  );
}

function useDecided(): Approval[] {
  const approvals = useStore((state) => state.rows.approvals);
  return useMemo(
    () =>
      Object.values(approvals)
        .filter((approval) => approval.state !== 'waiting')
        .sort((a, b) => (b.decidedAt ?? b.createdAt) - (a.decidedAt ?? a.createdAt)),
    [approvals],
  );
}

/** One decision of the past. */
function DecidedRow({ approval }: { approval: Approval }) {
  const worker = useStore((state) => state.rows.workers[approval.workerId]);
  const Icon =
    approval.state === 'allowed' || approval.state === 'answered' ? Check : approval.state === 'denied' ? X : Minus;
  return (
    <a
      href={hrefOf({ view: 'inbox', id: approval.id })}
      className="focus-inset flex h-7 min-w-0 items-center gap-2 rounded-2 px-2 text-sm hover:bg-hover"
    >
      <Icon size={14} aria-hidden className="shrink-0 text-ink-3" />
      <span className="flex min-w-0 flex-1 items-baseline gap-1.5">
        <span className="shrink-0">{worker?.name ?? 'removed'}</span>
        <code className="truncate text-ink-3" title={approval.summary}>
          {approval.summary}
        </code>
      </span>
      <span className="shrink-0 text-ink-3">{outcomeWords[approval.state]}</span>
      <span className="shrink-0 text-xs text-ink-3">{clockTime(approval.decidedAt ?? approval.createdAt)}</span>
    </a>
  );
}

/** What waits for a person: list and, beside it, the chosen one with everything needed to decide. */
export function InboxView({ id }: { id: string | null }) {
  const inbox = useInbox();
  const decided = useDecided();
  const [shows, setShows] = useState<'waiting' | 'decided'>('waiting');
  const ready = useStore((state) => state.system !== null);
  const index = inbox.findIndex((item) => item.id === id);
  const past = id ? decided.find((approval) => approval.id === id) : undefined;
  const item = inbox[index] ?? (past ? undefined : inbox[0]);
  const [lastIndex, setLastIndex] = useState(0);
  useEffect(() => {
    if (index >= 0) setLastIndex(index);
  }, [index]);

  // What was open has just been decided: go on with what took its place.
  const wasWaiting = useStore((state) => id !== null && state.rows.approvals[id] !== undefined);
  const [openedWaiting, setOpenedWaiting] = useState<string | null>(null);
  useEffect(() => {
    if (index >= 0 && id) setOpenedWaiting(id);
    else if (id && openedWaiting === id && wasWaiting) {
      const next = inbox[Math.min(lastIndex, inbox.length - 1)];
      go({ view: 'inbox', id: next?.id ?? null }, true);
    }
  }, [id, index, openedWaiting, wasWaiting, inbox, lastIndex]);

  const move = (step: number): void => {
    const from = index >= 0 ? index : step > 0 && id === null ? 0 : -1;
    const next = inbox[Math.max(0, Math.min(inbox.length - 1, from + step))];
    if (next) go({ view: 'inbox', id: next.id }, true);
  };
  useCommand('move.down', () => move(1), inbox.length > 0);
  useCommand('move.up', () => move(-1), inbox.length > 0);
  const worker = item ? itemWorker(item) : undefined;
  useCommand(
    'open',
    () => worker && go({ view: 'worker', id: worker.id, tab: null, file: null }),
    worker !== undefined,
  );
  useCommand(
    'message',
    () => worker && go({ view: 'worker', id: worker.id, tab: 'conversation', file: null }),
    worker !== undefined,
  );

  const today = midnight(useNow(60_000));
  const decidedToday = decided.filter((approval) => (approval.decidedAt ?? 0) >= today);
  return (
    <main className="grid min-h-0 min-w-0 grid-rows-[minmax(0,1fr)_auto]">
      <div className="grid min-h-0 grid-cols-[368px_minmax(0,1fr)] max-narrow:grid-cols-[264px_minmax(0,1fr)]">
        <section aria-label="Inbox" className="flex min-h-0 flex-col border-r border-hair">
          <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4">
            <h1 className="text-md font-strong tracking-[-.01em]">Inbox</h1>
            <fieldset aria-label="Show" className="flex gap-0.5">
              {(['waiting', 'decided'] as const).map((name) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={shows === name}
                  onClick={() => setShows(name)}
                  className={cx(
                    'focus-inset h-6 rounded-2 px-2 text-sm',
                    shows === name ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
                  )}
                >
                  {name === 'waiting' ? 'Waiting' : 'Decided'}{' '}
                  <span className="font-normal text-ink-3">{name === 'waiting' ? inbox.length : ''}</span>
                </button>
              ))}
            </fieldset>
          </div>
          {shows === 'decided' ? (
            <div className="min-h-0 flex-1 overflow-y-auto p-2">
              {decided.length === 0 && <p className="p-2 text-sm text-ink-3">Nothing was decided yet.</p>}
              {decided.map((approval) => (
                <DecidedRow key={approval.id} approval={approval} />
              ))}
            </div>
          ) : (
            <>
              <ul className="min-h-0 flex-1 overflow-y-auto" aria-label="Waiting">
                {inbox.map((other) => (
                  <Row key={other.id} item={other} on={other.id === item?.id} />
                ))}
              </ul>
              {decidedToday.length > 0 && (
                <div className="shrink-0 border-t border-hair px-2 py-3">
                  <h2 className="px-2 pb-1 text-xs text-ink-3">Decided today {decidedToday.length}</h2>
                  {decidedToday.slice(0, 4).map((approval) => (
                    <DecidedRow key={approval.id} approval={approval} />
                  ))}
                </div>
              )}
            </>
          )}
        </section>
        {past ? (
          <PastDetail approval={past} />
        ) : item ? (
          <Detail key={item.id} item={item} />
        ) : ready ? (
          <Calm last={decided[0]} />
        ) : (
          <div />
        )}
      </div>
      <KeyBar
        hints={[
          [['move.down', 'move.up'], 'next, previous'],
          [['allow'], 'allow'],
          [['deny'], 'deny'],
          [['deny.why'], 'deny and say why'],
          [['open'], 'open worker'],
        ]}
      />
    </main>
  );
}

function Calm({ last }: { last: Approval | undefined }) {
  const now = useNow(60_000);
  const running = useStore(
    (state) => Object.values(state.rows.workers).filter((worker) => worker.state === 'working').length,
  );
  return (
    <div className="flex flex-col items-center justify-center gap-2 p-8 text-center">
      <StateMark mark="done" size={20} label={false} className="text-ink-3" />
      <h2 className="text-lg font-strong">Nothing waits</h2>
      <p className="max-w-[380px] text-ink-2">
        {running > 0
          ? `${plural(running, 'worker')} at work. What needs you appears here, and in the title of this page.`
          : 'What a worker may not do by itself appears here, with everything needed to decide.'}
      </p>
      {last && (
        <p className="text-sm text-ink-3">
          Last: <code>{last.summary.slice(0, 60)}</code>, {outcomeWords[last.state]}{' '}
          {duration(now - (last.decidedAt ?? last.createdAt))} ago
        </p>
      )}
    </div>
  );
}

function DetailHead({ worker, children }: { worker: Worker | undefined; children: ReactNode }) {
  return (
    <div className="flex h-(--viewbar-h) shrink-0 items-center gap-2.5 border-b border-hair px-4">
      {children}
      {worker && (
        <>
          <b className="min-w-0 shrink truncate font-strong">{worker.name}</b>
          <Where worker={worker} className="font-mono text-sm text-ink-3 max-narrow:hidden" />
          {worker.role && <Chip>{worker.role}</Chip>}
        </>
      )}
    </div>
  );
}

/** Facts as rows with an icon-free label. */
function Facts({ rows }: { rows: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="overflow-hidden rounded-3 bg-surface text-sm ring-1 ring-inset ring-hair">
      {rows.map(([label, value]) => (
        <div
          key={label}
          className="grid min-h-8 grid-cols-[150px_minmax(0,1fr)] items-center gap-2.5 border-t border-hair-soft px-3 py-1 first:border-t-0 max-narrow:grid-cols-[84px_minmax(0,1fr)]"
        >
          <dt className="text-ink-3">{label}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function LastLines({ worker }: { worker: Worker }) {
  if (worker.preview.length === 0) return null;
  return (
    <>
      <h3 className="mt-4 mb-1.5 text-sm font-strong">
        Last lines <Since at={worker.lastActivityAt} after="ago" className="ml-1 font-normal text-ink-3" />
      </h3>
      <pre className="overflow-x-auto rounded-3 bg-term-bg px-3.5 py-2.5 text-sm leading-[18px] text-term-fg ring-1 ring-inset ring-hair">
        {worker.preview.join('\n')}
      </pre>
    </>
  );
}

function whyRows(approval: Approval, worker: Worker): (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = [
    ['Mode', `${modeWords[worker.permissionMode].name}. ${modeWords[worker.permissionMode].means}`],
    ['Allow rules', worker.allowedTools.length === 0 ? 'none' : `${worker.allowedTools.length}, none fits`],
    ['Works in', <code key="w">{worker.worktreePath ?? 'its folder'}</code>],
  ];
  if (approval.reason) rows.unshift(['Claude Code says', approval.reason]);
  return rows;
}

function Detail({ item }: { item: InboxItem }) {
  const now = useNow(15_000);
  const mark = inboxMark(item, now);
  const worker = itemWorker(item);
  const [answers, setAnswers] = useState<Answers>({ complete: null, words: '' });
  const { actions } = useApp();
  useCommand('resume', () => worker && void actions.resume(worker), item.kind === 'failure');
  return (
    <section aria-label="What is asked" className="flex min-h-0 min-w-0 flex-col">
      <DetailHead worker={worker}>
        <StateMark mark={mark} />
      </DetailHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6 max-narrow:px-5">
        <div className="max-w-[720px]">
          <p className={cx('float-right ml-4 text-sm leading-7', markTextColors[mark])}>
            <Since
              at={item.at}
              before={item.kind === 'failure' ? 'failed' : 'asks for'}
              after={item.kind === 'failure' ? 'ago' : ''}
            />
          </p>
          {item.kind === 'approval' ? (
            <>
              <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em] wrap-anywhere">
                <ApprovalTitle approval={item.approval} worker={worker} />
              </h2>
              {item.approval.kind === 'question' ? (
                <QuestionForm approval={item.approval} onChange={setAnswers} />
              ) : (
                <ApprovalSubject approval={item.approval} worker={worker} />
              )}
              {worker && item.approval.kind === 'tool' && (
                <>
                  <h3 className="mt-4 mb-1.5 text-sm font-strong">Why it asks</h3>
                  <Facts rows={whyRows(item.approval, worker)} />
                </>
              )}
            </>
          ) : item.kind === 'failure' ? (
            <>
              <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em]">
                {item.worker.outcome === 'limit' ? 'It stopped at a limit' : 'It ended before it was done'}
              </h2>
              <p className="mb-4 rounded-3 bg-failed-bg px-3.5 py-3 ring-1 ring-inset ring-failed-line wrap-anywhere">
                {endWords(item.worker)}
              </p>
              <Facts
                rows={[
                  ['Known from', item.worker.evidence],
                  [
                    'Ran for',
                    item.worker.startedAt
                      ? duration((item.worker.endedAt ?? now) - item.worker.startedAt)
                      : 'it never started',
                  ],
                  ['Restarts', item.worker.restarts],
                  [
                    'Its work',
                    item.worker.worktreePath ? <code key="p">{item.worker.worktreePath}</code> : 'no worktree was made',
                  ],
                ]}
              />
            </>
          ) : (
            <>
              <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em]">It waits for you</h2>
              <p className="mb-4 text-ink-2">{item.worker.activity?.text ?? `Known from: ${item.worker.evidence}.`}</p>
              <Facts
                rows={[
                  ['Waits for', item.worker.waitingFor ?? 'you'],
                  ['Known from', item.worker.evidence],
                ]}
              />
            </>
          )}
          {worker && <LastLines worker={worker} />}
        </div>
      </div>
      <footer className="shrink-0 border-t border-hair bg-surface px-8 pt-3 pb-3.5 max-narrow:px-5">
        <div className="flex max-w-[900px] items-end gap-2">
          <div className="min-w-0 flex-1">
            {item.kind === 'approval' ? (
              <Decide approval={item.approval} answers={answers} />
            ) : item.kind === 'failure' ? (
              <div className="flex flex-wrap items-center gap-2">
                <FailureActions worker={item.worker} size="lg" selected />
              </div>
            ) : (
              <p className="flex h-8 items-center text-ink-2">Open the worker to answer it there.</p>
            )}
          </div>
          {worker && (
            <a
              href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
              className="inline-flex h-8 shrink-0 items-center rounded-3 px-3 font-medium text-ink-2 hover:bg-hover hover:text-ink"
            >
              Open worker
            </a>
          )}
        </div>
      </footer>
    </section>
  );
}

function PastDetail({ approval }: { approval: Approval }) {
  const worker = useStore((state) => state.rows.workers[approval.workerId]);
  return (
    <section aria-label="A decision" className="flex min-h-0 min-w-0 flex-col">
      <DetailHead worker={worker}>
        <FileQuestion size={16} aria-hidden className="text-ink-3" />
      </DetailHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6">
        <div className="max-w-[720px]">
          <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em] wrap-anywhere">
            <ApprovalTitle approval={approval} worker={worker} />
          </h2>
          <ApprovalSubject approval={approval} worker={worker} />
          <h3 className="mt-4 mb-1.5 text-sm font-strong">What came of it</h3>
          <Facts
            rows={[
              ['Outcome', `${outcomeWords[approval.state]}${approval.decidedBy ? ` by ${approval.decidedBy}` : ''}`],
              ['Asked', <Since key="a" at={approval.createdAt} after="ago" />],
              ...(approval.decidedAt
                ? ([['Decided', <Since key="d" at={approval.decidedAt} after="ago" />]] as const)
                : []),
              ...(approval.message ? ([['Said', approval.message]] as const) : []),
            ]}
          />
        </div>
      </div>
    </section>
  );
}

/** The inbox on a phone: one column, the open item is a card in the list, its buttons at the thumb. */
export function PhoneInbox({ id }: { id: string | null }) {
  const inbox = useInbox();
  const decided = useDecided();
  const ready = useStore((state) => state.system !== null);
  const open = inbox.find((item) => item.id === id) ?? inbox[0];
  const [listOpen, setListOpen] = useState(false);
  return (
    <>
      {inbox.length === 0 && ready && <Calm last={decided[0]} />}
      <ul>
        {inbox.map((item) =>
          item === open ? <PhoneCard key={item.id} item={item} /> : <PhoneRow key={item.id} item={item} />,
        )}
      </ul>
      {decided.length > 0 && (
        <section className="mt-2">
          <button
            type="button"
            aria-expanded={listOpen}
            onClick={() => setListOpen(!listOpen)}
            className="flex h-12 w-full items-center justify-between px-1 text-ink-3"
          >
            <span>Decided</span>
            <span>{decided.length}</span>
          </button>
          {listOpen && decided.slice(0, 30).map((approval) => <DecidedRow key={approval.id} approval={approval} />)}
        </section>
      )}
    </>
  );
}

function PhoneRow({ item }: { item: InboxItem }) {
  const mark = inboxMark(item, useNow(15_000));
  return (
    <li>
      <a
        href={hrefOf({ view: 'inbox', id: item.id })}
        className="grid min-h-16 grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 border-b border-hair-soft px-1 py-3"
      >
        <StateMark mark={mark} className="mt-0.5" />
        <b className="truncate font-strong">{item.worker?.name ?? 'removed worker'}</b>
        <Since at={item.at} className={cx('text-sm', markTextColors[mark])} />
        <span className="col-start-2 col-end-4 line-clamp-2 text-ink-2">
          <ItemLine item={item} />
        </span>
      </a>
    </li>
  );
}

function PhoneCard({ item }: { item: InboxItem }) {
  const mark = inboxMark(item, useNow(15_000));
  const [answers, setAnswers] = useState<Answers>({ complete: null, words: '' });
  const edge = mark === 'failed' || mark === 'late' ? 'ring-late-line' : 'ring-needs-line';
  return (
    <li className={cx('my-2 rounded-[8px] bg-surface p-3.5 ring-1 ring-inset', edge)}>
      <a
        href={item.worker ? hrefOf({ view: 'worker', id: item.worker.id, tab: null, file: null }) : undefined}
        className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2.5"
      >
        <StateMark mark={mark} />
        <b className="truncate text-lg font-strong">{item.worker?.name ?? 'removed worker'}</b>
        <Since
          at={item.at}
          before={item.kind === 'failure' ? '' : 'asks for'}
          after={item.kind === 'failure' ? 'ago' : ''}
          className={cx('text-sm', markTextColors[mark])}
        />
      </a>
      {item.worker && <Where worker={item.worker} className="mt-1 font-mono text-sm text-ink-3" />}
      <div className="mt-3">
        {item.kind === 'approval' ? (
          <>
            <h2 className="mb-2 font-strong wrap-anywhere">
              <ApprovalTitle approval={item.approval} worker={item.worker} />
            </h2>
            {item.approval.kind === 'question' ? (
              <QuestionForm approval={item.approval} onChange={setAnswers} keys={false} />
            ) : (
              <ApprovalSubject approval={item.approval} worker={item.worker} foldAt={16} />
            )}
          </>
        ) : (
          <p className="text-ink-2 wrap-anywhere">
            <ItemLine item={item} />
          </p>
        )}
      </div>
      <div className="mt-3">
        {item.kind === 'approval' ? (
          <Decide approval={item.approval} answers={answers} size="touch" />
        ) : item.kind === 'failure' ? (
          <div className="flex flex-wrap gap-2 *:flex-1">
            <FailureActions worker={item.worker} size="touch" selected />
          </div>
        ) : null}
      </div>
    </li>
  );
}
