import { useSyncExternalStore } from 'react';
import { useStore } from './store.ts';

/** A clock that all relative times of the page share. It ticks once a second while somebody looks. */
const ticking = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

function tick(): void {
  if (document.hidden) return;
  nowMs = Date.now();
  for (const listener of ticking) listener();
}

function subscribe(listener: () => void): () => void {
  ticking.add(listener);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
  }
  return () => {
    ticking.delete(listener);
    if (ticking.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', tick);
  };
}

/**
 * The orchestrator's time now, in epoch milliseconds. Changes every `everyMs` (a second by default), so that a view that
 * only needs minutes is not drawn again each second.
 */
export function useNow(everyMs = 1000): number {
  const skew = useStore((state) => state.clockSkewMs);
  const at = useSyncExternalStore(subscribe, () => Math.floor(nowMs / everyMs) * everyMs);
  // A view that rounds down must still see what happened inside its own step.
  return (everyMs > 1000 ? at + everyMs - 1 : at) + skew;
}

/** The orchestrator's time now, outside of rendering. */
export function serverNow(): number {
  return Date.now() + useStore.getState().clockSkewMs;
}
