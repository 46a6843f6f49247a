import type { Terminal } from '@xterm/xterm';

/** Copies the selection on the platform's key, and says whether this key was it; without a selection it is the program's. */
export function isCopy(event: KeyboardEvent, terminal: Terminal): boolean {
  const copies =
    event.type === 'keydown' && event.key.toLowerCase() === 'c' && (event.metaKey || (event.ctrlKey && event.shiftKey));
  if (!copies || !terminal.hasSelection()) return false;
  void writeClipboard(terminal.getSelection());
  event.preventDefault();
  return true;
}

/** Puts text on the clipboard, as far as the browser lets us. */
export async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The page is not in front, or may not.
    return false;
  }
}
