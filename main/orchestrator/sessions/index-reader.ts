import { AppError } from '../../../shared/errors.ts';
import { recordRoles } from '../../../shared/record-roles.ts';
import type { SearchHit, SessionRecord } from '../../../shared/sessions.ts';
import type { Usage } from '../../../shared/workers.ts';
import { isObject, type Json } from '../claude/records.ts';
import type { Database } from '../database/database.ts';
import { createIndexLookups } from './index-lookups.ts';
import { createMatcher } from './matcher.ts';
import { expressionOf, parseQuery } from './query.ts';
import { searchableText } from './read-line.ts';
import type { SessionFacts } from './session-facts.ts';

/** After so long a search answers with what it has, and a cursor to go on from. */
const budgetMs = 120;

/** "Best" ranks this many of the newest matches. */
const rankedCandidates = 1000;

/** Of a long text so much is looked at for a rank, in characters. */
const rankedLength = 8000;

/** Constants of BM25 as everybody sets them. */
const saturation = 1.2;
const lengthWeight = 0.75;

/** Folders and sessions of projects and workers, for filters. */
export interface Places {
  /** Sessions whose folder is one of `folders` or below, unless a deeper one of `others` has it; and the named ones. */
  project?: { folders: string[]; others: string[]; sessionIds: string[]; otherSessionIds: string[] };
  /** Sessions of one worker. */
  worker?: string[];
}

export interface Filter {
  branch?: string | undefined;
  model?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  role?: SessionRecord['role'] | undefined;
  tool?: string | undefined;
  path?: string | undefined;
  minCostUsd?: number | undefined;
}

export interface StoredSession {
  sessionId: string;
  facts: SessionFacts;
}

