import type { Approval } from '../../shared/approvals.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { AskToNotify } from '../notifications/ask-to-notify.tsx';
import { duration, plural } from '../ui/format.ts';
import { StateMark } from '../ui/state-mark.tsx';
import { outcomeWords } from './approval-words.ts';

/** Nothing waits: how the room goes on, and what was decided last. */
export function Calm({ last }: { last: Approval | undefined }) {
  const now = useNow(60_000);
  const running = useStore(
    (state) => Object.values(state.rows.workers).filter((worker) => worker.state === 'working').length,
  );
  return (
    <div className="flex flex-col items-center justify-center gap-2 p-8 text-center">
      <StateMark mark="done" size={20} label={false} className="text-ink-3" />
      <h2 className="text-lg font-strong">Nothing waits</h2>
      <p className="max-w-[380px] text-ink-2">
        {running > 0
          ? `${plural(running, 'worker')} at work. What needs you appears here, and in the title of this page.`
          : 'What a worker may not do by itself appears here, with everything needed to decide.'}
      </p>
      {last && (
        <p className="max-w-full truncate text-sm text-ink-3">
          Last: <code>{last.summary.slice(0, 60)}</code>, {outcomeWords[last.state]}{' '}
          {duration(now - (last.decidedAt ?? last.createdAt))} ago
        </p>
      )}
      <AskToNotify />
    </div>
  );
}
