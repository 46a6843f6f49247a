import '@xterm/xterm/css/xterm.css';
import { Eye, Unlink } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { TerminalId } from '../../shared/ids.ts';
import type { ShareEnding } from '../../shared/share-endings.ts';
import { BrandSign } from '../app/brand.tsx';
import { useTheme } from '../app/use-theme.ts';
import type { ShareConnection } from '../data/share-connection.ts';
import { Chip } from '../ui/chip.tsx';
import { plural } from '../ui/format.ts';
import type { LiveTerminal } from './live-terminal.ts';
import { poolOf } from './terminal-pool.ts';

const endings: Record<ShareEnding, { title: string; text: string }> = {
  unknown: { title: 'This link leads nowhere', text: 'It is incomplete, or the terminal it showed is gone.' },
  revoked: { title: 'This link was revoked', text: 'Whoever made it has ended it.' },
  expired: { title: 'This link has expired', text: 'It was made to hold for a time, and that is over.' },
  'used-up': { title: 'This link is used up', text: 'It was opened as often as it was made for.' },
  crowded: { title: 'Too many are looking', text: 'As many pages as a link can show have it open. Try again later.' },
  replaced: { title: 'Opened elsewhere', text: 'This page was opened once more, and goes on there.' },
};

/** What one who came by a link sees: a terminal, live, and no way to do anything in it. */
export function SharedView({ connection }: { connection: ShareConnection }) {
  const state = useStore(connection.state);
  useTheme();
  useEffect(() => {
    document.title = 'Shared terminal';
  }, []);
  if (state.status === 'over') return <Over reason={state.reason} />;
  const terminalId = state.status === 'connecting' ? null : state.terminalId;
  if (terminalId) return <Screen connection={connection} terminalId={terminalId} lost={state.status === 'lost'} />;
  return (
    <main className="grid h-dvh place-items-center p-6">
      <div role="status" className="grid justify-items-center gap-3 text-center text-ink-2">
        <BrandSign size={32} />
        {state.status === 'lost'
          ? 'Control Room does not answer. It is tried again by itself.'
          : 'Opening the terminal…'}
      </div>
    </main>
  );
}

function Over({ reason }: { reason: ShareEnding }) {
  const { title, text } = endings[reason];
  return (
    <main className="grid h-dvh place-items-center p-6">
      <div className="grid max-w-[380px] justify-items-center gap-2 text-center">
        <Unlink size={28} strokeWidth={1.6} aria-hidden className="mb-1 text-ink-3" />
        <h1 className="text-lg font-strong tracking-[-.014em]">{title}</h1>
        <p className="text-ink-2">{text}</p>
        {reason !== 'replaced' && <p className="text-sm text-ink-3">Ask whoever gave it to you for another one.</p>}
      </div>
    </main>
  );
}

function Screen({
  connection,
  terminalId,
  lost,
}: {
  connection: ShareConnection;
  terminalId: TerminalId;
  lost: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState<LiveTerminal | null>(null);
  useEffect(() => {
    const pool = poolOf(connection.terminals);
    const taken = pool.take(terminalId);
    if (place.current) taken.show(place.current, { readOnly: true, label: 'Shared terminal, for viewing' });
    setLive(taken);
    return () => {
      setLive(null);
      pool.release(terminalId);
    };
  }, [connection, terminalId]);
  return (
    <main className="flex h-dvh min-h-0 flex-col">
      {live ? <Head live={live} lost={lost} /> : <div className="h-(--viewbar-h) shrink-0" />}
      <section aria-label="Terminal" className="flex min-h-0 flex-1 flex-col bg-term-bg">
        <div ref={place} className="min-h-0 flex-1 overflow-hidden px-3 pt-2" />
      </section>
    </main>
  );
}

function Head({ live, lost }: { live: LiveTerminal; lost: boolean }) {
  const { control, exited, cols, rows, skipped } = useStore(live.state);
  const title = control?.title ?? '';
  useEffect(() => {
    if (title) document.title = `${title} · shared terminal`;
  }, [title]);
  const others = (control?.control.viewers.length ?? 1) - 1;
  return (
    <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 whitespace-nowrap">
      <BrandSign size={18} />
      <h1 className="min-w-0 truncate text-md font-strong tracking-[-.01em]">{title}</h1>
      <Chip>
        <Eye size={12} aria-hidden /> View only
      </Chip>
      <span role="status" className="ml-auto truncate text-sm text-ink-3">
        {lost ? (
          <b className="font-medium text-needs">Connection lost, trying again…</b>
        ) : exited ? (
          exited.exitCode === null ? (
            'Ended'
          ) : (
            `Ended with code ${exited.exitCode}`
          )
        ) : control?.control.driverId ? (
          'Live'
        ) : (
          'Live, nobody types'
        )}
        {skipped && ' · some output was passed over'}
      </span>
      {others > 0 && (
        <span className="text-sm text-ink-3 max-phone:hidden">{plural(others, 'other looks', 'others look')}</span>
      )}
      <span className="figures text-sm text-ink-3 max-phone:hidden" title="Columns and rows">
        {cols} × {rows}
      </span>
    </header>
  );
}
