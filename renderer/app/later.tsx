import { type ComponentType, createElement, lazy, type ReactNode, Suspense, useState } from 'react';

const loads: (() => Promise<unknown>)[] = [];

/** A part of the page that can be asked for before it is shown. */
export interface LaterPart<Props> {
  (props: Props): ReactNode;
  load(): Promise<unknown>;
}

/**
 * A part of the page that is not needed for the first paint: loaded when it is first shown, or when the browser has
 * nothing to do (see `loadTheRest`), whichever comes first. One that is there is drawn at once: React waits for 300 ms
 * until it shows what it has once waited for.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): LaterPart<Props> {
  let there: ComponentType<Props> | undefined;
  const loadNow = async (): Promise<ComponentType<Props>> => {
    there = await load();
    return there;
  };
  loads.push(loadNow);
  const Part = lazy(async () => ({ default: await loadNow() }));
  function Later(props: Props): ReactNode {
    // What has begun to wait for it goes on as it began: another kind of element would be made anew.
    const [Ready] = useState(() => there);
    if (Ready) return createElement(Ready, props);
    return createElement(Suspense, { fallback: null }, createElement(Part, props as never));
  }
  return Object.assign(Later, { load: loadNow });
}

/** Loads everything that was left for later, one after the other. */
export async function loadTheRest(): Promise<void> {
  for (const load of loads) await load();
}
