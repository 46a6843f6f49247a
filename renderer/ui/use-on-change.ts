import { type EffectCallback, useEffect, useLayoutEffect } from 'react';

/**
 * Runs `effect` at first and whenever one of `values` is another than before. They say when, not what it reads: it sees
 * everything as it is then. What it returns ends it, as with `useEffect`.
 */
export function useOnChange(effect: EffectCallback, values: readonly unknown[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says when
  useEffect(effect, values);
}

/** The same before the browser paints. */
export function useLayoutOnChange(effect: EffectCallback, values: readonly unknown[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says when
  useLayoutEffect(effect, values);
}
