import type { Migration } from '../migration.ts';

export const sessionKeeping: Migration = {
  id: 7,
  name: 'session-keeping',
  sql: `
    /* Deleted sessions that can be restored. step: what is being done with its files, gone on with after a kill. */
    CREATE TABLE session_trash (
      session_id TEXT PRIMARY KEY,
      deleted_at INTEGER NOT NULL,
      step TEXT NOT NULL,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    /* The feed of changes, and each session as it was when it was last looked at. */
    CREATE TABLE session_deltas (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      session_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      delta TEXT NOT NULL
    ) STRICT;
    CREATE INDEX session_deltas_by_session ON session_deltas (session_id, seq);
    CREATE TABLE session_seen (
      session_id TEXT PRIMARY KEY,
      summary TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    /* How far the index was looked at: which index, and the revision in it. */
    CREATE TABLE session_feed (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      began_at INTEGER NOT NULL,
      index_birth INTEGER NOT NULL,
      revision INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE session_contexts (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
