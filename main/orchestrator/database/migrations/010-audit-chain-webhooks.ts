import type { Migration } from '../migration.ts';

export const auditChainWebhooks: Migration = {
  id: 10,
  name: 'audit-chain-webhooks',
  sql: `
    /* What ties an entry to the one before it; entries of before have none. */
    ALTER TABLE audit ADD COLUMN chain TEXT;
    /* The two ends of the chain: what the first kept entry follows, and the last one; sealed, so that neither is moved. */
    CREATE TABLE audit_chain (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      after_id INTEGER NOT NULL,
      after_chain TEXT NOT NULL,
      last_id INTEGER NOT NULL,
      last_chain TEXT NOT NULL,
      seal TEXT NOT NULL
    ) STRICT;

    CREATE TABLE webhooks (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    /* state: waiting, delivered, failed. */
    CREATE TABLE webhook_deliveries (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      event TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      next_at INTEGER,
      ended_at INTEGER,
      status INTEGER,
      answer TEXT
    ) STRICT;
    CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, seq);
    CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'waiting';
    /* How far the events were looked at, and what was last told of each thing: an event tells a whole row, not what changed. */
    CREATE TABLE webhook_feed (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE webhook_told (
      subject TEXT PRIMARY KEY,
      state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
