import { useEffect } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { useStore } from '../data/store.ts';
import { waitingApproval } from '../data/worker-state.ts';

/** Numbers answer the selected worker's question. */
export function useOptionKeys(selected: Worker | null): void {
  useEffect(() => {
    if (!selected) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-3]$/.test(event.key)) return;
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [role="dialog"], .xterm')
      )
        return;
      const approval = waitingApproval(useStore.getState().rows.approvals, selected.id);
      if (approval?.kind !== 'question') return;
      const button = document.querySelector<HTMLButtonElement>(
        `[data-worker="${selected.id}"] button:nth-of-type(${event.key})`,
      );
      button?.click();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [selected]);
}
