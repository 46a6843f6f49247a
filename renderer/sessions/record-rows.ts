import type { SessionRecord } from '../../shared/sessions.ts';

/** Records read at once. */
export const recordPageSize = 200;

/** The pages (from 0) that hold the records `first` to `last` (from 1) and are neither read nor being read. */
export function pagesWanted(first: number, last: number, total: number, known: ReadonlySet<number>): number[] {
  const wanted: number[] = [];
  const from = Math.floor((Math.max(1, first) - 1) / recordPageSize);
  const to = Math.floor((Math.min(total, last) - 1) / recordPageSize);
  for (let page = from; page <= to; page += 1) if (!known.has(page)) wanted.push(page);
  return wanted;
}

/** What is known of the records of a session: those that were read, by index. */
export interface RecordLook {
  /** The indexes that have a row of their own, in order. Records not read yet have one. */
  shown: number[];
  /** The record that holds what a call answered, by the call's id. */
  results: ReadonlyMap<string, SessionRecord>;
  /** The call a sub-agent was started by, by the call's id. */
  calls: ReadonlyMap<string, SessionRecord>;
  /** How many records a run of a sub-agent has, by the index of its first. */
  runs: ReadonlyMap<number, number>;
}

/**
 * Which records are shown. What a call answered is part of the call's own card; what a sub-agent did is one row until
 * `opened` has the call that started it. Empty thoughts have no row.
 */
export function lookAt(
  total: number,
  records: readonly (SessionRecord | undefined)[],
  opened: ReadonlySet<string>,
): RecordLook {
  const results = new Map<string, SessionRecord>();
  const calls = new Map<string, SessionRecord>();
  for (const record of records) {
    if (!record?.toolUseId) continue;
    if (record.role === 'tool') calls.set(record.toolUseId, record);
    else if (record.role === 'result') results.set(record.toolUseId, record);
  }
  const shown: number[] = [];
  const runs = new Map<number, number>();
  let run: { parent: string | null; first: number } = { parent: null, first: 0 };
  for (let index = 1; index <= total; index += 1) {
    const record = records[index];
    if (!record) {
      run = { parent: null, first: 0 };
      shown.push(index);
      continue;
    }
    const parent = record.parentToolUseId;
    if (parent === null) run = { parent, first: 0 };
    else if (run.parent === parent) runs.set(run.first, (runs.get(run.first) ?? 0) + 1);
    else {
      run = { parent, first: index };
      runs.set(index, 1);
    }
    const isHead = run.first === index;
    if (isHead) shown.push(index);
    else if (parent !== null && !opened.has(parent)) continue;
    else if (!isFolded(record, calls)) shown.push(index);
  }
  return { shown, results, calls, runs };
}

/** Whether a record has no row of its own: its call shows it, or there is nothing to show. */
export function isFolded(record: SessionRecord, calls: ReadonlyMap<string, SessionRecord>): boolean {
  if (record.turn || record.boundary) return false;
  if (record.role === 'result') return record.toolUseId !== null && calls.has(record.toolUseId);
  return record.role !== 'tool' && record.text.trim() === '';
}

/** The index whose row shows a record: its own, its call's, or that of the row before it. */
export function rowOf(index: number, look: RecordLook, records: readonly (SessionRecord | undefined)[]): number {
  const record = records[index];
  const call =
    record?.role === 'result' && record.toolUseId && isFolded(record, look.calls)
      ? look.calls.get(record.toolUseId)
      : undefined;
  return look.shown[placeOf(call?.index ?? index, look.shown)] ?? index;
}

/** The place of the last entry that is not above `index`; `shown` is in order. */
export function placeOf(index: number, shown: readonly number[]): number {
  let low = 0;
  let high = shown.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((shown[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
