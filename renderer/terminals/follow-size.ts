import type { Terminal } from '@xterm/xterm';

/** Below this letters cannot be read: what does not fit is scrolled to instead. */
const smallestLetters = 8;

/** Room for the bar beside the lines. */
const barPx = 14;

/**
 * Makes the letters of one who watches so small that the driver's columns and rows fit, and no larger than the user likes
 * them. The element scrolls when they still do not.
 */
export function followSize(terminal: Terminal, host: HTMLElement, likedSize: number): void {
  const screen = terminal.element?.querySelector<HTMLElement>('.xterm-screen');
  const now = terminal.options.fontSize ?? likedSize;
  if (!screen || screen.offsetWidth === 0 || host.clientWidth === 0) return;
  const room = Math.min(
    (host.clientWidth - barPx) / (screen.offsetWidth / now),
    host.clientHeight / (screen.offsetHeight / now),
  );
  const size = Math.max(smallestLetters, Math.min(likedSize, Math.floor(room * 2) / 2));
  host.style.overflow = 'auto';
  if (size !== now) terminal.options.fontSize = size;
  // Wider than its place: it scrolls as a whole, so that no column is cut off.
  if (terminal.element) terminal.element.style.minWidth = `${screen.offsetWidth + barPx}px`;
}

/** Back to letters as the user likes them, and a terminal that fills its place. */
export function leadSize(terminal: Terminal, host: HTMLElement, likedSize: number): void {
  host.style.overflow = '';
  if (terminal.element) terminal.element.style.minWidth = '';
  if (terminal.options.fontSize !== likedSize) terminal.options.fontSize = likedSize;
}
