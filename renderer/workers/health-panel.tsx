import { HeartPulse, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { useStore } from '../data/store.ts';
import { cx } from '../ui/cx.ts';
import { exactTime, plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { LoadDetail } from './load.tsx';
import { Countdown } from './notice-bar.tsx';
import { noticesOf } from './worker-notices.ts';

const healthLooks = {
  healthy: 'text-done',
  degraded: 'text-needs',
  unhealthy: 'text-late',
} as const;

/** A worker's health as a sign and words; nothing while all is well unless `always`. */
export function HealthMark({
  worker,
  always = false,
  line = false,
}: {
  worker: Worker;
  always?: boolean;
  /** In one line, cut where there is no more room; whole on hover. */
  line?: boolean;
}) {
  if (worker.state === 'ended') return always ? <span className="text-ink-3">it has ended</span> : null;
  if (worker.health === 'healthy' && !always) return null;
  const Icon = worker.health === 'healthy' ? HeartPulse : TriangleAlert;
  return (
    <span
      className={cx('flex min-w-0 items-start gap-1.5', healthLooks[worker.health])}
      title={worker.healthReason ?? undefined}
    >
      <Icon size={14} aria-hidden className="mt-[3px] shrink-0" />
      <span className={cx('min-w-0', line ? 'truncate' : 'wrap-anywhere')}>
        {worker.health}
        {worker.healthReason && <span className="text-ink-2">: {worker.healthReason}</span>}
      </span>
    </span>
  );
}

/** Rows of facts about a worker's health, as the facts tab lists them. */
export function useHealthRows(worker: Worker): readonly (readonly [label: string, value: React.ReactNode])[] {
  const approvals = useStore((state) => state.rows.approvals);
  const denied = useMemo(
    () => Object.values(approvals).filter(({ workerId, state }) => workerId === worker.id && state === 'denied'),
    [approvals, worker.id],
  );
  const { recovery } = worker;
  const waits = noticesOf(worker, 0).find(({ countdown }) => countdown);
  return [
    ['Health', <HealthMark key="h" worker={worker} always />],
    ['Known from', worker.evidence],
    ['Last sign', <Since key="l" at={worker.lastActivityAt} after="ago" />],
    ['Load', <LoadDetail key="c" workerId={worker.id} />],
    ...(waits?.countdown
      ? ([
          [
            worker.retry ? 'Retry' : 'Recovery',
            <span key="r">
              {worker.retry ? `${worker.retry.error}. ` : ''}
              <Countdown countdown={waits.countdown} />
            </span>,
          ],
        ] as const)
      : []),
    [
      'Resumed by itself',
      recovery.history.length === 0 ? (
        <span key="never" className="text-ink-3">
          never since its last turn
        </span>
      ) : (
        <ol key="hist" className="grid gap-1">
          {recovery.history.map((one) => (
            <li key={one.at} className="wrap-anywhere">
              <Since at={one.at} after="ago" className="text-ink-3" /> {one.reason}
            </li>
          ))}
        </ol>
      ),
    ],
    [
      'Denied calls',
      denied.length === 0 ? (
        <span key="none" className="text-ink-3">
          none
        </span>
      ) : (
        <details key="d">
          <summary className="w-max text-accent-text">{plural(denied.length, 'call')}</summary>
          <ul className="mt-1 grid gap-1">
            {denied.slice(-20).map((one) => (
              <li key={one.id} className="wrap-anywhere" title={exactTime(one.decidedAt ?? one.createdAt)}>
                <code>{one.summary}</code>
                <span className="text-ink-3">
                  {' '}
                  by {one.decidedBy ?? 'nobody'}
                  {one.message ? `: ${one.message}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </details>
      ),
    ],
    ['Restarts', worker.restarts],
  ];
}
