import type { Mark } from '../data/worker-state.ts';
import { cx } from './cx.ts';

/** The names of the marks, for people who hear them. */
export const markLabels: Record<Mark, string> = {
  late: 'needs you, late',
  failed: 'failed',
  needs: 'needs you',
  working: 'working',
  starting: 'starting',
  unknown: 'unknown',
  idle: 'idle',
  queued: 'queued',
  done: 'done',
  stopped: 'stopped',
};

/** Text colour of each state. */
export const markTextColors: Record<Mark, string> = {
  late: 'text-late',
  failed: 'text-failed',
  needs: 'text-needs',
  working: 'text-working',
  starting: 'text-working',
  unknown: 'text-unknown',
  idle: 'text-idle',
  queued: 'text-queued',
  done: 'text-done',
  stopped: 'text-idle',
};

const diamond =
  'M6.9 1.7a1.55 1.55 0 0 1 2.2 0l5.2 5.2a1.55 1.55 0 0 1 0 2.2l-5.2 5.2a1.55 1.55 0 0 1-2.2 0L1.7 9.1a1.55 1.55 0 0 1 0-2.2z';

function Shape({ mark }: { mark: Mark }) {
  switch (mark) {
    case 'working':
      return (
        <>
          <circle cx="8" cy="8" r="5.6" strokeWidth="1.8" opacity=".28" />
          <path className="arc" d="M8 2.4A5.6 5.6 0 0 1 13.6 8" strokeWidth="2.2" />
        </>
      );
    case 'needs':
      return <path d={diamond} fill="currentColor" stroke="var(--needs-edge)" />;
    case 'late':
      return (
        <>
          <path d={diamond} fill="currentColor" stroke="none" />
          <path d="M8 4.7v3.7M8 11v.1" stroke="var(--mark-ink)" strokeWidth="1.8" />
        </>
      );
    case 'idle':
      return <circle cx="8" cy="8" r="5.2" strokeWidth="1.8" />;
    case 'stopped':
      return (
        <>
          <circle cx="8" cy="8" r="5.2" strokeWidth="1.8" />
          <rect x="6.2" y="6.2" width="3.6" height="3.6" fill="currentColor" stroke="none" />
        </>
      );
    case 'done':
      return <path d="m2.8 8.6 3.4 3.4 7-7.8" strokeWidth="2.1" />;
    case 'failed':
      return <path d="m3.6 3.6 8.8 8.8M12.4 3.6l-8.8 8.8" strokeWidth="2.2" />;
    case 'queued':
    case 'starting':
      return <circle cx="8" cy="8" r="5.4" strokeWidth="2" strokeDasharray=".01 4.241" />;
    case 'unknown':
      return (
        <>
          <path d="M5 5.6a3.05 3.05 0 1 1 4.6 2.6c-1 .6-1.5 1.2-1.5 2.2" strokeWidth="1.9" />
          <circle cx="8.1" cy="13.3" r="1.15" fill="currentColor" stroke="none" />
        </>
      );
  }
}

/** A state as shape and colour. `label` false where the name stands beside it. */
export function StateMark({
  mark,
  size = 16,
  label = true,
  className,
}: {
  mark: Mark;
  size?: number;
  label?: boolean;
  className?: string;
}) {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a name or is hidden, see the last line
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      data-mark={mark}
      className={cx(
        'shrink-0 overflow-visible',
        mark === 'needs' ? 'text-needs-mark' : markTextColors[mark],
        className,
      )}
      {...(label ? { role: 'img', 'aria-label': markLabels[mark] } : { 'aria-hidden': true })}
    >
      <Shape mark={mark} />
    </svg>
  );
}
