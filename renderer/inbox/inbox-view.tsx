import { useEffect, useRef, useState } from 'react';
import { useCommand } from '../app/commands.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { useInbox, useInboxSum } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { cx } from '../ui/cx.ts';
import { midnight } from '../ui/format.ts';
import { BatchDetail } from './batch-detail.tsx';
import { Calm } from './calm.tsx';
import { DecidedRow, PastDetail, useDecided } from './decided.tsx';
import { InboxList } from './inbox-list.tsx';
import { ItemDetail } from './item-detail.tsx';
import { useSelection } from './use-selection.ts';

/** What waits for a person: the list and, beside it, the chosen one with everything needed to decide. */
export function InboxView({ id }: { id: string | null }) {
  const items = useInbox();
  const { count, snoozed } = useInboxSum();
  const decided = useDecided();
  const [shows, setShows] = useState<'waiting' | 'decided'>('waiting');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const ready = useStore((state) => state.system !== null);
  const view = useRef<HTMLElement>(null);
  const { open, past, move, armed, isArmed } = useSelection(items, id);
  // What is over is no longer chosen.
  const batch = items.filter((item) => chosen.has(item.id));
  const clear = (): void => setChosen(new Set());
  const toggle = (itemId: string): void =>
    setChosen((all) => {
      const next = new Set(all);
      if (!next.delete(itemId)) next.add(itemId);
      return next;
    });

  useCommand('move.down', () => move(1), items.length > 0);
  useCommand('move.up', () => move(-1), items.length > 0);
  useCommand('select', () => open && toggle(open.id), open !== undefined);
  useCommand(
    'open',
    () => view.current?.querySelector<HTMLElement>('[aria-label="What is asked"]')?.focus(),
    // A question answers to that key itself.
    open !== undefined && open.kind !== 'question',
  );
  const choosing = batch.length > 0;
  useEffect(() => {
    if (!choosing) return;
    const listen = (event: KeyboardEvent): void => {
      if (
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        !document.querySelector('[role="dialog"], [role="menu"]')
      )
        setChosen(new Set());
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [choosing]);

  const today = midnight(useNow(60_000));
  const decidedToday = decided.filter((approval) => (approval.decidedAt ?? 0) >= today);
  const byRules = decidedToday.filter(({ decidedBy }) => decidedBy === 'rule').length;
  return (
    <main
      ref={view}
      data-armed={open ? armed : undefined}
      className="grid min-h-0 min-w-0 grid-rows-[minmax(0,1fr)_auto]"
    >
      <div className="grid min-h-0 grid-cols-[368px_minmax(0,1fr)] max-narrow:grid-cols-[264px_minmax(0,1fr)]">
        <section aria-label="Inbox" className="flex min-h-0 flex-col border-r border-hair">
          <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4">
            <h1 className="text-md font-strong tracking-[-.01em]">Inbox</h1>
            <fieldset aria-label="Show" className="flex gap-0.5">
              {(['waiting', 'decided'] as const).map((name) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={shows === name}
                  onClick={() => setShows(name)}
                  className={cx(
                    'focus-inset h-6 rounded-2 px-2 text-sm',
                    shows === name ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
                  )}
                >
                  {name === 'waiting' ? 'Waiting' : 'Decided'}{' '}
                  <span className="font-normal text-ink-3">{name === 'waiting' ? count : ''}</span>
                </button>
              ))}
            </fieldset>
            {snoozed > 0 && <span className="ml-auto text-sm text-ink-3">{snoozed} snoozed</span>}
          </div>
          {shows === 'decided' ? (
            <div className="min-h-0 flex-1 overflow-y-auto p-2">
              {decided.length === 0 && <p className="p-2 text-sm text-ink-3">Nothing was decided yet.</p>}
              {decided.map((approval) => (
                <DecidedRow key={approval.id} approval={approval} on={approval.id === past?.id} wide />
              ))}
            </div>
          ) : (
            <>
              <InboxList items={items} openId={open?.id ?? null} selected={chosen} onToggle={toggle} />
              {decidedToday.length > 0 && (
                <div className="shrink-0 border-t border-hair px-2 py-3">
                  <h2 className="px-2 pb-1 text-xs text-ink-3">
                    Decided today {decidedToday.length}
                    {byRules > 0 && `, of them ${byRules} by rules`}
                  </h2>
                  {decidedToday.slice(0, 4).map((approval) => (
                    <DecidedRow key={approval.id} approval={approval} on={approval.id === past?.id} />
                  ))}
                </div>
              )}
            </>
          )}
        </section>
        {choosing ? (
          <BatchDetail items={batch} onClear={clear} isArmed={isArmed} />
        ) : past ? (
          <PastDetail approval={past} />
        ) : open ? (
          <ItemDetail
            key={open.id}
            item={open}
            items={items}
            onSelect={(ids) => setChosen(new Set(ids))}
            isArmed={isArmed}
          />
        ) : ready ? (
          <Calm last={decided[0]} />
        ) : (
          <div />
        )}
      </div>
      <KeyBar
        hints={[
          [['move.down', 'move.up'], 'next, previous'],
          [['allow'], 'allow'],
          [['deny'], 'deny'],
          [['deny.why'], 'and say why'],
          [['edit'], 'edit'],
          [['scope'], 'how long'],
          [['select'], 'select'],
          [['snooze'], 'snooze'],
          [['open.worker'], 'open worker'],
        ]}
      />
    </main>
  );
}
