import { Clock, Gauge, KeyRound, type LucideIcon, Minimize2, OctagonX, RotateCw, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { useNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { useCompact } from './context-meter.tsx';
import { WorkerLimitEditor } from './limit-editor.tsx';
import { countdownWords, type Notice, type NoticeAction, noticesOf } from './worker-notices.ts';

const icons: Record<string, LucideIcon> = {
  retry: RotateCw,
  recovery: RotateCw,
  limit: Gauge,
  'limit-warning': Gauge,
  login: KeyRound,
  stall: Clock,
  context: Minimize2,
  ended: OctagonX,
};

const tones = {
  failed: { box: 'border-failed-line bg-failed-bg', icon: 'text-failed' },
  needs: { box: 'border-needs-line bg-needs-bg', icon: 'text-needs' },
  plain: { box: 'border-hair bg-surface', icon: 'text-ink-3' },
} as const;

/** Until when something happens by itself, counted in live seconds. */
export function Countdown({ countdown }: { countdown: NonNullable<Notice['countdown']> }) {
  const now = useNow();
  const leftMs = countdown.to - now;
  return (
    <span className="figures">
      {leftMs > 0 ? (
        <>
          {countdown.before} <b className="font-strong whitespace-nowrap">{countdownWords(leftMs)}</b>
        </>
      ) : (
        countdown.now
      )}
      , {countdown.after}.
    </span>
  );
}

/** What a person should know of a worker just now, each with the button that helps. */
export function NoticeBar({ worker, ended }: { worker: Worker; ended: boolean }) {
  const now = useNow(15_000);
  const notices = noticesOf(worker, now).filter((notice) => ended || notice.id !== 'ended');
  return (
    <>
      {notices.map((notice) => (
        <NoticeRow key={notice.id} worker={worker} notice={notice} />
      ))}
    </>
  );
}

function NoticeRow({ worker, notice }: { worker: Worker; notice: Notice }) {
  const [editing, setEditing] = useState(false);
  const Icon = icons[notice.id] ?? TriangleAlert;
  const { box, icon } = tones[notice.tone];
  return (
    <section aria-label={notice.text} className={cx('shrink-0 border-b px-4 py-2', box)}>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1.5">
        <Icon size={16} aria-hidden className={cx('mt-1 shrink-0', icon)} />
        <p role="status" className="min-w-[min(260px,60%)] flex-1 text-sm leading-6 wrap-anywhere">
          {notice.text} {notice.countdown && <Countdown countdown={notice.countdown} />}
          {notice.fix && <span className="text-ink-2"> {notice.fix}</span>}
        </p>
        <span className="flex flex-wrap gap-1.5 max-phone:w-full max-phone:[&>*]:h-11">
          {notice.actions.map((action, index) => (
            <ActionButton
              key={action}
              action={action}
              worker={worker}
              first={index === 0}
              editing={editing}
              onEdit={() => setEditing(!editing)}
            />
          ))}
        </span>
      </div>
      {editing && (
        <div className="mt-2 mb-1 pl-7 max-phone:pl-0">
          <WorkerLimitEditor worker={worker} onClose={() => setEditing(false)} />
        </div>
      )}
    </section>
  );
}

const linkLook =
  'inline-flex h-6 items-center rounded-3 bg-control px-2 text-sm font-medium ring-1 ring-inset ring-hair-strong hover:bg-active';

function ActionButton({
  action,
  worker,
  first,
  editing,
  onEdit,
}: {
  action: NoticeAction;
  worker: Worker;
  first: boolean;
  editing: boolean;
  onEdit: () => void;
}) {
  const { actions } = useApp();
  const pending = usePending((state) => state.workers[worker.id]);
  const doing = pending && pending.error === null ? pending.doing : null;
  const compact = useCompact(worker);
  const disabled = doing !== null;
  switch (action) {
    case 'resume':
    case 'resume-now':
      return (
        <Button size="sm" command="resume" disabled={disabled} onClick={() => void actions.resume(worker)}>
          {doing === 'resume' ? 'Resuming…' : action === 'resume' ? 'Resume' : 'Resume now'}
        </Button>
      );
    case 'do-not-resume':
      return (
        <Button size="sm" disabled={disabled} onClick={() => void actions.leaveEnded(worker)}>
          Do not resume
        </Button>
      );
    case 'stop-trying':
    case 'interrupt':
      return (
        <Button size="sm" command="interrupt" disabled={disabled} onClick={() => void actions.interrupt(worker)}>
          {doing === 'interrupt' ? 'Ending the turn…' : action === 'interrupt' ? 'Interrupt' : 'Stop trying'}
        </Button>
      );
    case 'raise-limit':
      return (
        <Button size="sm" aria-expanded={editing} look={first ? 'primary' : 'plain'} onClick={onEdit}>
          {worker.state === 'ended' || worker.state === 'waiting' ? 'Raise the limit…' : 'Change the limit…'}
        </Button>
      );
    case 'project-limits':
      return (
        <a href={hrefOf({ view: 'settings', section: 'limits' })} className={linkLook}>
          The project’s limits
        </a>
      );
    case 'day-limits':
      return (
        <a href={hrefOf({ view: 'settings', section: 'limits' })} className={linkLook}>
          The day’s limits
        </a>
      );
    case 'compact':
      return (
        <Button
          size="sm"
          disabled={disabled || compact.why !== null}
          title={compact.why ?? undefined}
          onClick={compact.start}
        >
          {compact.running ? 'Compacting…' : 'Compact'}
        </Button>
      );
    case 'set-aside':
      return (
        <Button size="sm" disabled={disabled} onClick={() => void actions.setAside(worker)}>
          Put aside
        </Button>
      );
  }
}
