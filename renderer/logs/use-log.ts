import { useCallback, useEffect, useRef, useState } from 'react';
import type { LogEntry } from '../../shared/logs.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { filterOf, type LogQuery, readLogQuery, writeLogQuery } from './log-query.ts';

const pageSize = 300;
/** A page that is asked for and finds little looks further back by itself, so often. */
const pagesAtOnce = 5;
/** So many entries are held; the oldest go beyond it. */
const mostHeld = 20_000;

interface Held {
  /** Oldest first. */
  entries: readonly LogEntry[];
  /** Where what is older goes on; null: there is none. */
  older: string | null;
  /** Written since one looks at older ones. */
  pending: readonly LogEntry[];
  /** Came faster than they could be shown. */
  skipped: number;
  loaded: boolean;
}

const nothing: Held = { entries: [], older: null, pending: [], skipped: 0, loaded: false };

/** The log as a query wants it, live at its end. While `paused` new entries wait. */
export function useLog(query: LogQuery, paused: boolean) {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [held, setHeld] = useState<Held>(nothing);
  const [error, setError] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const pausedNow = useRef(paused);
  pausedNow.current = paused;
  const key = writeLogQuery(query);

  const readOlder = useCallback(
    async (cursor: string | null, signal: AbortSignal): Promise<void> => {
      const filter = filterOf(readLogQuery(key));
      setLoading(true);
      try {
        let next = cursor;
        for (let page = 0; page < pagesAtOnce; page += 1) {
          const { items, nextCursor } = await connection.client.logs.list(
            { ...filter, limit: pageSize, ...(next === null ? {} : { cursor: next }) },
            { signal },
          );
          if (signal.aborted) return;
          setHeld((before) => {
            const known = new Set(before.entries.map(({ id }) => id));
            const fresh = items.filter(({ id }) => !known.has(id)).reverse();
            return { ...before, entries: [...fresh, ...before.entries], older: nextCursor, loaded: true };
          });
          next = nextCursor;
          if (nextCursor === null || items.length > 0) break;
        }
        setError(null);
      } catch (problem) {
        if (!signal.aborted) setError(errorText(problem));
      } finally {
        if (!signal.aborted) setLoading(false);
      }
    },
    [connection, key],
  );

  const current = useRef<AbortController | null>(null);
  useEffect(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    current.current = ended;
    setHeld(nothing);
    void (async () => {
      try {
        let isFirst = true;
        const filter = filterOf(readLogQuery(key));
        for await (const { entries, skipped } of await connection.client.logs.follow(filter, {
          signal: ended.signal,
        })) {
          if (ended.signal.aborted) return;
          // From here on nothing is missed: what is there already can be read.
          if (isFirst) void readOlder(null, ended.signal);
          isFirst = false;
          setHeld((before) => withNew(before, entries, skipped, pausedNow.current));
        }
      } catch (problem) {
        if (!ended.signal.aborted) setError(errorText(problem));
      }
    })();
    return () => ended.abort();
  }, [connection, epoch, key, readOlder]);

  // What waited is shown when one comes back to the end.
  useEffect(() => {
    if (!paused)
      setHeld((before) =>
        before.pending.length > 0 ? withNew({ ...before, pending: [] }, before.pending, 0, false) : before,
      );
  }, [paused]);

  return {
    ...held,
    error,
    loading,
    loadOlder(): void {
      if (loading || held.older === null || !current.current) return;
      void readOlder(held.older, current.current.signal);
    },
  };
}

function withNew(before: Held, entries: readonly LogEntry[], skipped: number, paused: boolean): Held {
  if (entries.length === 0 && skipped === 0) return before;
  const counted = { ...before, skipped: before.skipped + skipped };
  if (paused) return { ...counted, pending: [...before.pending, ...entries].slice(-mostHeld) };
  const known = new Set(before.entries.slice(-entries.length - pageSize).map(({ id }) => id));
  const all = [...before.entries, ...entries.filter(({ id }) => !known.has(id))];
  // What went at the front is no longer where the next older page ends.
  return all.length > mostHeld
    ? { ...counted, entries: all.slice(-mostHeld / 2), older: null }
    : { ...counted, entries: all };
}
