import { useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import { useApp } from '../app/app-context.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { errorText } from './error-text.ts';
import { useStore } from './store.ts';

/**
 * The newest of what a procedure tells again and again, while the component is shown; begun anew after a reconnect and when
 * `key` changes. `open` has to do the same for the same key.
 */
export function useStream<T>(
  key: string,
  open: (client: ContractClient, signal: AbortSignal) => Promise<AsyncIterable<T>>,
): { value: T | null; error: string | null } {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [told, setTold] = useState<{ key: string; value: T | null; error: string | null }>({
    key,
    value: null,
    error: null,
  });
  // The key stands for what is opened.
  useOnChange(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    void (async () => {
      try {
        for await (const value of await open(connection.client, ended.signal)) {
          if (ended.signal.aborted) return;
          setTold({ key, value, error: null });
        }
      } catch (error) {
        if (!ended.signal.aborted)
          setTold((before) => ({ key, value: before.key === key ? before.value : null, error: errorText(error) }));
      }
    })();
    return () => ended.abort();
  }, [connection, epoch, key]);
  return told.key === key ? told : { value: null, error: null };
}
