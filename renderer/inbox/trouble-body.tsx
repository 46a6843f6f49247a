import type { ReactNode } from 'react';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Worker } from '../../shared/workers.ts';
import { useNow } from '../data/clock.ts';
import { inboxMark } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { clockTime, duration, ordinal, tokens } from '../ui/format.ts';
import { Meter, Since } from '../ui/instruments.tsx';
import { Facts, Part } from './detail-parts.tsx';
import { LimitMeters, useNearLimits } from './raise-limit.tsx';

const mostAttempts = 3;

/** What is wrong with a worker, what helps, and what is known. */
export function TroubleBody({ item, worker }: { item: InboxItem; worker: Worker }) {
  const mark = inboxMark(item, useNow(15_000));
  const bad = mark === 'failed' || mark === 'late';
  return (
    <>
      <div
        className={cx(
          'rounded-3 px-3.5 py-3 ring-1 ring-inset wrap-anywhere',
          bad ? 'bg-failed-bg ring-failed-line' : 'bg-needs-bg ring-needs-line',
        )}
      >
        <p className="whitespace-pre-wrap">{item.text}</p>
        {item.fix && <p className="mt-1.5 text-ink-2">{item.fix}</p>}
      </div>
      {item.kind === 'retry' && worker.retry && <RetryCountdown retry={worker.retry} />}
      {worker.recovery.nextAt !== null && <RecoveryCountdown recovery={worker.recovery} />}
      {(item.kind === 'limit' || item.kind === 'limit-warning') && <Limits worker={worker} />}
      {item.kind === 'context' && <Context worker={worker} />}
      <Part title="What is known">
        <Facts rows={factsOf(item, worker)} />
      </Part>
      {worker.recovery.history.length > 0 && (item.kind === 'crash' || item.kind === 'failed') && (
        <Part title="Resumed by itself">
          <Facts rows={worker.recovery.history.map(({ at, reason }) => [clockTime(at), reason] as const)} />
        </Part>
      )}
    </>
  );
}

function Countdown({ at, before, after }: { at: number; before: string; after: string }) {
  const now = useNow();
  const left = Math.ceil((at - now) / 1000);
  return (
    <p role="timer" className="mt-3 flex items-baseline gap-2">
      <b className="figures shrink-0 text-lg font-strong whitespace-nowrap">
        {left > 0 ? duration(left * 1000) : 'now'}
      </b>
      <span className="text-ink-2">
        {before}
        {after}
      </span>
    </p>
  );
}

function RetryCountdown({ retry }: { retry: NonNullable<Worker['retry']> }) {
  return (
    <Countdown
      at={retry.nextAt}
      before="until the next try"
      after={`, the ${ordinal(retry.attempt)} of ${retry.attempts}`}
    />
  );
}

function RecoveryCountdown({ recovery }: { recovery: Worker['recovery'] }) {
  return recovery.nextAt === null ? null : (
    <Countdown
      at={recovery.nextAt}
      before="until it is resumed by itself"
      after={`, the ${ordinal(recovery.attempts + 1)} of ${mostAttempts} times`}
    />
  );
}

function Limits({ worker }: { worker: Worker }) {
  const sources = useNearLimits(worker);
  return sources.length === 0 ? null : (
    <Part title="What is used">
      <LimitMeters sources={sources} />
    </Part>
  );
}

function Context({ worker }: { worker: Worker }) {
  if (worker.contextPercent === null) return null;
  return (
    <Part title="Context">
      <div className="flex items-center gap-3">
        <Meter percent={worker.contextPercent} label="Context used" />
        <span className="figures">
          {Math.round(worker.contextPercent)} %
          {worker.contextTokens !== null && (
            <span className="text-ink-3"> · {tokens(worker.contextTokens)} tokens</span>
          )}
        </span>
      </div>
    </Part>
  );
}

function factsOf(item: InboxItem, worker: Worker): (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = [['Known from', worker.evidence]];
  if (worker.healthReason) rows.push(['Health', worker.healthReason]);
  if (item.kind === 'retry' && worker.retry)
    rows.push([
      'The API said',
      `${worker.retry.status === null ? '' : `${worker.retry.status}, `}${worker.retry.error}`,
    ]);
  if (worker.startedAt !== null && worker.endedAt !== null)
    rows.push(['Ran for', duration(worker.endedAt - worker.startedAt)]);
  if (item.kind === 'stall') rows.push(['Last sign of life', <Since key="l" at={worker.lastActivityAt} after="ago" />]);
  if (worker.activity && worker.state !== 'ended') rows.push(['Was doing', worker.activity.text]);
  rows.push(['Its work', worker.worktreePath ? <code key="w">{worker.worktreePath}</code> : 'no worktree was made']);
  return rows;
}
