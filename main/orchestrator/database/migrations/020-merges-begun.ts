import type { Migration } from '../migration.ts';

export const mergesBegun: Migration = {
  id: 20,
  name: 'merges-begun',
  sql: `
    /* A merge, or the undoing of one, from before its first step until its record is kept. */
    CREATE TABLE merges_begun (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
