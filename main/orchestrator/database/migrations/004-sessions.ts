import type { Migration } from '../migration.ts';

export const sessions: Migration = {
  id: 4,
  name: 'sessions',
  sql: `
    /* What a person said about a session of the index, which can be thrown away and made anew. */
    CREATE TABLE session_marks (
      session_id TEXT PRIMARY KEY,
      marks TEXT NOT NULL,
      pinned INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(marks ->> '$.pinned', 0)) VIRTUAL,
      archived INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(marks ->> '$.archived', 0)) VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX session_marks_pinned ON session_marks (pinned) WHERE pinned = 1;
    CREATE INDEX session_marks_archived ON session_marks (archived) WHERE archived = 1;

    ALTER TABLE workers ADD COLUMN session_id TEXT GENERATED ALWAYS AS (row ->> '$.sessionId') VIRTUAL;
    CREATE INDEX workers_by_session ON workers (session_id);
    /* The session that a worker began with instead of an empty one, and whether it goes on in a copy of it. */
    ALTER TABLE workers ADD COLUMN origin TEXT;
  `,
};
