import '@xterm/xterm/css/xterm.css';
import {
  ClipboardPaste,
  Copy,
  Eraser,
  ExternalLink,
  History,
  RotateCw,
  Search,
  Share2,
  SquareSplitHorizontal,
  SquareSplitVertical,
  TextSelect,
} from 'lucide-react';
import { ContextMenu } from 'radix-ui';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useStore as useVanilla } from 'zustand';
import type { TerminalId } from '../../shared/ids.ts';
import type { Terminal } from '../../shared/terminals.ts';
import { useApp } from '../app/app-context.ts';
import { chordOf, runCommand, useCommand } from '../app/commands.ts';
import { go } from '../app/router.ts';
import { showDialog } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { duration, exactTime } from '../ui/format.ts';
import { CommandKey } from '../ui/key-cap.tsx';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { ControlLines, ControlState } from './control-line.tsx';
import { FindBar } from './find-bar.tsx';
import { KeyRow, pasteFromClipboard } from './key-row.tsx';
import { Line } from './line.tsx';
import type { LiveState, LiveTerminal } from './live-terminal.ts';
import { mayDrive } from './own-control.ts';
import { poolOf } from './terminal-pool.ts';
import { zoom } from './terminal-settings.ts';

/**
 * A live terminal: its screen and scrollback, the keyboard unless `readOnly`, find, menu, and a line that says where it is,
 * how large, who types, and how it ended. The one that is `active` answers the commands for terminals.
 */
