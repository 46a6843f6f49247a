import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { Worker } from '../../shared/workers.ts';

/**
 * A card changes place only when nobody is in it: while the pointer or the focus is on the board the order of the cards
 * that are there stays; new ones come at the end.
 */
export function useSteady(workers: readonly Worker[], board: RefObject<HTMLElement | null>): readonly Worker[] {
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const latest = useRef(workers);
  latest.current = workers;
  useEffect(() => {
    const element = board.current;
    if (!element) return;
    const hold = (): void => setHeld((before) => before ?? latest.current.map((worker) => worker.id));
    const release = (): void => {
      if (!element.matches(':hover') && !element.contains(document.activeElement)) setHeld(null);
    };
    element.addEventListener('pointerenter', hold);
    element.addEventListener('focusin', hold);
    element.addEventListener('pointerleave', release);
    element.addEventListener('focusout', release);
    return () => {
      element.removeEventListener('pointerenter', hold);
      element.removeEventListener('focusin', hold);
      element.removeEventListener('pointerleave', release);
      element.removeEventListener('focusout', release);
    };
  });
  return useMemo(() => {
    if (!held) return workers;
    const place = new Map(held.map((id, index) => [id, index]));
    return [...workers].sort((a, b) => (place.get(a.id) ?? held.length) - (place.get(b.id) ?? held.length));
  }, [workers, held]);
}
