import type { Migration } from '../migration.ts';

export const terminals: Migration = {
  id: 3,
  name: 'terminals',
  sql: `
    UPDATE terminals SET row = json_set(
      row,
      '$.profile', NULL,
      '$.lastActiveAt', coalesce(row ->> '$.endedAt', row ->> '$.createdAt'),
      '$.endReason', NULL,
      '$.recorded', json('false')
    );

    /* When a recorded terminal's output came: by "at" it had reached "end_offset". The bytes are in the host's log. */
    CREATE TABLE terminal_marks (
      terminal_id TEXT NOT NULL REFERENCES terminals (id) ON DELETE CASCADE,
      end_offset INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (terminal_id, end_offset)
    ) STRICT, WITHOUT ROWID;
  `,
};
