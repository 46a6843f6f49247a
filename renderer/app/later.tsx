import { type ComponentType, createElement, lazy, type ReactNode, Suspense } from 'react';

const loads: (() => Promise<unknown>)[] = [];

/**
 * A part of the page that is not needed for the first paint: loaded when it is first shown, or when the browser has
 * nothing to do (see `loadTheRest`), whichever comes first.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => ReactNode {
  loads.push(load);
  const Part = lazy(async () => ({ default: await load() }));
  return (props) => createElement(Suspense, { fallback: null }, createElement(Part, props as never));
}

/** Loads everything that was left for later, one after the other. */
export async function loadTheRest(): Promise<void> {
  for (const load of loads) await load();
}
