import type { Migration } from '../migration.ts';

export const ownAlerts: Migration = {
  id: 19,
  name: 'own-alerts',
  sql: `
    /* Rules that somebody made. One that was taken away is kept for a while, so that it can be brought back. */
    CREATE TABLE own_alerts (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      removed_at INTEGER
    ) STRICT, WITHOUT ROWID;
  `,
};
