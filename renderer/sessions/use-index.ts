import { useEffect } from 'react';
import { create } from 'zustand';
import type { ContractClient } from '../../shared/contract.ts';
import type { IndexState } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

const useLook = create<{ index: IndexState | null; error: string | null }>(() => ({ index: null, error: null }));

let watching = 0;
let current: AbortController | null = null;

async function follow(client: ContractClient, signal: AbortSignal): Promise<void> {
  try {
    for await (const index of await client.sessions.watchIndex(undefined, { signal })) {
      if (signal.aborted) return;
      useLook.setState({ index, error: null });
    }
  } catch (error) {
    if (!signal.aborted) useLook.setState({ error: errorText(error) });
  }
}

/** How far the index is, live while the component is shown: one stream, however many look. */
export function useIndex(): { index: IndexState | null; error: string | null } {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  useEffect(() => {
    if (epoch === 0) return;
    watching += 1;
    if (!current) {
      current = new AbortController();
      void follow(connection.client, current.signal);
    }
    return () => {
      watching -= 1;
      if (watching > 0) return;
      current?.abort();
      current = null;
    };
  }, [connection, epoch]);
  return useLook();
}

/** Pauses the index, or lets it go on. */
export async function pauseIndex(client: ContractClient, paused: boolean): Promise<void> {
  try {
    useLook.setState({ index: await client.sessions.pauseIndex({ paused }), error: null });
  } catch (error) {
    useLook.setState({ error: errorText(error) });
  }
}
