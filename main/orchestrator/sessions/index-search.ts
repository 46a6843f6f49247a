import { AppError } from '../../../shared/errors.ts';
import { recordRoles } from '../../../shared/record-roles.ts';
import type { SearchHit, TitleHit } from '../../../shared/sessions.ts';
import type { Database } from '../database/database.ts';
import { createMatcher, fold, type Matcher } from './matcher.ts';
import { type Condition, expressionOf, likeOf, parseQuery, shortened } from './query.ts';
import { searchableText } from './read-line.ts';
import type { Filter, Known, Places } from './search-filter.ts';
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

/** The index leaves out what cannot match, but shows every so manyth record all the same, so that time is kept. */
const pace = 512;

/** So many of the newest records that a shorter prefix finds are looked at before the whole prefix is asked for. */
const shortPrefixRecords = 400;

/** Sessions shown for their titles. */
const maxTitles = 8;

export interface SearchInput {
  q: string;
  mode: 'words' | 'substring';
  order: 'newest' | 'best';
  filter: Filter;
  places: Places;
  archived: string[];
  /** Sessions that are deleted and not yet gone. */
  hidden: string[];
  wantArchived: boolean;
  sessionId: string | null;
  /** Names that sessions have beside what the CLI calls them, as far as they may match. */
  named: readonly { sessionId: string; name: string }[];
  limit: number;
  cursor: string | null;
}

/** What is told of a session that was found; all that is known of it would take longer to hand over than to find. */
export interface FoundSession {
  sessionId: string;
  facts: Pick<SessionFacts, 'titles' | 'cwd'>;
}

export interface FoundRecords {
  items: Omit<SearchHit, 'title' | 'projectId' | 'workerId'>[];
  titles: Omit<TitleHit, 'title' | 'projectId' | 'workerId'>[];
  sessions: FoundSession[];
  nextCursor: string | null;
  tookMs: number;
}

type CandidateRow = {
  id: number;
  session: number;
  place: number;
  role: number;
  at: number | null;
  tool: string | null;
  path: string | null;
  text: string;
};

type Candidate = { row: CandidateRow; text: string };

