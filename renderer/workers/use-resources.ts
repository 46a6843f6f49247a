import { useEffect } from 'react';
import { create } from 'zustand';
import type { ContractClient } from '../../shared/contract.ts';
import type { Resources } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';

export type Load = Resources['workers'][string];

/** What a worker's processes use now, and used at the last samples, oldest first. */
export interface LoadHistory {
  now: Load;
  cpu: readonly number[];
}

/** How many samples a sparkline keeps: some minutes. */
const keptSamples = 60;

const useLoads = create<Readonly<Record<string, LoadHistory>>>(() => ({}));

/** Adds a sample: workers that are not in it have no process any more. */
export function withSample(
  before: Readonly<Record<string, LoadHistory>>,
  sample: Resources,
): Readonly<Record<string, LoadHistory>> {
  return Object.fromEntries(
    Object.entries(sample.workers).map(([id, now]) => [
      id,
      { now, cpu: [...(before[id]?.cpu ?? []), now.cpuPercent].slice(-keptSamples) },
    ]),
  );
}

let watching = 0;
let current: AbortController | null = null;

/** Samples flow while somebody watches: one stream, however many views there are. Gives back what ends one's part. */
function watch(client: ContractClient): () => void {
  watching += 1;
  if (!current) {
    current = new AbortController();
    void follow(client, current.signal);
  }
  return () => {
    watching -= 1;
    if (watching > 0) return;
    current?.abort();
    current = null;
  };
}

async function follow(client: ContractClient, signal: AbortSignal): Promise<void> {
  try {
    for await (const sample of await client.workers.resources(undefined, { signal })) {
      if (signal.aborted) return;
      useLoads.setState(withSample(useLoads.getState(), sample), true);
    }
  } catch {
    // The connection ended, or nobody watches any more: what was measured is no longer true.
  }
  if (current === null || current.signal === signal) useLoads.setState({}, true);
}

/** Has CPU and memory of all workers measured while the component is shown in a page somebody looks at. */
export function useWatchResources(enabled = true): void {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  useEffect(() => {
    if (!enabled || epoch === 0) return;
    let end: (() => void) | null = null;
    const follow = (): void => {
      if (document.hidden) {
        end?.();
        end = null;
      } else end ??= watch(connection.client);
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      end?.();
    };
  }, [connection, epoch, enabled]);
}

/** What a worker's process tree uses; undefined while it is not measured or has no process. */
export function useLoad(workerId: string): LoadHistory | undefined {
  return useLoads((loads) => loads[workerId]);
}
