import type { Migration } from '../migration.ts';

export const worktrees: Migration = {
  id: 18,
  name: 'worktrees',
  sql: `
    /* What was removed and can be brought back; the row is kept before anything is removed. */
    CREATE TABLE removed_worktrees (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      /* What brings it back: refs, trees, where the branch stood. */
      recipe TEXT NOT NULL,
      /* removing: begun; removed: done; restoring. */
      state TEXT NOT NULL,
      project_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.projectId') VIRTUAL,
      removed_at INTEGER GENERATED ALWAYS AS (row ->> '$.removedAt') VIRTUAL,
      expires_at INTEGER GENERATED ALWAYS AS (row ->> '$.expiresAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    /* Merges that were made here: what is needed to undo one. */
    CREATE TABLE merges (
      id TEXT PRIMARY KEY,
      worktree_id TEXT NOT NULL,
      project_id TEXT NOT NULL,
      branch TEXT NOT NULL,
      before TEXT NOT NULL,
      after TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX merges_by_worktree ON merges (worktree_id);
    /* What update, or askToResolve, began in a worktree: abort leads back to the checkpoint. */
    CREATE TABLE worktree_operations (
      worktree_id TEXT PRIMARY KEY,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    /* Rows of before say nothing of what came later. */
    UPDATE worktrees SET row = json_insert(
      row, '$.origin', 'made', '$.portBase', NULL, '$.notes', json('[]'), '$.scripts', json('[]'),
      '$.pullRequest', NULL, '$.merged', NULL, '$.suggestion', NULL
    );
  `,
};
