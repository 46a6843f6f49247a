import { cx } from './cx.ts';

/** How much of something is done; `null` while nobody knows how much it is. */
export function Progress({ share, label, className }: { share: number | null; label: string; className?: string }) {
  const percent = share === null ? null : Math.round(Math.max(0, Math.min(1, share)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      {...(percent === null ? {} : { 'aria-valuenow': percent })}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cx('h-1 overflow-hidden rounded-full bg-track', className)}
    >
      <div
        className={cx('h-full bg-accent', percent === null && 'w-1/4 animate-pulse motion-reduce:animate-none')}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
