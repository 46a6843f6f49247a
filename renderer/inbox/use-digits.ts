import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';

/** Answers the keys 1 to 9 while shown, except where somebody types, in dialogs and in terminals. */
export function useDigits(handle: (digit: number) => boolean, enabled = true): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (!/^[1-9]$/.test(event.key) || document.querySelector('[role="dialog"], [role="menu"]')) return;
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, .xterm, [data-terminal]')
      )
        return;
      // The next key may follow at once, and must meet what this one chose.
      if (flushSync(() => latest.current(Number(event.key)))) event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [enabled]);
}