/** Answers searches: records in the one order of all of them, and sessions by their titles. */
export function createIndexSearch(deps: {
  database: Database;
  now: () => number;
  known: ReadonlyMap<number, Known>;
  /** Takes in what has changed; gives a number that is another one when anything has. */
  refresh: () => number;
  require: (sessionId: string) => Known;
  sessionTest: (filter: Filter, places: Places) => ((session: Known) => boolean) | undefined;
}) {
  const { database, now, known } = deps;

  const foldedTitles = new WeakMap<SessionFacts['titles'], string>();
  let titled: { revision: number; sessions: { session: Known; folded: string }[] } = { revision: -1, sessions: [] };

  /** Candidates from the newest on, without most of those that cannot match. */
  function* candidates(
    conditions: readonly Condition[],
    filter: Filter,
    session: number | null,
    range: { before: number; lowest: number },
  ): Generator<CandidateRow, void, void> {
    const role = filter.role === undefined ? null : recordRoles.indexOf(filter.role);
    const likes = conditions.flatMap((condition) => likeOf(condition) ?? []).slice(0, 4);
    let { before } = range;
    /** Gives every `paceOf`th candidate and those that may match; whether it came to the end of them. */
    const ask = function* (
      asked: readonly Condition[],
      paceOf: number,
      most: number,
    ): Generator<CandidateRow, boolean, void> {
      const { table, match } = expressionOf(asked);
      let count = 0;
      // The text as it is kept holds all that can be searched for, unless signs with marks or a NUL stand in it.
      const holds = likes.map(
        (_, index) =>
          `(records.text LIKE ?${index + 11} ESCAPE '\\' OR octet_length(records.text) <> length(records.text))`,
      );
      for (const row of database.iterate<CandidateRow>(
        `SELECT records.id, records.session, place, role, at, tool, path, records.text
         FROM ${table} CROSS JOIN records ON records.id = ${table}.rowid
         WHERE ${table} MATCH ?1 AND ${table}.rowid < ?2 AND ${table}.rowid >= ?3
           AND (records.id % ?4 = 0 OR (
             (?5 IS NULL OR records.session = ?5) AND (?6 IS NULL OR role = ?6) AND (?7 IS NULL OR tool = ?7)
             AND (?8 IS NULL OR instr(path, ?8)) AND (?9 IS NULL OR ifnull(at, 0) >= ?9)
             AND (?10 IS NULL OR ifnull(at, 0) <= ?10)
             ${holds.map((condition) => `AND ${condition}`).join(' ')}))
         ORDER BY ${table}.rowid DESC`,
        match,
        before,
        range.lowest,
        paceOf,
        session,
        role,
        filter.tool ?? null,
        filter.path ?? null,
        filter.from ?? null,
        filter.to ?? null,
        ...likes,
      )) {
        yield row;
        before = row.id;
        count += 1;
        if (count >= most) return false;
      }
      return true;
    };
    // A long prefix has no index of its own: its first page is mostly among the newest records of a shorter one.
    const quick = shortened(conditions);
    if (quick && (yield* ask(quick, 1, shortPrefixRecords))) return;
    yield* ask(conditions, pace, Number.POSITIVE_INFINITY);
  }

  return function search(input: SearchInput): FoundRecords {
    const startedAt = now();
    const conditions = parseQuery(input.q, input.mode);
    const { filter, limit, order } = input;
    const revision = deps.refresh();
    const matcher = createMatcher(conditions);
    const archived = new Set(input.archived);
    const hidden = new Set(input.hidden);
    const sessionPasses = deps.sessionTest(filter, input.places);
    const only = input.sessionId === null ? undefined : deps.require(input.sessionId);
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
    const passes = (row: CandidateRow): boolean =>
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
    const found: Candidate[] = [];
    let lastSeen = 0;
    let cut = false;
    let looked = 0;
    const certain = matcher.certain && shortened(conditions) === undefined;
    for (const row of candidates(conditions, filter, only?.id ?? null, { before, lowest })) {
      looked += 1;
      if (passes(row)) {
        const text = searchableText(recordRoles[row.role] ?? 'system', row.text);
        if (certain || matcher.matches(text)) found.push({ row, text });
      }
      if (found.length >= wanted) break;
      lastSeen = row.id;
      if (looked % 64 === 0 || row.id % pace === 0) {
        cut = now() - startedAt > budgetMs;
        if (cut) break;
      }
    }
    const page = ranked ? rank(found, matcher).slice(offset, offset + limit) : found.slice(0, limit);
    let nextCursor: string | null = null;
    if (ranked) nextCursor = found.length > offset + limit ? String(offset + limit) : null;
    else if (found.length > limit) nextCursor = String(page.at(-1)?.row.id ?? 0);
    else if (cut) nextCursor = String(lastSeen);
    const sessions = new Map<string, FoundSession>();
    const note = ({ sessionId, facts }: Known) =>
      sessions.set(sessionId, { sessionId, facts: { titles: facts.titles, cwd: facts.cwd } });
    const items = page.map(({ row, text }) => {
      const session = known.get(row.session);
      if (session && !sessions.has(session.sessionId)) note(session);
      return {
        sessionId: (session?.sessionId ?? '') as SearchHit['sessionId'],
        index: row.place,
        role: recordRoles[row.role] ?? 'system',
        at: row.at,
        toolName: row.tool,
        snippet: matcher.snippet(text),
      };
    });
    const titles = asksTitles(input) ? titlesFound(matcher, input, revision, isAllowed) : [];
    return {
      items,
      titles: titles.map(({ session, text }) => {
        note(session);
        return {
          sessionId: session.sessionId as TitleHit['sessionId'],
          lastAt: session.facts.lastAt,
          snippet: matcher.snippet(text),
        };
      }),
      sessions: [...sessions.values()],
      nextCursor,
      tookMs: now() - startedAt,
    };
  };

  function foldedTitlesOf(titles: SessionFacts['titles']): string {
    let folded = foldedTitles.get(titles);
    if (folded === undefined) {
      folded = fold([titles.custom, titles.ai, titles.prompt].join('\n')).folded;
      foldedTitles.set(titles, folded);
    }
    return folded;
  }

  /** All sessions with their titles as they are compared, the newest first. */
  function allTitled(revision: number): typeof titled.sessions {
    if (titled.revision !== revision) {
      const sessions = [...known.values()].filter(({ facts }) => facts.records > 0);
      sessions.sort((a, b) => b.facts.lastAt - a.facts.lastAt);
      titled = {
        revision,
        sessions: sessions.map((session) => ({ session, folded: foldedTitlesOf(session.facts.titles) })),
      };
    }
    return titled.sessions;
  }

  /** Sessions whose names or titles match, the newest first. */
  function titlesFound(
    matcher: Matcher,
    { filter, named }: SearchInput,
    revision: number,
    isAllowed: (id: number) => boolean,
  ) {
    const names = new Map<string, string[]>();
    for (const { sessionId, name } of named) names.set(sessionId, [...(names.get(sessionId) ?? []), name]);
    const found: { session: Known; text: string }[] = [];
    for (const { session, folded } of allTitled(revision)) {
      if (found.length === maxTitles) break;
      const own = names.size === 0 ? undefined : names.get(session.sessionId);
      if (!own && !matcher.mayMatch(folded)) continue;
      const { facts } = session;
      const { custom, ai, prompt } = facts.titles;
      const text = [...(own ?? []), custom, ai, prompt].find(
        (title): title is string => typeof title === 'string' && matcher.matches(title),
      );
      if (text === undefined || !isAllowed(session.id)) continue;
      if (filter.from !== undefined && facts.lastAt < filter.from) continue;
      if (filter.to !== undefined && facts.startedAt > filter.to) continue;
      found.push({ session, text });
    }
    return found;
  }
}

/**
 * Whether whole sessions may answer for their titles: on the first page, and when nothing is asked about records, for a
 * title has no role, tool or path, and within one session it says nothing.
 */
export function asksTitles({
  filter,
  sessionId,
  cursor,
}: Pick<SearchInput, 'filter' | 'sessionId' | 'cursor'>): boolean {
  return (
    cursor === null &&
    sessionId === null &&
    filter.role === undefined &&
    filter.tool === undefined &&
    filter.path === undefined
  );
}

/** Best first: BM25 with the texts at hand as the collection. All of them hold all terms, so rarity says nothing. */
function rank(found: Candidate[], matcher: Matcher) {
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
