import { AArrowDown, AArrowUp, ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ClipboardPaste } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { tell } from '../app/ui-state.ts';
import { cx } from '../ui/cx.ts';
import type { LiveTerminal } from './live-terminal.ts';
import { zoom } from './terminal-settings.ts';

/** The keys a phone's keyboard does not have, in a row above it. Ctrl holds for the next letter. */
export function KeyRow({ live }: { live: LiveTerminal }) {
  const heldCtrl = useStore(live.state, (state) => state.heldCtrl);
  const arrow = (letter: string): string =>
    `\u001b${live.terminal.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`;
  const key = (label: string, face: ReactNode, data: string) => (
    <Key
      label={label}
      onPress={() => {
        live.type(data);
        live.terminal.focus();
      }}
    >
      {face}
    </Key>
  );
  return (
    <div
      role="toolbar"
      aria-label="Keys"
      className="flex shrink-0 gap-1 overflow-x-auto border-t border-hair bg-rail px-2 py-1.5"
    >
      {key('Esc', 'Esc', '\u001b')}
      {key('Tab', 'Tab', '\t')}
      <Key
        label="Ctrl, for the next letter"
        pressed={heldCtrl}
        onPress={() => {
          live.state.setState({ heldCtrl: !heldCtrl });
          live.terminal.focus();
        }}
      >
        Ctrl
      </Key>
      {key('^C, Ctrl C', '^C', '\u0003')}
      {key('Left', <ArrowLeft size={16} aria-hidden />, arrow('D'))}
      {key('Up', <ArrowUp size={16} aria-hidden />, arrow('A'))}
      {key('Down', <ArrowDown size={16} aria-hidden />, arrow('B'))}
      {key('Right', <ArrowRight size={16} aria-hidden />, arrow('C'))}
      {key('/ slash', '/', '/')}
      {key('- minus', '-', '-')}
      {key('| pipe', '|', '|')}
      {key('~ tilde', '~', '~')}
      <Key label="Paste" onPress={() => void pasteFromClipboard(live)}>
        <ClipboardPaste size={16} aria-hidden />
      </Key>
      <Key label="Smaller letters" onPress={() => zoom(-1)}>
        <AArrowDown size={16} aria-hidden />
      </Key>
      <Key label="Larger letters" onPress={() => zoom(1)}>
        <AArrowUp size={16} aria-hidden />
      </Key>
    </div>
  );
}

function Key({
  label,
  pressed,
  onPress,
  children,
}: {
  label: string;
  pressed?: boolean;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      // The keyboard stays open: the terminal keeps the focus.
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
      className={cx(
        'grid h-9 min-w-10 shrink-0 place-items-center rounded-3 px-2 font-mono text-sm ring-1 ring-inset ring-hair-strong',
        pressed ? 'bg-accent text-accent-fg' : 'bg-control text-ink active:bg-press',
      )}
    >
      {children}
    </button>
  );
}

/** Pastes what the clipboard holds; where the browser does not give it, says which key does. */
export async function pasteFromClipboard(live: LiveTerminal): Promise<void> {
  try {
    live.paste(await navigator.clipboard.readText());
    live.terminal.focus();
  } catch {
    tell('The browser does not let this page read the clipboard. Paste with the keyboard, or allow it for this page.');
    live.terminal.focus();
  }
}
