import type { ContractClient } from '../../shared/contract.ts';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import { midnight } from '../ui/format.ts';

/** Who said a record, as filters name them. */
export const roleNames = {
  user: 'you',
  assistant: 'answers',
  thinking: 'thoughts',
  tool: 'tool calls',
  result: 'tool output',
  system: 'notices',
} as const;
export type RecordRole = keyof typeof roleNames;

/** What is searched and how it is narrowed. An empty text means: no such filter. */
export interface SessionQuery {
  q: string;
  mode: 'words' | 'substring';
  order: 'newest' | 'best';
  project: string;
  worker: string;
  branch: string;
  model: string;
  /** The last so many days ("1" is today), or two local dates "2026-11-01..2026-11-07" of which one may be left out. */
  date: string;
  role: RecordRole | '';
  tool: string;
  path: string;
  /** US dollars, as typed. */
  cost: string;
  archived: boolean;
}

const nothing: SessionQuery = {
  q: '',
  mode: 'words',
  order: 'newest',
  project: '',
  worker: '',
  branch: '',
  model: '',
  date: '',
  role: '',
  tool: '',
  path: '',
  cost: '',
  archived: false,
};

/** What narrows a search, in the order of its chips. */
export const filterNames = [
  'project',
  'worker',
  'date',
  'role',
  'tool',
  'path',
  'model',
  'branch',
  'cost',
  'archived',
] as const;

const texts = ['q', 'project', 'worker', 'branch', 'model', 'date', 'tool', 'path', 'cost'] as const;

/** The query that a link holds; what it does not know is left out. */
export function parseQuery(text: string): SessionQuery {
  const given = new URLSearchParams(text);
  const query = { ...nothing };
  for (const name of texts) query[name] = given.get(name) ?? '';
  if (given.get('mode') === 'substring') query.mode = 'substring';
  if (given.get('order') === 'best') query.order = 'best';
  const role = given.get('role');
  if (role && role in roleNames) query.role = role as RecordRole;
  query.archived = given.get('archived') === 'true';
  return query;
}

/** The query as a link holds it: nothing that goes without saying. */
export function queryText(query: SessionQuery): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== nothing[name as keyof SessionQuery]) text.set(name, String(value));
  }
  return text.toString();
}

/** How many filters are set. */
export function filterCount(query: SessionQuery): number {
  return filterNames.filter((name) => query[name] !== nothing[name]).length;
}

/** The query without its filters. */
export function withoutFilters(query: SessionQuery): SessionQuery {
  return { ...nothing, q: query.q, mode: query.mode, order: query.order };
}

const dayMs = 86_400_000;

function localDay(text: string | undefined): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '');
  return match ? new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getTime() : null;
}

/** The span of a query's date, in epoch milliseconds, both ends inclusive. */
export function dateSpan(date: string, now: number): { from?: number; to?: number } {
  if (/^\d{1,4}$/.test(date)) {
    // A day is not always 24 hours long: noon of the day is, whatever the clock did in the night.
    return { from: midnight(midnight(now) + dayMs / 2 - (Number(date) - 1) * dayMs) };
  }
  const [first, last] = date.split('..');
  const from = localDay(first);
  const to = localDay(last);
  return {
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to: midnight(to + dayMs * 1.5) - 1 }),
  };
}

type SearchInput = Parameters<ContractClient['sessions']['search']>[0];

/** The filters as the contract takes them. */
export function filterOf(query: SessionQuery, now: number): Omit<SearchInput, 'q'> {
  const cost = Number(query.cost.replace(',', '.'));
  return {
    ...(query.project ? { project: query.project as ProjectId } : {}),
    ...(query.worker ? { worker: query.worker as WorkerId } : {}),
    ...(query.branch ? { branch: query.branch } : {}),
    ...(query.model ? { model: query.model } : {}),
    ...dateSpan(query.date, now),
    ...(query.role ? { role: query.role } : {}),
    ...(query.tool ? { tool: query.tool } : {}),
    ...(query.path ? { path: query.path } : {}),
    ...(query.cost && cost > 0 ? { minCostUsd: cost } : {}),
    archived: query.archived,
  };
}
