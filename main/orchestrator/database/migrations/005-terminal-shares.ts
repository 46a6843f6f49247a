import type { Migration } from '../migration.ts';

export const terminalShares: Migration = {
  id: 5,
  name: 'terminal-shares',
  sql: `
    /* Links that show one terminal. The token is in the link alone; here is what tells it again. */
    CREATE TABLE terminal_shares (
      id TEXT PRIMARY KEY,
      terminal_id TEXT NOT NULL REFERENCES terminals (id) ON DELETE CASCADE,
      token_hash TEXT NOT NULL UNIQUE,
      label TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      max_uses INTEGER,
      uses INTEGER NOT NULL DEFAULT 0,
      last_used_at INTEGER,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX terminal_shares_by_terminal ON terminal_shares (terminal_id);
  `,
};
