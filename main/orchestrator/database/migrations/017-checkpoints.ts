import type { Migration } from '../migration.ts';

export const checkpoints: Migration = {
  id: 17,
  name: 'checkpoints',
  sql: `
    CREATE TABLE checkpoints (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      row TEXT NOT NULL,
      worktree_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.worktreeId') VIRTUAL,
      turn INTEGER GENERATED ALWAYS AS (row ->> '$.turn') VIRTUAL,
      at INTEGER GENERATED ALWAYS AS (row ->> '$.at') VIRTUAL
    ) STRICT;
    CREATE INDEX checkpoints_by_worktree ON checkpoints (worktree_id, seq);
  `,
};
