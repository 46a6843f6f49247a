import type { LimitUse } from '../../shared/limit-use.ts';
import { useStore } from '../data/store.ts';
import { cx } from '../ui/cx.ts';
import { amountWords, leftWords, limitLabels, limitTone } from './limit-words.ts';

const tones = { plain: 'text-ink-3', warn: 'text-needs', reached: 'text-late' } as const;

/** From which share of a limit it warns, in percent. */
export function useWarnPercent(): number {
  return useStore((state) => state.rows.settings?.values.warnPercent ?? 80);
}

/** What a limit's meter says to a screen reader. */
function meterAttributes(use: LimitUse, percent: number) {
  return {
    role: 'meter',
    'aria-label': `${limitLabels[use.name]} limit`,
    'aria-valuenow': Math.round(percent),
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    'aria-valuetext': leftWords(use),
  };
}

/** One limit as a row: its name, how much of it is used as lamps, and in words. */
export function LimitRow({ use }: { use: LimitUse }) {
  const tone = limitTone(use.part, useWarnPercent());
  const percent = Math.max(0, Math.min(100, use.part * 100));
  return (
    <div
      className="figures grid grid-cols-[64px_minmax(0,1fr)_auto] items-center gap-2.5 text-sm leading-[22px]"
      title={leftWords(use)}
    >
      <span className="truncate text-ink-3">{use.name === 'timeoutSeconds' ? 'Time' : limitLabels[use.name]}</span>
      {/* A real meter element cannot be drawn as lamps in every browser. */}
      <span
        {...meterAttributes(use, percent)}
        className={cx('meter block w-full', tones[tone])}
        style={{ '--meter-value': `${percent}%` } as React.CSSProperties}
      />
      <span className={cx('whitespace-nowrap', tone === 'plain' ? undefined : tones[tone])}>
        {amountWords(use.name, use.used)} of {amountWords(use.name, use.limit)}
      </span>
    </div>
  );
}

/** The limit that is nearest its end as a thin line with what is left of it, for a card. */
export function LimitLine({ use }: { use: LimitUse }) {
  const tone = limitTone(use.part, useWarnPercent());
  const percent = Math.max(0, Math.min(100, use.part * 100));
  return (
    <span className="figures flex min-w-0 items-center gap-2 text-xs leading-[14px]" title={leftWords(use)}>
      {/* A real meter element cannot be drawn as a line in every browser. */}
      <span
        {...meterAttributes(use, percent)}
        className={cx('block h-[3px] min-w-8 flex-1 overflow-hidden rounded-full bg-track', tones[tone])}
      >
        <span className="block h-full rounded-full bg-current" style={{ width: `${percent}%` }} />
      </span>
      <span className={cx('whitespace-nowrap', tone === 'plain' ? 'text-ink-3' : tones[tone])}>
        {use.part >= 1
          ? `${amountWords(use.name, use.limit)} used up`
          : `${amountWords(use.name, use.limit - use.used)} left`}
      </span>
    </span>
  );
}
