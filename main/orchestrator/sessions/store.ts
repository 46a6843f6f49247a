import type { Database } from '../database/database.ts';

/** What a person said about a session. */
export interface Marks {
  title: string | null;
  tags: string[];
  pinned: boolean;
  archived: boolean;
}

export const noMarks: Marks = { title: null, tags: [], pinned: false, archived: false };

/** Marks are kept apart from the index, so that nothing is lost when it is made anew. */
export function createMarkStore(database: Database) {
  const idsWhere = (field: 'pinned' | 'archived') =>
    database.all<{ id: string }>(`SELECT session_id AS id FROM session_marks WHERE ${field} = 1`).map(({ id }) => id);

  return {
    get(sessionId: string): Marks {
      const found = database.get<{ marks: string }>(
        'SELECT marks FROM session_marks WHERE session_id = ?',
        sessionId,
      )?.marks;
      return found ? { ...noMarks, ...(JSON.parse(found) as Partial<Marks>) } : noMarks;
    },
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
