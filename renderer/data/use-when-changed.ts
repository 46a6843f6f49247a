import { type EffectCallback, useEffect, useRef } from 'react';

/**
 * Runs `act` with `value` after the first drawing and each time the value is another one; what it gives runs before the next
 * time and at the end. `act` sees everything as it is then, and nothing else makes it run.
 */
export function useWhenChanged<T>(value: T, act: (value: T) => ReturnType<EffectCallback>): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => latest.current(value), [value]);
}
