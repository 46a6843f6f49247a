import type { SessionId } from '../../../shared/ids.ts';
import type { SessionDelta, SessionSummary } from '../../../shared/session-changes.ts';
import type { Session } from '../../../shared/sessions.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { StoredSession } from './search-filter.ts';
import type { SearchIndex } from './search-index.ts';

export type SessionChanges = ReturnType<typeof createSessionChanges>;

/** The index is looked at no more often than this, and one session told of no more often than that. */
const lookMs = 2000;
const tellMs = 10_000;

/** Changes of one session within this time are one entry of the feed. */
const togetherMs = 5 * 60_000;

/** So many of the newest changes are kept. */
export const keptDeltas = 20_000;

const pageSize = 200;

/** The feed of what was created, updated and deleted among the sessions, seen by comparing them with what they were. */
export function createSessionChanges(deps: {
  database: Database;
  index: Pick<SearchIndex, 'ask' | 'state' | 'onState'>;
  publish: Publish;
  now: () => number;
  /** Rows as the lists show them. */
  complete: (stored: readonly StoredSession[]) => Promise<Session[]>;
  /** Whether a session was deleted here: that was told when it happened. */
  isDeleted: (sessionId: string) => boolean;
  log: { error(details: object, message: string): void };
}) {
  const { database, index, now } = deps;
  const toldAt = new Map<string, number>();
  const deferred = new Map<string, StoredSession>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookedAt = 0;
  let closed = false;

  const feed = () =>
    database.get<{ birth: number; revision: number }>(
      'SELECT index_birth AS birth, revision FROM session_feed WHERE id = 1',
    );

  function seen(sessionId: string): SessionSummary | null {
    const found = database.get<{ summary: string }>(
      'SELECT summary FROM session_seen WHERE session_id = ?',
      sessionId,
    )?.summary;
    return found ? (JSON.parse(found) as SessionSummary) : null;
  }

  function keep(sessionId: string, summary: SessionSummary | null): void {
    if (summary)
      database.run(
        'INSERT INTO session_seen (session_id, summary) VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE SET summary = excluded.summary',
        sessionId,
        JSON.stringify(summary),
      );
    else database.run('DELETE FROM session_seen WHERE session_id = ?', sessionId);
  }

  /** Writes a change down and announces it. */
  function tell(
    sessionId: SessionId,
    kind: SessionDelta['kind'],
    before: SessionSummary | null,
    after: SessionSummary | null,
  ) {
    const at = now();
    toldAt.set(sessionId, at);
    if (toldAt.size > 2000) for (const [id, when] of toldAt) if (at - when > tellMs) toldAt.delete(id);
    database.transaction(() => {
      let delta: Omit<SessionDelta, 'seq'> = { kind, sessionId, before, after, firstAt: at, at };
      const last = database.get<{ seq: number; delta: string }>(
        'SELECT seq, delta FROM session_deltas WHERE session_id = ? ORDER BY seq DESC LIMIT 1',
        sessionId,
      );
      const earlier = last && (JSON.parse(last.delta) as Omit<SessionDelta, 'seq'>);
      if (last && earlier && kind === 'updated' && earlier.kind !== 'deleted' && at - earlier.firstAt < togetherMs) {
        delta = { ...delta, kind: earlier.kind, before: earlier.before, firstAt: earlier.firstAt };
        database.run('DELETE FROM session_deltas WHERE seq = ?', last.seq);
      }
      const { lastInsertRowid: seq } = database.run(
        'INSERT INTO session_deltas (session_id, at, delta) VALUES (?, ?, ?)',
        sessionId,
        at,
        JSON.stringify(delta),
      );
      if (seq % 500 === 0) database.run('DELETE FROM session_deltas WHERE seq <= ?', seq - keptDeltas);
      keep(sessionId, after);
      deps.publish({ type: 'session.changed', delta: { seq, ...delta } });
    });
  }

  /** Compares a session with what it was; `silent` only takes it in. */
  function compare(sessionId: SessionId, after: SessionSummary | null, silent: boolean): void {
    const before = seen(sessionId);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    if (silent) keep(sessionId, after);
    else if (!before) tell(sessionId, 'created', null, after);
    else if (!after || (after.state === 'kept' && before.state === 'present'))
      tell(sessionId, 'deleted', before, after);
    else tell(sessionId, 'updated', before, after);
  }

  async function take(stored: readonly StoredSession[], silent: boolean): Promise<void> {
    const at = now();
    const due: StoredSession[] = [];
    for (const session of stored) {
      const { sessionId, facts } = session;
      // What waited is older than this.
      deferred.delete(sessionId);
      if (deps.isDeleted(sessionId)) continue;
      if (facts.records === 0) {
        // Its texts were removed, as the retention wants it.
        if (seen(sessionId)) compare(sessionId as SessionId, null, silent);
      } else if (!silent && !facts.gone && at - (toldAt.get(sessionId) ?? Number.NEGATIVE_INFINITY) < tellMs) {
        deferred.set(sessionId, session);
      } else due.push(session);
    }
    const sessions = await deps.complete(due);
    if (closed) return;
    database.transaction(() => {
      // Whether a process seems to have it open says nothing about its file.
      for (const [place, session] of sessions.entries())
        compare(session.id, { ...summaryOf(session), state: due[place]?.facts.gone ? 'kept' : 'present' }, silent);
    });
  }

  async function look(): Promise<void> {
    const place = await index.ask('place');
    const last = feed();
    // The very first look takes in what there is; nobody wants to be told that it was all created just now.
    const silent = last === undefined;
    const after = last?.birth === place.birth ? last.revision : -1;
    for (let afterId: number | null = 0; afterId !== null && after < place.revision && !closed; ) {
      const page: Awaited<ReturnType<typeof index.ask<'changed'>>> = await index.ask('changed', {
        after,
        upTo: Number.MAX_SAFE_INTEGER,
        afterId,
        limit: pageSize,
      });
      await take(page.items, silent);
      afterId = page.nextId;
    }
    if (closed) return;
    database.run(
      `INSERT INTO session_feed (id, began_at, index_birth, revision) VALUES (1, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET index_birth = excluded.index_birth, revision = excluded.revision`,
      now(),
      place.birth,
      place.revision,
    );
    const waited = [...deferred.values()].filter(({ sessionId }) => now() - (toldAt.get(sessionId) ?? 0) >= tellMs);
    for (const { sessionId } of waited) deferred.delete(sessionId);
    if (waited.length > 0) await take(waited, false);
  }

  function lookSoon(): void {
    if (closed || timer || looking) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        // What is still being read for the first time, or again, is compared when it is whole.
        if (index.state().state !== 'up-to-date') return;
        lookedAt = now();
        looking = look()
          .catch((error: unknown) => {
            if (!closed) deps.log.error({ error }, 'changes of sessions could not be looked at');
          })
          .finally(() => {
            looking = undefined;
            if (deferred.size > 0) lookSoon();
          });
      },
      Math.max(0, Math.min(lookMs, lookedAt + lookMs - now())),
    );
    timer.unref();
  }

  const endListening = index.onState(lookSoon);

  return {
    /** A person changed what is said of a session: told at once. */
    changed: (session: Session) => compare(session.id, summaryOf(session), false),
    /** A person deleted a session. */
    deleted: (session: Session) => tell(session.id, 'deleted', summaryOf(session), null),
    /** A deleted session came back. */
    restored: (session: Session) => tell(session.id, 'created', null, summaryOf(session)),
    list(input: {
      since?: number | undefined;
      before?: number | undefined;
      sessionId?: SessionId | undefined;
      limit: number;
    }): { items: SessionDelta[]; nextCursor: number | null; firstSeq: number } {
      const forward = input.since !== undefined;
      const rows = database.all<{ seq: number; delta: string }>(
        `SELECT seq, delta FROM session_deltas WHERE seq ${forward ? '>' : '<'} ? ${input.sessionId ? 'AND session_id = ?' : ''}
         ORDER BY seq ${forward ? 'ASC' : 'DESC'} LIMIT ?`,
        input.since ?? input.before ?? Number.MAX_SAFE_INTEGER,
        ...(input.sessionId ? [input.sessionId] : []),
        input.limit + 1,
      );
      const page = rows.slice(0, input.limit);
      return {
        items: page.map(({ seq, delta }) => ({ seq, ...(JSON.parse(delta) as Omit<SessionDelta, 'seq'>) })),
        nextCursor: rows.length > input.limit ? (page.at(-1)?.seq ?? null) : null,
        firstSeq: database.get<{ seq: number | null }>('SELECT min(seq) AS seq FROM session_deltas')?.seq ?? 0,
      };
    },
    /** Whether an index was looked at before. */
    hasBegun: () => feed() !== undefined,
    async close(): Promise<void> {
      closed = true;
      endListening();
      clearTimeout(timer);
      await looking;
    },
  };
}

export function summaryOf(session: Session): SessionSummary {
  const { usage } = session;
  return {
    title: session.title,
    projectId: session.projectId,
    branch: session.branch,
    model: session.model,
    turns: session.turns,
    messages: session.messages,
    tokens: usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    costUsd: usage.costUsd,
    files: session.filesTouched.length,
    tags: session.tags,
    pinned: session.pinned,
    archived: session.archived,
    state: session.state === 'kept' ? 'kept' : 'present',
  };
}