interface Known extends StoredSession {
  id: number;
}

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

  /** Takes in what the writer has changed since the last question. */
  function refresh(): void {
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

  function search(input: {
    q: string;
    mode: 'words' | 'substring';
    order: 'newest' | 'best';
    filter: Filter;
    places: Places;
    archived: string[];
    hidden: string[];
    wantArchived: boolean;
    sessionId: string | null;
    limit: number;
    cursor: string | null;
  }): {
    items: Omit<SearchHit, 'projectId' | 'workerId'>[];
    sessions: StoredSession[];
    nextCursor: string | null;
    tookMs: number;
  } {
    const startedAt = now();
    const conditions = parseQuery(input.q, input.mode);
    const { filter, limit, order } = input;
    refresh();
    const matcher = createMatcher(conditions);
    const archived = new Set(input.archived);
    const hidden = new Set(input.hidden);
    const sessionPasses = sessionTest(filter, input.places);
    const only = input.sessionId === null ? undefined : require(input.sessionId);
    const allowed = new Map<number, boolean>();
    const isAllowed = (number: number): boolean => {
      let answer = allowed.get(number);
      if (answer === undefined) {
        const session = known.get(number);
        answer =
          session !== undefined &&
          !hidden.has(session.sessionId) &&
          archived.has(session.sessionId) === input.wantArchived &&
          (sessionPasses ? sessionPasses(session) : true);
        allowed.set(number, answer);
      }
      return answer;
    };
    const role = filter.role === undefined ? undefined : recordRoles.indexOf(filter.role);
    const passes = (row: RecordRow): boolean =>
      (only ? row.session === only.id : isAllowed(row.session)) &&
      (role === undefined || row.role === role) &&
      (filter.tool === undefined || row.tool === filter.tool) &&
      (filter.path === undefined || (row.path?.includes(filter.path) ?? false)) &&
      (filter.from === undefined || (row.at ?? 0) >= filter.from) &&
      (filter.to === undefined || (row.at ?? 0) <= filter.to);

    // No candidate is newer or older than the records of the sessions that may answer.
    let highest = Number.MAX_SAFE_INTEGER - 1;
    let lowest = 0;
    if (only) [lowest, highest] = [only.facts.firstId, only.facts.lastId];
    else if (sessionPasses) {
      const those = [...known.values()].filter(({ id, facts }) => facts.records > 0 && isAllowed(id));
      highest = Math.max(0, ...those.map(({ facts }) => facts.lastId));
      lowest = Math.min(highest, ...those.map(({ facts }) => facts.firstId));
    }
    const ranked = order === 'best';
    const before = !ranked && input.cursor !== null ? Number(input.cursor) : highest + 1;
    const offset = ranked && input.cursor !== null ? Number(input.cursor) : 0;
    if (!Number.isSafeInteger(before) || !Number.isSafeInteger(offset) || offset < 0)
      throw new AppError('BAD_REQUEST', 'cursor: it is not one that a search gave.', { field: 'cursor' });

    const wanted = ranked ? rankedCandidates : limit + 1;
    const found: { row: RecordRow; text: string }[] = [];
    let lastSeen = 0;
    let cut = false;
    const { table, match } = expressionOf(conditions);
    let looked = 0;
    for (const { id } of database.iterate<{ id: number }>(
      `SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC`,
      match,
      before,
      lowest,
    )) {
      const row = database.get<RecordRow>(`SELECT ${recordColumns} FROM records WHERE id = ?`, id);
      looked += 1;
      if (row && passes(row)) {
        const role = recordRoles[row.role] ?? 'system';
        const text = searchableText(role, row.text);
        if (matcher.certain || matcher.matches(text)) found.push({ row, text });
      }
      if (found.length >= wanted) break;
      lastSeen = id;
      if (looked % 64 === 0 && now() - startedAt > budgetMs) {
        cut = true;
        break;
      }
    }
    const page = ranked ? rank(found, matcher).slice(offset, offset + limit) : found.slice(0, limit);
    let nextCursor: string | null = null;
    if (ranked) nextCursor = found.length > offset + limit ? String(offset + limit) : null;
    else if (found.length > limit) nextCursor = String(page.at(-1)?.row.id ?? 0);
    else if (cut) nextCursor = String(lastSeen);
    const sessions = new Map<string, StoredSession>();
    const items = page.map(({ row, text }) => {
      const session = known.get(row.session);
      const sessionId = session?.sessionId ?? '';
      if (session) sessions.set(sessionId, { sessionId, facts: session.facts });
      return {
        sessionId: sessionId as SearchHit['sessionId'],
        index: row.place,
        role: recordRoles[row.role] ?? 'system',
        at: row.at,
        toolName: row.tool,
        snippet: matcher.snippet(text),
        title: '',
      };
    });
    return { items, sessions: [...sessions.values()], nextCursor, tookMs: now() - startedAt };
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
    get: (sessionId: string): StoredSession => {
      const { facts } = require(sessionId);
      return { sessionId, facts };
    },
    messages,
    outline,
    search,
    usage,
    ...createIndexLookups(database),
  };
}

/** Best first: BM25 with the texts at hand as the collection. All of them hold all terms, so rarity says nothing. */
function rank(found: { row: RecordRow; text: string }[], matcher: ReturnType<typeof createMatcher>) {
  const scored = found.map((candidate) => {
    const text = candidate.text.slice(0, rankedLength);
    return { candidate, counts: matcher.counts(text), length: text.length };
  });
  const average = scored.reduce((sum, { length }) => sum + length, 0) / Math.max(1, scored.length);
  const score = ({ counts, length }: (typeof scored)[number]) =>
    counts.reduce((sum, count) => {
      const weight = saturation * (1 - lengthWeight + (lengthWeight * length) / Math.max(1, average));
      return sum + (count * (saturation + 1)) / (count + weight);
    }, 0);
  return scored
    .map((entry) => ({ candidate: entry.candidate, score: score(entry) }))
    .sort((a, b) => b.score - a.score || b.candidate.row.id - a.candidate.row.id)
    .map(({ candidate }) => candidate);
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
