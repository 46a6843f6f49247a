import type { ReactNode } from 'react';
import { cx } from './cx.ts';

const looks = {
  line: 'text-ink-2 ring-1 ring-inset ring-hair-strong',
  plain: 'bg-active text-ink-2',
  needs: 'bg-needs-bg text-needs ring-1 ring-inset ring-needs-line',
  failed: 'bg-failed-bg text-failed ring-1 ring-inset ring-failed-line',
  done: 'bg-done-bg text-done ring-1 ring-inset ring-done-line',
  accent: 'bg-accent-bg text-accent-text ring-1 ring-inset ring-accent-line',
} as const;

/** A small word about a thing. */
export function Chip({
  look = 'line',
  title,
  children,
  className,
}: {
  look?: keyof typeof looks;
  title?: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex h-5 shrink-0 items-center gap-1 rounded-1 px-1.5 text-xs whitespace-nowrap',
        looks[look],
        className,
      )}
    >
      {children}
    </span>
  );
}

/** A number of things that wait. */
export function Count({ value, late, className }: { value: number; late: boolean; className?: string }) {
  return (
    <span
      className={cx(
        'h-4 min-w-[18px] shrink-0 rounded-full px-1.5 text-center text-2xs leading-4 font-strong',
        late ? 'bg-late text-mark-ink' : 'bg-needs-mark text-needs-ink',
        className,
      )}
    >
      {value}
    </span>
  );
}
