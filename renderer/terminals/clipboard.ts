import type { Terminal } from '@xterm/xterm';
import { writeClipboard } from '../ui/write-clipboard.ts';

/** Copies the selection on the platform's key, and says whether this key was it; without a selection it is the program's. */
export function isCopy(event: KeyboardEvent, terminal: Terminal): boolean {
  const copies =
    event.type === 'keydown' && event.key.toLowerCase() === 'c' && (event.metaKey || (event.ctrlKey && event.shiftKey));
  if (!copies || !terminal.hasSelection()) return false;
  void writeClipboard(terminal.getSelection());
  event.preventDefault();
  return true;
}
