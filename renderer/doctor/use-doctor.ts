import { useCallback, useEffect, useRef, useState } from 'react';
import type { DoctorFinding, DoctorGroup } from '../../shared/doctor.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

/** One thing that is looked at, or was. */
export interface DoctorRow {
  id: string;
  title: string;
  group: DoctorGroup;
  /** Null while it is looked at. */
  finding: DoctorFinding | null;
}

interface Looked {
  rows: readonly DoctorRow[];
  /** When all of it was seen; null while it is looked. */
  at: number | null;
}

/** Looks at everything when it is shown and when told to; findings come as they are found. */
export function useDoctor() {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [looked, setLooked] = useState<Looked>({ rows: [], at: null });
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const current = useRef<AbortController | null>(null);

  const look = useCallback(async (): Promise<void> => {
    current.current?.abort();
    const ended = new AbortController();
    current.current = ended;
    setBusy(true);
    setError(null);
    try {
      for await (const progress of await connection.client.doctor.run(undefined, { signal: ended.signal })) {
        if (ended.signal.aborted) return;
        setLooked((before) => {
          // What was found before stays until it is found anew: nothing jumps.
          if (progress.type === 'begins')
            return {
              at: before.at,
              rows: [
                ...progress.checks.map((check) => ({
                  ...check,
                  finding: before.rows.find(({ id }) => id === check.id)?.finding ?? null,
                })),
                ...before.rows.filter(({ id }) => !progress.checks.some((check) => check.id === id)),
              ],
            };
          if (progress.type === 'ends') return { ...before, at: progress.at };
          const { finding } = progress;
          const row: DoctorRow = { id: finding.id, title: finding.title, group: finding.group, finding };
          const isKnown = before.rows.some(({ id }) => id === finding.id);
          return {
            ...before,
            rows: isKnown ? before.rows.map((one) => (one.id === finding.id ? row : one)) : [...before.rows, row],
          };
        });
      }
    } catch (problem) {
      if (!ended.signal.aborted) setError(errorText(problem));
    } finally {
      if (current.current === ended) setBusy(false);
    }
  }, [connection]);

  useEffect(() => {
    if (epoch === 0) return;
    void look();
    return () => current.current?.abort();
  }, [look, epoch]);

  return {
    ...looked,
    error,
    busy,
    look,
    cancel(): void {
      current.current?.abort();
      current.current = null;
      setBusy(false);
    },
  };
}
