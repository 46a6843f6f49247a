import type { Worker } from '../../shared/workers.ts';
import { useNow } from '../data/clock.ts';
import { lateAfterMs } from '../data/worker-state.ts';
import { cx } from './cx.ts';
import { duration, exactTime } from './format.ts';

/** A row of lamps that shows a share of something limited. */
export function Meter({
  percent,
  label,
  wide = false,
}: {
  /** 0 to 100; above is shown as full. */
  percent: number;
  label: string;
  wide?: boolean;
}) {
  const value = Math.max(0, Math.min(100, percent));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real meter element cannot be drawn as lamps in every browser
    <span
      role="meter"
      aria-label={label}
      aria-valuenow={Math.round(value)}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cx(
        'meter block shrink-0',
        wide ? 'w-full' : 'w-[72px]',
        value >= 95 ? 'text-late' : value >= 80 ? 'text-needs' : 'text-ink-3',
      )}
      style={{ '--meter-value': `${value}%` } as React.CSSProperties}
    />
  );
}

const hourMs = 3_600_000;

interface Span {
  kind: 'working' | 'waiting' | 'late' | 'quiet' | 'failed';
  from: number;
  to: number;
}

/** The spans of a worker's last hour, in milliseconds since an hour ago. A gap means nothing is known. */
export function ribbonSpans(
  worker: Pick<Worker, 'timeline' | 'state' | 'outcome' | 'endedAt'>,
  now: number,
  lateMs = lateAfterMs(),
): Span[] {
  const start = now - hourMs;
  const spans: Span[] = [];
  worker.timeline.forEach((step, index) => {
    const until = worker.timeline[index + 1]?.at ?? (step.state === 'ended' ? step.at : now);
    const from = Math.max(step.at, start) - start;
    const to = Math.min(until, now) - start;
    if (step.state === 'ended') {
      if (step.at >= start && (worker.outcome === 'failed' || worker.outcome === 'limit')) {
        spans.push({ kind: 'failed', from: Math.max(0, from - 25_000), to: from + 25_000 });
      }
      return;
    }
    if (to <= from) return;
    if (step.state === 'working') spans.push({ kind: 'working', from, to });
    else if (step.state === 'waiting') spans.push({ kind: until - step.at >= lateMs ? 'late' : 'waiting', from, to });
    else if (step.state === 'idle' || step.state === 'starting' || step.state === 'preparing') {
      spans.push({ kind: 'quiet', from, to });
    }
  });
  return spans;
}

const spanLooks = {
  working: { y: 2, height: 4, className: 'fill-working opacity-80' },
  waiting: { y: 0, height: 8, className: 'fill-needs-mark' },
  late: { y: 0, height: 8, className: 'fill-late' },
  failed: { y: 0, height: 8, className: 'fill-failed' },
  quiet: { y: 3, height: 2, className: 'fill-off' },
} as const;

/** One hour of a worker's states; height says the same as colour. */
export function Ribbon({ worker }: { worker: Worker }) {
  const now = useNow(15_000);
  const spans = ribbonSpans(worker, now);
  const worked = spans.reduce((sum, span) => (span.kind === 'working' ? sum + span.to - span.from : sum), 0);
  return (
    <svg
      viewBox="0 0 3600 8"
      preserveAspectRatio="none"
      className="block h-2 w-full"
      role="img"
      aria-label={`Last hour: worked ${duration(worked)}`}
    >
      <rect x="0" y="3.5" width="3600" height="1" className="fill-hair" />
      {spans.map((span) => {
        const look = spanLooks[span.kind];
        const x = span.from / 1000;
        return (
          <rect
            key={`${span.kind}${span.from}`}
            x={x}
            y={look.y}
            width={Math.max(9, (span.to - span.from) / 1000 - 6)}
            height={look.height}
            className={look.className}
          />
        );
      })}
    </svg>
  );
}

/** Time since a moment, with the exact one on hover. */
export function Since({
  at,
  before = '',
  after = '',
  className,
}: {
  at: number;
  before?: string;
  after?: string;
  className?: string;
}) {
  const now = useNow();
  const text = duration(now - at);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)} className={className}>
      {text === 'now'
        ? `${before && !after ? `${before} ` : ''}${after ? 'just now' : before ? '1 s' : 'now'}`
        : `${before ? `${before} ` : ''}${text}${after ? ` ${after}` : ''}`}
    </time>
  );
}

/** Lines added and removed. */
export function Delta({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span
      className="figures whitespace-nowrap"
      role="img"
      aria-label={`${additions} lines added, ${deletions} removed`}
    >
      {(additions > 0 || deletions === 0) && <span className="text-add">+{additions.toLocaleString('en-US')}</span>}
      {deletions > 0 && (
        <span className="text-del">
          {additions > 0 && ' '}−{deletions.toLocaleString('en-US')}
        </span>
      )}
    </span>
  );
}
