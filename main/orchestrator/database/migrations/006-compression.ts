import type { Migration } from '../migration.ts';

export const compression: Migration = {
  id: 6,
  name: 'compression',
  sql: `
    /* What sessions were compressed to. A session may be gone from the index, or the index be made anew: these stay. */
    CREATE TABLE compressions (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      /* What it says, in small letters, to be searched. */
      text TEXT NOT NULL,
      session_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.sessionId') VIRTUAL,
      engine TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.engine') VIRTUAL,
      model TEXT GENERATED ALWAYS AS (row ->> '$.model') VIRTUAL,
      preset TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.preset') VIRTUAL,
      created_at INTEGER NOT NULL GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX compressions_by_session ON compressions (session_id);
    CREATE INDEX compressions_by_time ON compressions (created_at);
  `,
};
