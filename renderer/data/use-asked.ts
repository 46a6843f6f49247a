import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import { useApp } from '../app/app-context.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { errorText } from './error-text.ts';
import { useStore } from './store.ts';

export interface Asked<T> {
  value: T | null;
  error: string | null;
  /** Asks once more. */
  again: () => void;
}

/**
 * What a call answers, asked again when `key` changes. While a newer answer is awaited the last one stays, unless it is
 * about something else (`about`). One question is under way at a time: what changes meanwhile is asked for after it.
 */
export function useAsked<T>(
  about: string | null,
  key: string,
  ask: (client: ContractClient, signal: AbortSignal) => Promise<T>,
): Asked<T> {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [answer, setAnswer] = useState<{ about: string | null; value: T | null; error: string | null }>({
    about,
    value: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const line = useRef<{ about: string | null; busy: boolean; again: boolean }>({
    about: null,
    busy: false,
    again: false,
  });
  const ended = useRef<AbortController | null>(null);
  useOnChange(() => {
    if (about === null || epoch === 0) return;
    const state = line.current;
    if (state.busy && state.about === about) {
      state.again = true;
      return;
    }
    ended.current?.abort();
    const abort = new AbortController();
    ended.current = abort;
    const mine = { about, busy: true, again: false };
    line.current = mine;
    void (async () => {
      do {
        mine.again = false;
        try {
          const value = await latest.current(connection.client, abort.signal);
          if (abort.signal.aborted) return;
          setAnswer({ about, value, error: null });
        } catch (error) {
          if (abort.signal.aborted) return;
          setAnswer((before) => ({
            about,
            value: before.about === about ? before.value : null,
            error: errorText(error),
          }));
        }
      } while (mine.again);
      mine.busy = false;
    })();
  }, [about, key, epoch, turn, connection]);
  useEffect(() => () => ended.current?.abort(), []);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return useMemo(
    () => ({ ...(answer.about === about ? answer : { value: null, error: null }), again }),
    [answer, about, again],
  );
}
