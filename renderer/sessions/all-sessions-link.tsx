import { ArrowLeft } from 'lucide-react';
import { hrefOf } from '../app/router.ts';

/** Back to the list, at the head of what it led to. */
export function AllSessionsLink() {
  return (
    <a
      href={hrefOf({ view: 'sessions', query: '' })}
      aria-label="All sessions"
      title="All sessions"
      className="-ml-1.5 grid size-7 shrink-0 place-items-center rounded-3 text-ink-3 hover:bg-hover hover:text-ink max-phone:size-10"
    >
      <ArrowLeft size={16} aria-hidden />
    </a>
  );
}
