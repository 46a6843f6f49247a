import type { Migration } from '../migration.ts';

export const searching: Migration = {
  id: 8,
  name: 'searching',
  sql: `
    CREATE TABLE saved_searches (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    /* Sessions are found by the names of their workers too. */
    ALTER TABLE workers ADD COLUMN name TEXT GENERATED ALWAYS AS (row ->> '$.name') VIRTUAL;
    CREATE INDEX workers_by_name ON workers (name, session_id);

    /* What somebody said about the index that its file, which can be made again, must not forget. */
    CREATE TABLE session_index (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      paused INTEGER NOT NULL
    ) STRICT;
  `,
};
