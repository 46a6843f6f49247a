import type { Migration } from '../migration.ts';

export const removals: Migration = {
  id: 15,
  name: 'removals',
  sql: `
    /* Whether its removal was begun: one that was cut off is finished at the next start. */
    ALTER TABLE worktrees ADD COLUMN removing INTEGER NOT NULL DEFAULT 0;
  `,
};
