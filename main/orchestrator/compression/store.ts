import type { Compression } from '../../../shared/compression.ts';
import type { Database } from '../database/database.ts';

/** As it is kept: whether it is stale is seen when it is read. */
export type StoredCompression = Omit<Compression, 'stale'>;

/** Compressed sessions. They are in the state's database: an index that is made anew could not bring them back. */
export function createCompressionStore(database: Database) {
  const rows = (found: { row: string }[]): StoredCompression[] =>
    found.map(({ row }) => JSON.parse(row) as StoredCompression);

  return {
    /** Takes the place of one of the same session, engine, model and preset. */
    put(one: StoredCompression): void {
      const text = [one.summary, ...one.topics, ...[...one.decisions, ...one.openPoints].map((point) => point.text)];
      database.transaction(() => {
        database.run(
          'DELETE FROM compressions WHERE session_id = ? AND engine = ? AND model IS ? AND preset = ?',
          one.sessionId,
          one.engine,
          one.model,
          one.preset,
        );
        database.run(
          'INSERT INTO compressions (id, row, text) VALUES (?, ?, ?)',
          one.id,
          JSON.stringify(one),
          text.join('\n').toLowerCase(),
        );
      });
    },
    get(id: string): StoredCompression | undefined {
      return rows(database.all('SELECT row FROM compressions WHERE id = ?', id))[0];
    },
    find(key: Pick<StoredCompression, 'sessionId' | 'engine' | 'model' | 'preset'>): StoredCompression | undefined {
      return rows(
        database.all(
          'SELECT row FROM compressions WHERE session_id = ? AND engine = ? AND model IS ? AND preset = ?',
          key.sessionId,
          key.engine,
          key.model,
          key.preset,
        ),
      )[0];
    },
    /** Newest first, with all of the words. */
    list(sessionId: string | undefined, words: readonly string[], limit: number): StoredCompression[] {
      const where = [...(sessionId ? ['session_id = ?'] : []), ...words.map(() => 'instr(text, ?) > 0')];
      return rows(
        database.all(
          `SELECT row FROM compressions ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
           ORDER BY created_at DESC, id LIMIT ?`,
          ...(sessionId ? [sessionId] : []),
          ...words,
          limit,
        ),
      );
    },
    remove: (id: string) => database.run('DELETE FROM compressions WHERE id = ?', id).changes > 0,
    removeOf: (sessionId: string) => void database.run('DELETE FROM compressions WHERE session_id = ?', sessionId),
  };
}
