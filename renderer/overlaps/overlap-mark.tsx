import { cx } from '../ui/cx.ts';

/** Two rings that share a part: what two workers have in common. */
export function OverlapIcon({ size = 14, title, className }: { size?: number; title?: string; className?: string }) {
  return (
    <span
      className={cx('inline-flex shrink-0', className)}
      {...(title ? { role: 'img', 'aria-label': title, title } : { 'aria-hidden': true })}
    >
      <svg
        viewBox="0 0 16 16"
        width={size}
        height={size}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        aria-hidden
      >
        <circle cx="5.6" cy="8" r="4.1" />
        <circle cx="10.4" cy="8" r="4.1" />
      </svg>
    </span>
  );
}
