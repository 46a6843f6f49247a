import { AppError } from '../../../shared/errors.ts';
import { recordRoles } from '../../../shared/record-roles.ts';
import type { SessionRecord } from '../../../shared/sessions.ts';
import type { Usage } from '../../../shared/workers.ts';
import { isObject, type Json } from '../claude/records.ts';
import type { Database } from '../database/database.ts';
import { createIndexLookups } from './index-lookups.ts';
import { createIndexSearch } from './index-search.ts';
import type { Filter, Known, Places, StoredSession } from './search-filter.ts';
import type { SessionFacts } from './session-facts.ts';

export interface UsageRow extends Usage {
  sessionId: string;
  cwd: string | null;
  /** Local day, YYYY-MM-DD. */
  day: string;
  model: string | null;
}

export type IndexReader = ReturnType<typeof createIndexReader>;

type RecordRow = {
  id: number;
  session: number;
  place: number;
  role: number;
  at: number | null;
  tool: string | null;
  toolUseId: string | null;
  agent: string | null;
  failed: number;
  boundary: SessionRecord['boundary'];
  path: string | null;
  text: string;
};

const recordColumns =
  'id, session, place, role, at, tool, tool_use_id AS toolUseId, agent, failed, boundary, path, text';

/** Answers questions from the index. It blocks: only the reader thread and tests may use it. */
export function createIndexReader(deps: { database: Database; now: () => number }) {
  const { database, now } = deps;
  const known = new Map<number, Known>();
  const bySessionId = new Map<string, Known>();
  let revision = -1;

  /** Takes in what the writer has changed since the last question; gives the newest revision. */
  function refresh(): number {
    for (const row of database.all<{ id: number; sessionId: string; revision: number; facts: string }>(
      'SELECT id, session_id AS sessionId, revision, facts FROM sessions WHERE revision > ? ORDER BY revision',
      revision,
    )) {
      revision = row.revision;
      if (!row.facts) continue;
      const session = { id: row.id, sessionId: row.sessionId, facts: JSON.parse(row.facts) as SessionFacts };
      known.set(row.id, session);
      bySessionId.set(row.sessionId, session);
    }
    return revision;
  }

  function require(sessionId: string): Known {
    refresh();
    const found = bySessionId.get(sessionId);
    if (!found || found.facts.records === 0)
      throw new AppError('NOT_FOUND', `There is no session ${sessionId} in the index.`, { id: sessionId });
    return found;
  }

  function sessionTest(filter: Filter, places: Places): ((session: Known) => boolean) | undefined {
    const tests: ((session: Known) => boolean)[] = [];
    const { branch, model, minCostUsd } = filter;
    if (branch !== undefined) tests.push(({ facts }) => facts.branch === branch);
    if (model !== undefined) tests.push(({ facts }) => facts.model?.includes(model) ?? false);
    if (minCostUsd !== undefined) tests.push(({ facts }) => facts.usage.costUsd >= minCostUsd);
    if (places.worker) {
      const ids = new Set(places.worker);
      tests.push(({ sessionId }) => ids.has(sessionId));
    }
    if (places.project) {
      const { folders, others } = places.project;
      const own = new Set(places.project.sessionIds);
      const foreign = new Set(places.project.otherSessionIds);
      const deepest = (cwd: string, list: readonly string[]) =>
        Math.max(-1, ...list.filter((folder) => isWithin(cwd, folder)).map((folder) => folder.length));
      tests.push(({ sessionId, facts }) => {
        if (own.has(sessionId)) return true;
        if (foreign.has(sessionId) || facts.cwd === null) return false;
        const depth = deepest(facts.cwd, folders);
        return depth >= 0 && depth >= deepest(facts.cwd, others);
      });
    }
    return tests.length === 0 ? undefined : (session) => tests.every((test) => test(session));
  }

  function list(input: {
    filter: Filter;
    places: Places;
    pinned: string[];
    archived: string[];
    /** Sessions that are deleted and not yet gone. */
    hidden: string[];
    wantArchived: boolean;
    limit: number;
    after: { pinned: boolean; lastAt: number; sessionId: string } | null;
  }): { items: StoredSession[]; more: boolean } {
    refresh();
    const { filter } = input;
    const pinned = new Set(input.pinned);
    const archived = new Set(input.archived);
    const hidden = new Set(input.hidden);
    const test = sessionTest(filter, input.places);
    const items = [...known.values()].filter((session) => {
      const { facts, sessionId } = session;
      if (facts.records === 0 || hidden.has(sessionId)) return false;
      if (archived.has(sessionId) !== input.wantArchived) return false;
      if (filter.from !== undefined && facts.lastAt < filter.from) return false;
      if (filter.to !== undefined && facts.startedAt > filter.to) return false;
      if (filter.tool !== undefined && !Object.hasOwn(facts.tools, filter.tool)) return false;
      if (filter.path !== undefined && !facts.files.some((path) => path.includes(filter.path ?? ''))) return false;
      return test ? test(session) : true;
    });
    type Place = { pinned: boolean; lastAt: number; sessionId: string };
    const placeOf = ({ sessionId, facts }: StoredSession): Place => ({
      pinned: pinned.has(sessionId),
      lastAt: facts.lastAt,
      sessionId,
    });
    const order = (a: Place, b: Place) =>
      Number(b.pinned) - Number(a.pinned) || b.lastAt - a.lastAt || (a.sessionId < b.sessionId ? -1 : 1);
    const placed = items.map((session) => ({ session, place: placeOf(session) }));
    placed.sort((a, b) => order(a.place, b.place));
    const { after } = input;
    const start =
      after === null
        ? 0
        : placed.findIndex(({ place }) => order(after, place) < 0 && place.sessionId !== after.sessionId);
    if (start === -1) return { items: [], more: false };
    const page = placed.slice(start, start + input.limit);
    return {
      items: page.map(({ session }) => ({ sessionId: session.sessionId, facts: session.facts })),
      more: placed.length > start + input.limit,
    };
  }

  /** The sessions that may answer: what a filter says of records is not looked at. */
  function passing(input: {
    filter: Filter;
    places: Places;
    archived: string[];
    hidden: string[];
    wantArchived: boolean;
  }): string[] {
    refresh();
    const test = sessionTest(input.filter, input.places);
    const archived = new Set(input.archived);
    const hidden = new Set(input.hidden);
    return [...known.values()].flatMap((session) => {
      const { sessionId } = session;
      const fits = !hidden.has(sessionId) && archived.has(sessionId) === input.wantArchived;
      return fits && (!test || test(session)) ? [sessionId] : [];
    });
  }

  function toRecord(row: RecordRow, parents: Map<string, string>): SessionRecord {
    const role = recordRoles[row.role] ?? 'system';
    const input = role === 'tool' ? (JSON.parse(row.text) as Json) : null;
    return {
      index: row.place,
      role,
      text: input ? describe(input) : row.text,
      at: row.at,
      toolName: row.tool,
      toolUseId: row.toolUseId,
      input,
      failed: row.failed === 1,
      parentToolUseId: row.agent === null ? null : (parents.get(row.agent) ?? null),
      turn: null,
      boundary: row.boundary,
    };
  }

  /** `resumedAt`: when processes took the session up again; the first prompt after each is marked. */
  function messages(sessionId: string, after: number, limit: number, resumedAt: readonly number[]) {
    const { id, facts } = require(sessionId);
    const rows = database.all<RecordRow>(
      `SELECT ${recordColumns} FROM records WHERE session = ? AND place > ? ORDER BY place LIMIT ?`,
      id,
      after,
      limit + 1,
    );
    const page = rows.slice(0, limit);
    const parents = new Map(
      database
        .all<{ agent: string; toolUseId: string }>(
          'SELECT agent, tool_use_id AS toolUseId FROM agents WHERE session = ?',
          id,
        )
        .map(({ agent, toolUseId }) => [agent, toolUseId]),
    );
    const items = page.map((row) => toRecord(row, parents));
    for (const at of resumedAt) {
      const place = database.get<{ place: number }>(
        'SELECT place FROM records WHERE session = ? AND role = ? AND agent IS NULL AND at >= ? ORDER BY place LIMIT 1',
        id,
        recordRoles.indexOf('user'),
        at,
      )?.place;
      const record = items.find(({ index }) => index === place);
      if (record) record.boundary ??= 'resumed';
    }
    const first = page[0]?.place ?? 0;
    const last = page.at(-1)?.place ?? 0;
    for (const turn of database.all<{ place: number; inputTokens: number; outputTokens: number; costUsd: number }>(
      `SELECT last_place AS place, sum(input_tokens + cache_read_tokens + cache_write_tokens) AS inputTokens,
              sum(output_tokens) AS outputTokens, sum(cost_usd) AS costUsd
       FROM turns JOIN usage ON usage.session = turns.session AND usage.turn = turns.turn
       WHERE turns.session = ? AND last_place BETWEEN ? AND ? GROUP BY turns.turn`,
      id,
      first,
      last,
    )) {
      const record = items[turn.place - first];
      const { inputTokens, outputTokens, costUsd } = turn;
      if (record?.index === turn.place) record.turn = { inputTokens, outputTokens, costUsd };
    }
    return { items, total: facts.records, nextCursor: rows.length > limit ? last : null };
  }

  function outline(sessionId: string) {
    const { id } = require(sessionId);
    return database.all<{ index: number; text: string; at: number | null }>(
      `SELECT place AS "index", substr(text, 1, 300) AS text, at FROM records
       WHERE session = ? AND role = ? AND agent IS NULL ORDER BY place`,
      id,
      recordRoles.indexOf('user'),
    );
  }

  /** Usage by session, local day and model; what a fork took over counts once. */
  function usage(from: number | null, to: number | null): UsageRow[] {
    refresh();
    return database
      .all<Omit<UsageRow, 'sessionId' | 'cwd'> & { session: number }>(
        `SELECT session, date(at / 1000, 'unixepoch', 'localtime') AS day, model, sum(input_tokens) AS inputTokens,
                sum(output_tokens) AS outputTokens, sum(cache_read_tokens) AS cacheReadTokens,
                sum(cache_write_tokens) AS cacheWriteTokens, sum(cost_usd) AS costUsd
         FROM usage WHERE copied = 0 AND at >= ? AND at <= ? GROUP BY session, day, model`,
        from ?? 0,
        to ?? Number.MAX_SAFE_INTEGER,
      )
      .flatMap(({ session, ...row }) => {
        const found = known.get(session);
        return found ? [{ ...row, sessionId: found.sessionId, cwd: found.facts.cwd }] : [];
      });
  }

  return {
    list,
    passing,
    get: (sessionId: string): StoredSession => {
      const { facts } = require(sessionId);
      return { sessionId, facts };
    },
    messages,
    outline,
    search: createIndexSearch({ database, now, known, refresh, require, sessionTest }),
    usage,
    ...createIndexLookups(database),
  };
}

/** What a tool call is about, in a line. */
function describe(input: Json): string {
  for (const name of [
    'command',
    'file_path',
    'notebook_path',
    'path',
    'pattern',
    'query',
    'url',
    'description',
    'prompt',
  ]) {
    const value = input[name];
    if (typeof value === 'string' && value.trim()) return value.trim().split('\n')[0]?.slice(0, 300) ?? '';
  }
  const [first] = Object.values(input).filter((value) => typeof value === 'string' && value.trim());
  return isObject(input) && typeof first === 'string' ? (first.trim().split('\n')[0]?.slice(0, 300) ?? '') : '';
}

/** Whether a folder is another one or below it. */
export function isWithin(path: string, folder: string): boolean {
  return (
    path === folder ||
    path.startsWith(folder.endsWith('/') || folder.endsWith('\\') ? folder : `${folder}/`) ||
    path.startsWith(`${folder}\\`)
  );
}
