import { isMac, useKeyOf } from '../app/commands.ts';
import { cx } from './cx.ts';

const signs: Record<string, string> = {
  mod: isMac ? '⌘' : 'Ctrl',
  Shift: isMac ? '⇧' : 'Shift',
  Alt: isMac ? '⌥' : 'Alt',
  Enter: '↵',
  Escape: 'Esc',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
};

/** A binding as people read it: "⌘K" or "Ctrl K". */
export function keyText(binding: string): string {
  return binding
    .split(' ')
    .map((chord) =>
      chord
        .split('+')
        .map((part) => signs[part] ?? part)
        .join(isMac ? '' : ' '),
    )
    .join(' ');
}

/** One key cap. */
export function KeyCap({ keys, bare = false, className }: { keys: string; bare?: boolean; className?: string }) {
  return (
    <kbd
      className={cx(
        'inline-flex h-4 min-w-4 shrink-0 items-center max-phone:hidden justify-center rounded-1 font-sans text-2xs font-medium whitespace-nowrap',
        bare ? 'tracking-wider' : 'px-1 ring-1 ring-inset',
        className ?? (bare ? 'text-ink-3' : 'text-ink-3 ring-hair-strong'),
      )}
    >
      {keyText(keys)}
    </kbd>
  );
}

/** The key of a command, if it has one. */
export function CommandKey({ id, bare, className }: { id: string; bare?: boolean; className?: string }) {
  const keys = useKeyOf(id);
  return keys ? <KeyCap keys={keys} bare={bare} className={className} /> : null;
}
