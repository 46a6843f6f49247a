import { type EffectCallback, useEffect, useLayoutEffect } from 'react';

/**
 * Runs `effect` at first and whenever one of `values` is another than before. They say when, not what it reads: it sees
 * everything as it is then. What it returns ends it, as with `useEffect`, which this is; `useEffect` itself stands where the
 * values are all that is read, and lint holds them to it.
 */
export const useOnChange: (effect: EffectCallback, values: readonly unknown[]) => void = useEffect;

/** The same before the browser paints. */
export const useLayoutOnChange: (effect: EffectCallback, values: readonly unknown[]) => void = useLayoutEffect;
