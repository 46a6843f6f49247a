import type { ContractClient } from '../../shared/contract.ts';
import { midnight } from '../ui/format.ts';

export type UsagePoint = Awaited<ReturnType<ContractClient['sessions']['usage']>>['items'][number];
export type UsageBy = 'day' | 'project' | 'worker' | 'model';

export const usageDays = ['7', '30', '90', '365'] as const;

/** What the usage view shows, as its link holds it. */
export interface UsageQuery {
  by: UsageBy;
  /** The last so many days, today included. */
  days: (typeof usageDays)[number];
  measure: 'cost' | 'tokens';
}

const bys = ['day', 'project', 'worker', 'model'] as const;

export function parseUsage(text: string): UsageQuery {
  const given = new URLSearchParams(text);
  return {
    by: bys.find((by) => by === given.get('by')) ?? 'day',
    days: usageDays.find((days) => days === given.get('days')) ?? '30',
    measure: given.get('measure') === 'tokens' ? 'tokens' : 'cost',
  };
}

export function usageText({ by, days, measure }: UsageQuery): string {
  return new URLSearchParams({
    ...(by === 'day' ? {} : { by }),
    ...(days === '30' ? {} : { days }),
    ...(measure === 'cost' ? {} : { measure }),
  }).toString();
}

/** Tokens of every kind together. */
export function tokensOf({ usage }: Pick<UsagePoint, 'usage'>): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** A moment's local day as the contract names it: "2026-11-21". */
export function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** The days up to today, oldest first, each with its key; those without any use are there too. */
export function daysUpTo(now: number, count: number): { key: string; at: number }[] {
  const today = new Date(midnight(now));
  return Array.from({ length: count }, (_, place) => {
    // By calendar, not by 24 hours: not every day is as long.
    const at = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1 - place)).getTime();
    return { key: dayKey(at), at };
  });
}

function cell(value: string | number): string {
  const text = String(value);
  // A spreadsheet would run what begins like a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table of usage as CSV (RFC 4180): a heading, then a line for each row. */
export function usageCsv(by: UsageBy, points: readonly UsagePoint[]): string {
  const lines: (string | number)[][] = [
    [by, 'id', 'sessions', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'cost_usd'],
    ...points.map(({ key, label, sessions, usage }) => [
      label,
      key,
      sessions,
      usage.inputTokens,
      usage.outputTokens,
      usage.cacheReadTokens,
      usage.cacheWriteTokens,
      Number(usage.costUsd.toFixed(6)),
    ]),
  ];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

/** Over what is so many times as much as the most of a day, a line would leave nothing to be seen of the days. */
const farAbove = 4;

/** Whether a limit of a day can be drawn over these days, in their measure. */
export function isInSight(limit: number, values: readonly number[]): boolean {
  const most = Math.max(0, ...values);
  return most === 0 || limit <= farAbove * most;
}
