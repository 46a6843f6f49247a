import type { Migration } from '../migration.ts';

export const credentials: Migration = {
  id: 9,
  name: 'credentials',
  sql: `
    /*
     * Keys, devices and sessions of tokens. Of a secret only the SHA-256 is kept: the secrets are 256 random bits, so there
     * is nothing to guess and a slow hash would only slow down every request.
     */
    CREATE TABLE credentials (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('key', 'device', 'session')),
      name TEXT NOT NULL,
      secret_hash TEXT NOT NULL UNIQUE,
      previous_hash TEXT UNIQUE,
      previous_until INTEGER,
      hint TEXT NOT NULL,
      access TEXT NOT NULL,
      /* A key's permissions, and those of a session made with one; null: the access level alone. */
      permissions TEXT,
      rate_limit INTEGER,
      /* What a session was exchanged for: it ends with it. */
      parent TEXT,
      created_at INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      expires_at INTEGER,
      last_used_at INTEGER,
      last_used_from TEXT,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX credentials_by_kind ON credentials (kind, created_at);

    /* What happened once and never again, such as the making of the first key. */
    CREATE TABLE once (
      name TEXT PRIMARY KEY,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
