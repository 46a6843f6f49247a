import { useEffect, useRef, useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import { wasDecidedHere } from '../app/actions.ts';
import { go } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { endedElsewhereWords } from './approval-words.ts';

/** What takes the place of a decided item is not decided by the same press of a key or a second click. */
const guardMs = 250;

export interface Selection {
  open: InboxItem | undefined;
  /** An item of the past that the address names. */
  past: Approval | undefined;
  move(step: number): void;
  /** The same as `isArmed`, for showing. */
  armed: boolean;
  /** Whether the open item has been there long enough to be meant. */
  isArmed(): boolean;
}

/**
 * Which item is open: the one the address names. When that one is decided, here or elsewhere, the one that took its place
 * is opened.
 */
export function useSelection(items: readonly InboxItem[], id: string | null): Selection {
  const approvals = useStore((state) => state.rows.approvals);
  const index = items.findIndex((item) => item.id === id);
  const last = useRef<{ id: string; index: number } | null>(null);
  const armedAt = useRef(0);
  const [armed, setArmed] = useState(true);
  const named = id === null ? undefined : approvals[id];
  const wasOpen = last.current !== null && last.current.id === id;
  // A request that is over is shown as such when somebody came for it, not when it ends before one's eyes.
  const past = named && named.state !== 'waiting' && !wasOpen ? named : undefined;
  const place = wasOpen ? (last.current?.index ?? 0) : 0;
  const open = items[index] ?? (past ? undefined : items[Math.min(place, items.length - 1)]);

  useEffect(() => {
    const before = last.current;
    if (before && before.id === id && index < 0) {
      const approval = approvals[before.id];
      if (approval && approval.state !== 'waiting' && !wasDecidedHere(approval.id)) {
        const worker = useStore.getState().rows.workers[approval.workerId];
        tell(endedElsewhereWords(approval, worker?.name));
      }
    }
    if (open) {
      last.current = { id: open.id, index: items.indexOf(open) };
      if (open.id !== id) {
        if (before) {
          armedAt.current = performance.now() + guardMs;
          setArmed(false);
        }
        // The address names what is open, so that what comes in above it does not take its place.
        go({ view: 'inbox', id: open.id }, true);
      }
    } else if (!past && id !== null) {
      last.current = null;
      go({ view: 'inbox', id: null }, true);
    }
  }, [open, past, id, index, items, approvals]);

  const openId = open?.id;
  // Each item that comes up by itself waits anew.
  useOnChange(() => {
    if (armed) return;
    const timer = setTimeout(() => setArmed(true), Math.max(0, armedAt.current - performance.now()));
    return () => clearTimeout(timer);
  }, [armed, openId]);

  return {
    open,
    armed,
    past,
    move(step) {
      const from = open ? items.indexOf(open) : -1;
      const next = items[Math.max(0, Math.min(items.length - 1, from + step))];
      if (next) go({ view: 'inbox', id: next.id }, true);
    },
    isArmed: () => performance.now() >= armedAt.current,
  };
}
