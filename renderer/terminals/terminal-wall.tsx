import { Maximize2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { TerminalId } from '../../shared/ids.ts';
import type { Terminal } from '../../shared/terminals.ts';
import { go } from '../app/router.ts';
import { useTerminalPreview, useVisible } from '../board/miniature.tsx';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { isEarlierRun } from './earlier-runs.ts';
import { NoTerminals } from './no-terminals.tsx';
import { folderName, TerminalMark, useTerminalName } from './terminal-name.tsx';
import { TerminalView } from './terminal-view.tsx';

/** Every terminal at a glance. One of them is live and has the keyboard; the others are pictures, a few a second. */
export function TerminalWall() {
  const { terminals, workers } = useStore((state) => state.rows);
  const [focused, setFocused] = useState<string | null>(null);
  const rows = useMemo(
    () =>
      Object.values(terminals)
        .filter((terminal) => !isEarlierRun(terminal, workers))
        .sort((a, b) => Number(a.state === 'exited') - Number(b.state === 'exited') || a.createdAt - b.createdAt),
    [terminals, workers],
  );
  useEffect(() => {
    if (focused === null) return;
    const leave = (event: PointerEvent): void => {
      if (event.target instanceof Element && !event.target.closest('[data-tile], [role="menu"], [role="dialog"]'))
        setFocused(null);
    };
    window.addEventListener('pointerdown', leave);
    return () => window.removeEventListener('pointerdown', leave);
  }, [focused]);
  if (rows.length === 0) return <NoTerminals />;
  return (
    <div className="grid min-h-0 flex-1 auto-rows-[minmax(220px,1fr)] grid-cols-[repeat(auto-fill,minmax(min(100%,380px),1fr))] gap-2 overflow-y-auto p-2">
      {rows.map((terminal) => (
        <Tile
          key={terminal.id}
          terminal={terminal}
          live={focused === terminal.id}
          onFocus={() => setFocused(terminal.id)}
        />
      ))}
    </div>
  );
}

function Tile({ terminal, live, onFocus }: { terminal: Terminal; live: boolean; onFocus: () => void }) {
  const name = useTerminalName(terminal);
  const [ref, visible] = useVisible<HTMLElement>();
  const open = (): void => go({ view: 'terminal', id: terminal.id });
  return (
    <article
      ref={ref}
      data-tile
      aria-label={name}
      className={cx(
        'flex min-h-0 min-w-0 flex-col overflow-hidden rounded-3 bg-term-bg ring-1 ring-inset',
        live ? 'ring-accent' : 'ring-hair hover:ring-hair-strong',
      )}
    >
      <header className="flex h-7 shrink-0 items-center gap-2 border-b border-hair-soft bg-rail pr-1 pl-2.5 text-sm">
        <TerminalMark terminal={terminal} />
        <b className="shrink-0 truncate font-medium">{name}</b>
        <span className="min-w-0 flex-1 truncate font-mono text-2xs text-ink-3" title={terminal.cwd}>
          {folderName(terminal.cwd)}
        </span>
        {terminal.state === 'exited' && (
          <span className="shrink-0 text-xs text-ink-3">
            ended{terminal.exitCode === null ? '' : ` with ${terminal.exitCode}`}
          </span>
        )}
        <Button look="ghost" size="xs" icon={Maximize2} aria-label={`Open ${name}`} onClick={open} />
      </header>
      <div className="relative min-h-0 flex-1">
        {live ? (
          <TerminalView terminalId={terminal.id as TerminalId} readOnly={terminal.state === 'exited'} focus />
        ) : (
          <button
            type="button"
            aria-label={`Type in ${name}`}
            className="focus-inset absolute inset-0 block w-full overflow-hidden text-left"
            onClick={onFocus}
            onDoubleClick={open}
          >
            <Picture terminal={terminal} active={visible} />
          </button>
        )}
      </div>
    </article>
  );
}

function Picture({ terminal, active }: { terminal: Terminal; active: boolean }) {
  const lines = useTerminalPreview(terminal.id, active);
  return (
    <span className="miniature flex h-full items-end px-3 pb-2" aria-hidden>
      <span className="flex w-full items-end overflow-hidden">
        <span className="fade-right block w-full overflow-hidden font-mono text-xs leading-4 text-term-fg">
          {(lines ?? []).map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line of a screen has no other identity than its place
            <span key={index} className="block min-h-4 whitespace-pre">
              {line}
            </span>
          ))}
        </span>
      </span>
    </span>
  );
}
