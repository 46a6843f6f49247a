import { recordRoles } from '../../../shared/record-roles.ts';
import type { Database } from '../database/database.ts';
import type { SessionFacts } from './session-facts.ts';

/** A session's row, with its place in the order of changes. */
export interface ChangedSession {
  sessionId: string;
  facts: SessionFacts;
}

/** Where a reader of changes stands: in which index, and after which row. */
export interface ChangePlace {
  birth: number;
  revision: number;
}

/** Plain questions to the index's tables, for what goes on beside lists and search. */
export function createIndexLookups(database: Database) {
  return {
    /** The files of a session that are or were below Claude's folders; `agent` is null for its own transcript. */
    files: (sessionId: string) =>
      database.all<{ path: string; folder: string; agent: string | null; gone: number }>(
        `SELECT path, folder, agent, gone FROM files
         WHERE session = (SELECT id FROM sessions WHERE session_id = ?) ORDER BY path`,
        sessionId,
      ),
    /** Which of the session's own prompts a record is, from 1; undefined for a record that is none. */
    promptNumber(sessionId: string, index: number): number | undefined {
      const session = database.get<{ id: number }>('SELECT id FROM sessions WHERE session_id = ?', sessionId)?.id ?? 0;
      const user = recordRoles.indexOf('user');
      const record = database.get<{ role: number; agent: string | null }>(
        'SELECT role, agent FROM records WHERE session = ? AND place = ?',
        session,
        index,
      );
      if (record?.role !== user || record.agent !== null) return undefined;
      return database.get<{ count: number }>(
        'SELECT count(*) AS count FROM records WHERE session = ? AND role = ? AND agent IS NULL AND place <= ?',
        session,
        user,
        index,
      )?.count;
    },
    /** Where in which file a record stands: as the how manyth entry of it, from 1. Undefined when that is not known. */
    entryPlace(sessionId: string, index: number): { path: string; entry: number } | undefined {
      const session = database.get<{ id: number }>('SELECT id FROM sessions WHERE session_id = ?', sessionId)?.id ?? 0;
      const record = database.get<{ agent: string | null }>(
        'SELECT agent FROM records WHERE session = ? AND place = ?',
        session,
        index,
      );
      if (!record) return undefined;
      const files = database.all<{ path: string; gone: number }>(
        'SELECT path, gone FROM files WHERE session = ? AND agent IS ?',
        session,
        record.agent,
      );
      const [file] = files;
      // Entries of several files are mixed by their times: which of them one is from is not kept.
      if (!file || files.length > 1 || file.gone === 1) return undefined;
      const entry = database.get<{ count: number }>(
        'SELECT count(*) AS count FROM records WHERE session = ? AND agent IS ? AND place <= ?',
        session,
        record.agent,
        index,
      );
      return { path: file.path, entry: entry?.count ?? 0 };
    },
    /** What this index is, however often it was made anew, and its newest revision. */
    place(): ChangePlace {
      return {
        birth: database.get<{ application_id: number }>('PRAGMA application_id')?.application_id ?? 0,
        revision:
          database.get<{ revision: number | null }>('SELECT max(revision) AS revision FROM sessions')?.revision ?? 0,
      };
    },
    /** Sessions that changed after a revision up to another one, in pages by session. */
    changed(input: { after: number; upTo: number; afterId: number; limit: number }) {
      const rows = database.all<{ id: number; sessionId: string; facts: string }>(
        `SELECT id, session_id AS sessionId, facts FROM sessions
         WHERE revision > ? AND revision <= ? AND id > ? ORDER BY id LIMIT ?`,
        input.after,
        input.upTo,
        input.afterId,
        input.limit,
      );
      return {
        items: rows.flatMap(({ sessionId, facts }): ChangedSession[] =>
          facts ? [{ sessionId, facts: JSON.parse(facts) as SessionFacts }] : [],
        ),
        nextId: rows.length === input.limit ? (rows.at(-1)?.id ?? null) : null,
      };
    },
  };
}
