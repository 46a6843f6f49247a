import type { Migration } from '../migration.ts';

export const review: Migration = {
  id: 16,
  name: 'review',
  sql: `
    CREATE TABLE review_comments (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      worktree_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.worktreeId') VIRTUAL,
      state TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.state') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX review_comments_by_worktree ON review_comments (worktree_id);
    /* A file's content that somebody has seen: of another content there is no row. */
    CREATE TABLE review_viewed (
      worktree_id TEXT NOT NULL,
      path TEXT NOT NULL,
      content TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (worktree_id, path, content)
    ) STRICT, WITHOUT ROWID;
  `,
};
