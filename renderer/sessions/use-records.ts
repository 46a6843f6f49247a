import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { SessionId } from '../../shared/ids.ts';
import type { SessionRecord } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { lookAt, pagesWanted, type RecordLook, recordPageSize } from './record-rows.ts';

export interface Records {
  /** How many the session has; null until known. */
  total: number | null;
  /** Those that were read, by index. */
  records: readonly (SessionRecord | undefined)[];
  look: RecordLook;
  error: string | null;
  /** Has the records `first` to `last` read, if they were not. */
  want(first: number, last: number): void;
  retry(): void;
}

/** The records of a session, read in pages as they are wanted. `lastAt` changes when something was added to it. */
export function useRecords(id: string, lastAt: number | undefined, opened: ReadonlySet<string>): Records {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [state, setState] = useState<{ total: number | null; records: (SessionRecord | undefined)[] }>({
    total: null,
    records: [],
  });
  const [error, setError] = useState<string | null>(null);
  const known = useRef(new Set<number>());
  const total = useRef<number | null>(null);
  const ended = useRef<AbortController | null>(null);

  const read = useCallback(
    async (page: number): Promise<void> => {
      known.current.add(page);
      ended.current ??= new AbortController();
      const { signal } = ended.current;
      try {
        const answer = await connection.client.sessions.messages(
          { id: id as SessionId, after: page * recordPageSize, limit: recordPageSize },
          { signal },
        );
        if (signal.aborted) {
          known.current.delete(page);
          return;
        }
        total.current = answer.total;
        setState((before) => {
          const records = before.records.slice();
          for (const record of answer.items) records[record.index] = record;
          return { total: answer.total, records };
        });
        setError(null);
      } catch (problem) {
        known.current.delete(page);
        if (!signal.aborted) setError(errorText(problem));
      }
    },
    [connection, id],
  );

  useEffect(() => {
    if (epoch === 0) return;
    if (total.current === null) void read(0);
    return () => {
      ended.current?.abort();
      ended.current = null;
    };
  }, [read, epoch]);

  // What was added is at the end: the last page that was read partly is read again.
  const seenAt = useRef(lastAt);
  useEffect(() => {
    if (lastAt === undefined || seenAt.current === lastAt) return;
    const first = seenAt.current === undefined;
    seenAt.current = lastAt;
    if (!first && total.current !== null) void read(Math.floor(total.current / recordPageSize));
  }, [lastAt, read]);

  const want = useCallback(
    (first: number, last: number) => {
      if (total.current === null) return;
      for (const page of pagesWanted(first, last, total.current, known.current)) void read(page);
    },
    [read],
  );
  const retry = useCallback(() => {
    setError(null);
    if (total.current === null) void read(0);
  }, [read]);
  const look = useMemo(() => lookAt(state.total ?? 0, state.records, opened), [state, opened]);
  return { ...state, look, error, want, retry };
}
