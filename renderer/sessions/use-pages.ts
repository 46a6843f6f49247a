import { useCallback, useRef, useState } from 'react';
import { errorText } from '../data/error-text.ts';
import { useOnChange } from '../ui/use-on-change.ts';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Pages<T, P extends Page<T>> {
  /** Null until the first one is there. */
  pages: readonly P[] | null;
  error: string | null;
  /** What is shown is not what was asked for: the answer is on its way. */
  stale: boolean;
  loadingMore: boolean;
  /** Reads the next page, if there is one and it is not being read. */
  more(): void;
  /** Reads the first page again, in the place of all that was read. */
  again(): void;
}

/**
 * Pages of something that is asked for by a cursor. Another `key` begins anew: what was shown stays until the answer is
 * there, and an answer to an older question is dropped. Null asks for nothing.
 */
export function usePages<T, P extends Page<T>>(
  key: string | null,
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
): Pages<T, P> {
  const [state, setState] = useState<{ key: string | null; pages: readonly P[] | null; error: string | null }>({
    key: null,
    pages: null,
    error: null,
  });
  const [loadingMore, setLoadingMore] = useState(false);
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const asked = useRef(0);
  const busy = useRef(false);

  // `round` asks the same question again.
  useOnChange(() => {
    if (key === null) return;
    asked.current += 1;
    const mine = asked.current;
    const ended = new AbortController();
    busy.current = false;
    setLoadingMore(false);
    latest.current(undefined, ended.signal).then(
      (page) => mine === asked.current && setState({ key, pages: [page], error: null }),
      (error: unknown) => {
        if (mine !== asked.current || ended.signal.aborted) return;
        setState((before) => ({ key, pages: before.key === key ? before.pages : null, error: errorText(error) }));
      },
    );
    return () => ended.abort();
  }, [key, round]);

  const cursor = state.pages?.at(-1)?.nextCursor ?? null;
  const more = useCallback(() => {
    if (busy.current || cursor === null || state.key !== key || state.error !== null) return;
    busy.current = true;
    setLoadingMore(true);
    const mine = asked.current;
    latest
      .current(cursor, new AbortController().signal)
      .then(
        (page) =>
          mine === asked.current &&
          setState((before) => ({ ...before, pages: [...(before.pages ?? []), page], error: null })),
        (error: unknown) => mine === asked.current && setState((before) => ({ ...before, error: errorText(error) })),
      )
      .finally(() => {
        if (mine !== asked.current) return;
        busy.current = false;
        setLoadingMore(false);
      });
  }, [cursor, key, state.key, state.error]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, stale: key !== null && state.key !== key, loadingMore, more, again };
}
