import { useNow } from '../data/clock.ts';
import { duration, exactTime } from '../ui/format.ts';

/** When something was used last, from where. */
export function LastUse({ at, from }: { at: number | null; from?: string | null }) {
  const now = useNow();
  if (at === null) return <span className="text-ink-3">never used</span>;
  return (
    <span className="figures" title={exactTime(at)}>
      {now - at < 60_000 ? 'now' : `${duration(now - at)} ago`}
      {from && <span className="text-ink-3"> from {from}</span>}
    </span>
  );
}

/** When something is over. */
export function Expiry({ at }: { at: number | null }) {
  const now = useNow();
  if (at === null) return <span className="text-ink-3">does not expire</span>;
  if (at <= now) return <span className="text-failed">expired</span>;
  const soon = at - now < 7 * 86_400_000;
  return (
    <span className={soon ? 'figures text-needs' : 'figures'} title={exactTime(at)}>
      {duration(at - now)} left
    </span>
  );
}
