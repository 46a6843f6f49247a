import { useCallback, useRef, useState } from 'react';
import { errorText } from './error-text.ts';

/** Something a button does: what is under way, and what went wrong with the last try. */
export interface Doing {
  /** The name of what is under way. */
  busy: string | null;
  error: string | null;
  /** Does one thing at a time; answers what it gave, or null when it failed or something else was under way. */
  run: <T>(name: string, call: () => Promise<T>) => Promise<T | null>;
  clear: () => void;
}

export function useDoing(): Doing {
  const [state, setState] = useState<{ busy: string | null; error: string | null }>({ busy: null, error: null });
  const busy = useRef(false);
  const run = useCallback(async <T>(name: string, call: () => Promise<T>): Promise<T | null> => {
    if (busy.current) return null;
    busy.current = true;
    setState({ busy: name, error: null });
    try {
      const value = await call();
      setState({ busy: null, error: null });
      return value;
    } catch (error) {
      setState({ busy: null, error: errorText(error) });
      return null;
    } finally {
      busy.current = false;
    }
  }, []);
  const clear = useCallback(() => setState((before) => ({ ...before, error: null })), []);
  return { ...state, run, clear };
}
