import { useCallback, useMemo, useRef, useState } from 'react';
import { changedLines, type DiffRow, holdsCursor, linesOf } from './diff-rows.ts';

/** Where the keyboard is in a difference: a hunk as a whole, or rows from `anchor` to `row`. */
interface Cursor {
  about: string;
  anchor: string;
  row: string;
  whole: boolean;
}

export interface DiffCursor {
  /** The rows it covers; none before it was first set. */
  rows: readonly DiffRow[];
  chosen: ReadonlySet<string>;
  /** Rows that were chosen one by one, not a hunk as a whole. */
  isLines: boolean;
  /** The hunk it is in, or the first one. */
  hunk: Extract<DiffRow, { kind: 'hunk' }> | null;
  press: (key: string, extend: boolean) => void;
  clear: () => void;
  /** One row down or up. */
  step: (by: 1 | -1, extend: boolean) => void;
  /** The next or previous hunk; false: there is none. */
  stepHunk: (by: 1 | -1) => boolean;
}

/** Keeps the place of the keyboard in the rows of a difference. `about`: the file. */
export function useCursor(about: string, rows: readonly DiffRow[], scrollTo: (index: number) => void): DiffCursor {
  const [held, setHeld] = useState<Cursor | null>(null);
  const places = useMemo(() => new Map(rows.map(({ key }, index) => [key, index])), [rows]);
  const cursor = held?.about === about && places.has(held.row) && places.has(held.anchor) ? held : null;
  const at = cursor ? (places.get(cursor.row) ?? -1) : -1;
  const anchor = cursor ? (places.get(cursor.anchor) ?? at) : -1;
  const covered = useMemo(
    () => (at < 0 ? [] : rows.slice(Math.min(at, anchor), Math.max(at, anchor) + 1).filter(holdsCursor)),
    [rows, at, anchor],
  );
  const chosen = useMemo(() => new Set(covered.map(({ key }) => key)), [covered]);

  const hunkOf = (index: number): number => {
    for (let one = index; one >= 0; one -= 1) if (rows[one]?.kind === 'hunk') return one;
    return rows.findIndex(({ kind }) => kind === 'hunk');
  };
  const hunkRow = rows[hunkOf(at)];

  // What keys do must not change with every drawing: rows are drawn again only when they change themselves.
  const latest = useRef({ rows, at, scrollTo });
  latest.current = { rows, at, scrollTo };
  const press = useCallback(
    (key: string, extend: boolean): void =>
      setHeld((before) => ({
        about,
        anchor: extend && before?.about === about ? before.anchor : key,
        row: key,
        whole: false,
      })),
    [about],
  );

  return {
    rows: covered,
    chosen,
    isLines: cursor !== null && !cursor.whole,
    hunk: hunkRow?.kind === 'hunk' ? hunkRow : null,
    press,
    clear: () => setHeld(null),
    step(by, extend) {
      let next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
      // From a whole hunk the first step stays where it began.
      if (cursor?.whole && !extend) next = at;
      while (rows[next] && !holdsCursor(rows[next])) next += by;
      const row = rows[next];
      if (!row) return;
      setHeld({ about, anchor: extend && cursor ? cursor.anchor : row.key, row: row.key, whole: false });
      scrollTo(next);
    },
    stepHunk(by) {
      const here = at < 0 ? -1 : hunkOf(at);
      const indexes = rows.flatMap(({ kind }, index) => (kind === 'hunk' ? [index] : []));
      const target = by > 0 ? indexes.find((index) => index > here) : indexes.findLast((index) => index < here);
      if (target === undefined) return false;
      let first = target + 1;
      while (rows[first] && rows[first]?.kind !== 'hunk' && changedLines([rows[first] as DiffRow]).length === 0)
        first += 1;
      const row = rows[first];
      if (!row || linesOf(row).length === 0) return false;
      setHeld({ about, anchor: row.key, row: row.key, whole: true });
      scrollTo(target);
      return true;
    },
  };
}
