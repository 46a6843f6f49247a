import type { Database } from '../database/database.ts';

/** What a person said about a session. */
export interface Marks {
  title: string | null;
  tags: string[];
  pinned: boolean;
  archived: boolean;
}

export const noMarks: Marks = { title: null, tags: [], pinned: false, archived: false };

/** Whether somebody has paused the index. */
export function createIndexPause(database: Database) {
  return {
    get: (): boolean => database.get<{ paused: 0 | 1 }>('SELECT paused FROM session_index')?.paused === 1,
    set: (paused: boolean): void =>
      void database.run(
        'INSERT INTO session_index (id, paused) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET paused = ?1',
        paused ? 1 : 0,
      ),
  };
}

/** Marks are kept apart from the index, so that nothing is lost when it is made anew. */
export function createMarkStore(database: Database) {
  const parse = (marks: string): Marks => ({ ...noMarks, ...(JSON.parse(marks) as Partial<Marks>) });
  const idsWhere = (field: 'pinned' | 'archived') =>
    database.all<{ id: string }>(`SELECT session_id AS id FROM session_marks WHERE ${field} = 1`).map(({ id }) => id);

  return {
    get(sessionId: string): Marks {
      const found = database.get<{ marks: string }>(
        'SELECT marks FROM session_marks WHERE session_id = ?',
        sessionId,
      )?.marks;
      return found ? parse(found) : noMarks;
    },
    /** The titles that somebody gave these sessions. */
    titlesOf: (sessionIds: readonly string[]) =>
      new Map(
        database
          .all<{ id: string; marks: string }>(
            'SELECT session_id AS id, marks FROM session_marks WHERE session_id IN (SELECT value FROM json_each(?))',
            JSON.stringify(sessionIds),
          )
          .map(({ id, marks }) => [id, parse(marks).title]),
      ),
    /** The titles that somebody gave, with their sessions. */
    titles: () =>
      database.all<{ sessionId: string; name: string }>(
        `SELECT session_id AS sessionId, marks ->> '$.title' AS name FROM session_marks
         WHERE marks ->> '$.title' IS NOT NULL`,
      ),
    put: (sessionId: string, marks: Marks) =>
      void database.run(
        'INSERT INTO session_marks (session_id, marks) VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE SET marks = excluded.marks',
        sessionId,
        JSON.stringify(marks),
      ),
    remove: (sessionId: string) => void database.run('DELETE FROM session_marks WHERE session_id = ?', sessionId),
    pinned: () => idsWhere('pinned'),
    archived: () => idsWhere('archived'),
  };
}