export function TerminalView({
  terminalId,
  readOnly = false,
  active = true,
  focus = false,
  onRestart,
}: {
  terminalId: TerminalId;
  readOnly?: boolean;
  active?: boolean;
  /** Takes the keyboard when it appears and whenever this becomes true. */
  focus?: boolean;
  /** Offered when the process has ended. */
  onRestart?: () => void;
}) {
  const { connection } = useApp();
  const place = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState<LiveTerminal | null>(null);
  const row = useStore((state) => state.rows.terminals[terminalId]);
  const workerId = row?.workerId ?? null;
  const folder = useStore((state) => (workerId ? (state.rows.workers[workerId]?.worktreePath ?? null) : null));

  useEffect(() => {
    const pool = poolOf(connection.terminals);
    const taken = pool.take(terminalId);
    if (place.current) taken.show(place.current, { readOnly, label: readOnly ? 'Terminal, for viewing' : 'Terminal' });
    setLive(taken);
    return () => {
      setLive(null);
      pool.release(terminalId);
    };
  }, [terminalId, connection, readOnly]);

  useEffect(() => {
    if (focus && live) live.terminal.focus();
  }, [focus, live]);

  useEffect(() => {
    live?.setFileOpener(
      workerId && folder
        ? { folder, open: (file) => go({ view: 'worker', id: workerId, tab: 'changes', file }) }
        : null,
    );
  }, [live, workerId, folder]);

  return (
    <section
      aria-label="Terminal"
      data-terminal
      className="relative flex h-full min-h-0 flex-col bg-term-bg"
      onKeyDownCapture={(event) => {
        const command = chordOf(event.nativeEvent);
        if (!command || !runCommand(command)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {live && <Above live={live} active={active} readOnly={readOnly} />}
      <Menu live={live} readOnly={readOnly}>
        <div ref={place} className="min-h-0 flex-1 overflow-hidden px-3 pt-2" />
      </Menu>
      {live && row && <Below live={live} row={row} readOnly={readOnly} onRestart={onRestart} />}
    </section>
  );
}

/** What stands over the screen: find, questions, news. */
function Above({ live, active, readOnly }: { live: LiveTerminal; active: boolean; readOnly: boolean }) {
  const [finding, setFinding] = useState(false);
  const state = useVanilla(live.state);
  const set = (part: Partial<LiveState>): void => live.state.setState(part);
  useCommand('terminal.find', () => setFinding(true), active);
  useCommand('terminal.clear', () => live.terminal.clear(), active);
  useCommand('terminal.larger', () => zoom(1), active);
  useCommand('terminal.smaller', () => zoom(-1), active);
  useCommand('terminal.normal', () => zoom(0), active);
  useCommand('terminal.share', () => showDialog({ kind: 'share-terminal', terminalId: live.id }), active);
  const closeFind = useCallback(() => {
    setFinding(false);
    live.terminal.focus();
  }, [live]);
  const answerPaste = (yes: boolean): void => {
    if (yes && state.pasteWish) live.terminal.paste(state.pasteWish.text);
    set({ pasteWish: null });
    live.terminal.focus();
  };
  return (
    <>
      {finding && <FindBar search={live.search} onClose={closeFind} />}
      {state.pasteWish && !readOnly && (
        <Line text={state.pasteWish.question} urgent>
          <Button size="sm" look="primary" autoFocus onClick={() => answerPaste(true)}>
            Paste
          </Button>
          <Button size="sm" onClick={() => answerPaste(false)}>
            Do not
          </Button>
        </Line>
      )}
      {state.clipboardWish !== null && (
        <Line
          text={`A program here wants to put ${state.clipboardWish.length.toLocaleString('en-US')} characters on your clipboard: “${excerpt(state.clipboardWish)}”`}
          urgent
        >
          <Button size="sm" onClick={() => live.answerClipboard('once')}>
            This once
          </Button>
          <Button size="sm" onClick={() => live.answerClipboard('always')}>
            Always here
          </Button>
          <Button size="sm" onClick={() => live.answerClipboard('never')}>
            Never here
          </Button>
        </Line>
      )}
      {state.skipped && (
        <Line text="Output was passed over because this page was far behind. The screen is the present one; the log has all of it.">
          <Button size="sm" onClick={() => set({ skipped: false })}>
            Dismiss
          </Button>
        </Line>
      )}
      <ControlLines live={live} active={active} readOnly={readOnly} />
      {state.refusal && (
        <Line text={state.refusal} urgent>
          <Button size="sm" onClick={() => set({ refusal: null })}>
            Dismiss
          </Button>
        </Line>
      )}
    </>
  );
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** The line under the screen, and on a phone the keys its keyboard lacks. */
function Below({
  live,
  row,
  readOnly,
  onRestart,
}: {
  live: LiveTerminal;
  row: Terminal;
  readOnly: boolean;
  onRestart: (() => void) | undefined;
}) {
  const state = useVanilla(live.state);
  const phone = useMedia('(max-width: 639.98px)');
  const now = useNow(15_000);
  const ended = row.state === 'exited';
  const exitCode = row.exitCode ?? state.exited?.exitCode ?? null;
  const lastAt = Math.max(row.lastActiveAt, state.wroteAt ?? 0);
  const idleMs = now - lastAt;
  return (
    <>
      <footer className="flex h-6 shrink-0 max-phone:h-10 items-center gap-3 border-t border-hair-soft bg-rail px-3 text-xs whitespace-nowrap text-ink-3">
        {state.link ? (
          <span className="min-w-0 flex-1 truncate">
            {/mac|iphone|ipad/i.test(navigator.platform) ? '⌘' : 'Ctrl'}-click opens{' '}
            <b className="font-medium text-ink-2">{state.link}</b>
          </span>
        ) : (
          <code className="min-w-0 flex-1 truncate text-ink-2" title={state.cwd ?? row.cwd}>
            {state.cwd ?? row.cwd}
          </code>
        )}
        {ended ? (
          <span
            className={exitCode ? 'text-failed' : 'text-ink-2'}
            title={row.endedAt ? exactTime(row.endedAt) : undefined}
          >
            {row.endReason ?? (exitCode === null ? 'ended' : `ended with code ${exitCode}`)}
          </span>
        ) : (
          <>
            {idleMs > 60_000 && <span title={`Last used ${exactTime(lastAt)}`}>idle {duration(idleMs)}</span>}
            <ControlState live={live} readOnly={readOnly} />
          </>
        )}
        <span className="figures max-phone:hidden" title="Columns and rows">
          {state.cols} × {state.rows}
        </span>
        <Button
          look="ghost"
          size="xs"
          icon={Share2}
          aria-label="Share a view of this terminal"
          className={row.recorded || (ended && onRestart) ? undefined : '-mr-2'}
          onClick={() => showDialog({ kind: 'share-terminal', terminalId: row.id })}
        />
        {row.recorded && (
          <Button
            look="ghost"
            size="xs"
            icon={History}
            aria-label="Play the recording"
            className={ended && onRestart ? undefined : '-mr-2'}
            onClick={() => go({ view: 'recording', id: row.id })}
          />
        )}
        {ended && onRestart && (
          <Button size="xs" icon={RotateCw} className="-mr-2" onClick={onRestart}>
            Restart
          </Button>
        )}
      </footer>
      {phone && !readOnly && !ended && mayDrive(state.control) && <KeyRow live={live} />}
    </>
  );
}

const menuItem =
  'flex h-8 items-center gap-2.5 rounded-2 px-2 text-ink outline-none data-[highlighted]:bg-active data-[disabled]:text-ink-off';

function Menu({ live, readOnly, children }: { live: LiveTerminal | null; readOnly: boolean; children: ReactNode }) {
  // What was under the pointer and what was selected when the menu was opened.
  const [on, setOn] = useState<{ selection: string; link: string | null }>({ selection: '', link: null });
  const item = (icon: ReactNode, name: string, run: () => void, command?: string, disabled = false) => (
    <ContextMenu.Item className={menuItem} disabled={disabled} onSelect={run}>
      <span className="text-ink-3" aria-hidden>
        {icon}
      </span>
      <span className="flex-1">{name}</span>
      {command && <CommandKey id={command} />}
    </ContextMenu.Item>
  );
  return (
    <ContextMenu.Root
      onOpenChange={(open) => {
        if (open && live) setOn({ selection: live.terminal.getSelection(), link: live.state.getState().link });
      }}
    >
      <ContextMenu.Trigger asChild disabled={!live}>
        {children}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content
          className="enter z-(--z-popover) min-w-56 rounded-3 bg-raised p-1 shadow-(--shadow-pop)"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            live?.terminal.focus();
          }}
        >
          {live && (
            <>
              {on.link &&
                item(<ExternalLink size={14} />, 'Open link', () => {
                  if (on.link) window.open(on.link, '_blank', 'noopener,noreferrer');
                })}
              {item(
                <Copy size={14} />,
                'Copy',
                () => void writeClipboard(on.selection),
                undefined,
                on.selection === '',
              )}
              {item(<ClipboardPaste size={14} />, 'Paste', () => void pasteFromClipboard(live), undefined, readOnly)}
              {item(<TextSelect size={14} />, 'Select all', () => live.terminal.selectAll())}
              <ContextMenu.Separator className="my-1 h-px bg-hair" />
              {item(<Search size={14} />, 'Find', () => runCommand('terminal.find'), 'terminal.find')}
              {item(<Eraser size={14} />, 'Clear', () => live.terminal.clear(), 'terminal.clear')}
              <ContextMenu.Separator className="my-1 h-px bg-hair" />
              {item(
                <SquareSplitHorizontal size={14} />,
                'New terminal to the right',
                () => runCommand('terminal.right'),
                'terminal.right',
              )}
              {item(
                <SquareSplitVertical size={14} />,
                'New terminal below',
                () => runCommand('terminal.below'),
                'terminal.below',
              )}
            </>
          )}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}
