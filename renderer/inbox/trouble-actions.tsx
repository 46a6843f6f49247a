import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Worker } from '../../shared/workers.ts';
import { usePending, type WorkerAction } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { LinkButton } from './detail-parts.tsx';
import { RaiseLimitForm } from './raise-limit.tsx';
import { SnoozeMenu } from './snooze-menu.tsx';

interface Act {
  label: string;
  run: () => void;
  doing?: WorkerAction;
  /** Why it cannot be done now. */
  not?: string | null;
}

const doingWords: Record<WorkerAction, string> = {
  interrupt: 'Interrupting…',
  stop: 'Stopping…',
  resume: 'Resuming…',
  switch: 'Switching…',
  remove: 'Removing…',
  aside: 'Putting aside…',
  compact: 'Compacting…',
  leave: 'Leaving it…',
  limits: 'Raising…',
};

/** What can be done about a trouble of a worker: the first act is the one that helps. */
export function TroubleActions({
  item,
  worker,
  touch = false,
  isArmed,
}: {
  item: InboxItem;
  worker: Worker;
  touch?: boolean;
  isArmed: () => boolean;
}) {
  const { actions } = useApp();
  const pending = usePending((state) => state.workers[worker.id]);
  const may = useStore((state) => allows(state.access, 'reply'));
  const [raising, setRaising] = useState(false);
  const busy = pending !== undefined && pending.error === null;
  const ended = worker.state === 'ended';
  const running = worker.state === 'working' || worker.state === 'waiting';
  const size = touch ? 'touch' : 'lg';

  const resume: Act = { label: 'Resume', run: () => void actions.resume(worker), doing: 'resume' };
  const stop: Act = { label: 'Stop the worker', run: () => void actions.stop(worker), doing: 'stop' };
  const interrupt: Act = {
    label: 'Interrupt its turn',
    run: () => void actions.interrupt(worker),
    doing: 'interrupt',
    not: running ? null : 'It has no turn to interrupt.',
  };
  const raise: Act = { label: 'Raise the limit', run: () => setRaising(true) };
  const acts = ((): Act[] => {
    switch (item.kind) {
      case 'crash':
      case 'failed':
      case 'setup':
      case 'login':
        if (!ended) return [stop];
        return worker.recovery.nextAt === null
          ? [{ ...resume, label: item.kind === 'setup' ? 'Try again' : 'Resume' }]
          : [
              { ...resume, label: 'Resume now' },
              { label: 'Stop trying', run: () => void actions.leaveEnded(worker), doing: 'leave' },
            ];
      case 'stall':
        return [interrupt, stop];
      case 'limit':
        return ended ? [raise] : [raise, stop];
      case 'limit-warning':
        return [raise];
      case 'retry':
        return [interrupt, stop];
      case 'context':
        return [
          {
            label: 'Compact its conversation',
            run: () => void actions.compact(worker),
            doing: 'compact',
            not: worker.state === 'idle' ? null : 'Only between turns: wait until it is idle, or interrupt its turn.',
          },
        ];
      default:
        return [];
    }
  })();
  // Keys that end a turn are their own: the key that allows never does.
  const hasFirst = item.kind !== 'stall' && item.kind !== 'retry' && acts[0]?.doing !== 'stop';
  const first = hasFirst ? acts[0] : undefined;
  const others = hasFirst ? acts.slice(1) : acts;
  const aside = (): void => {
    if (isArmed()) void actions.dismiss(item);
  };
  const runFirst = (): void => {
    if (first && !first.not && isArmed()) first.run();
  };
  const active = may && !busy && !raising;
  useCommand('allow', runFirst, active && first !== undefined);
  useCommand('aside', aside, active);
  useCommand('resume', () => void actions.resume(worker), active && ended);
  useCommand('stop', () => void actions.stop(worker), active && !ended);
  useCommand('interrupt', () => void actions.interrupt(worker), active && running);

  const keyOf = ({ doing }: Act): string | undefined =>
    doing === 'stop' || doing === 'interrupt' || doing === 'resume' ? doing : undefined;
  if (raising) return <RaiseLimitForm worker={worker} touch={touch} onDone={() => setRaising(false)} />;
  return (
    <div className="grid gap-2.5">
      {pending?.error && <Problem>{pending.error}</Problem>}
      {first?.not && <p className="text-sm text-ink-3">{first.not}</p>}
      <div className="flex flex-wrap items-center gap-2">
        {first && (
          <Button
            look="primary"
            size={size}
            command="allow"
            disabled={busy || !may || Boolean(first.not)}
            onClick={runFirst}
            className={cx(touch && 'w-full')}
          >
            {busy && pending.doing === first.doing ? doingWords[pending.doing] : first.label}
          </Button>
        )}
        {others.map((act) => (
          <Button
            key={act.label}
            size={size}
            command={keyOf(act)}
            disabled={busy || !may || Boolean(act.not)}
            title={act.not ?? undefined}
            onClick={act.run}
            className={cx(touch && 'flex-1')}
          >
            {busy && act.doing && pending.doing === act.doing ? doingWords[act.doing] : act.label}
          </Button>
        ))}
        {(item.kind === 'login' || item.kind === 'setup') && (
          <LinkButton size={size} href={hrefOf({ view: 'doctor' })}>
            Open the doctor
          </LinkButton>
        )}
        {worker.terminalId && (
          <LinkButton size={size} href={hrefOf({ view: 'worker', id: worker.id, tab: 'terminal', file: null })}>
            Open its terminal
          </LinkButton>
        )}
        <Button size={size} command="aside" disabled={!may} onClick={aside} className={cx(touch && 'flex-1')}>
          Put aside
        </Button>
        <SnoozeMenu items={[item]} size={size} className={touch ? 'flex-1' : 'ml-auto'} />
      </div>
    </div>
  );
}
