import type { Migration } from '../migration.ts';

export const alerts: Migration = {
  id: 12,
  name: 'alerts',
  sql: `
    /* What was changed of a rule, and how it stands; a rule that was never touched and never fired has no row. */
    CREATE TABLE alerts (
      id TEXT PRIMARY KEY,
      rule TEXT NOT NULL,
      standing TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alert_history (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      alert_id TEXT NOT NULL,
      row TEXT NOT NULL
    ) STRICT;
    CREATE INDEX alert_history_by_alert ON alert_history (alert_id, seq);
  `,
};
