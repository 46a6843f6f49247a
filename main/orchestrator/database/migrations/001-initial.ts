import type { Migration } from '../migration.ts';

/*
 * Rows that clients see are kept whole as JSON, exactly as events carry them; what statements search by is a generated
 * column of it. What only the orchestrator knows (offsets, writes on their way) has plain columns.
 */
export const initial: Migration = {
  id: 1,
  name: 'initial',
  sql: `
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT;

    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE projects (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      path TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.path') VIRTUAL UNIQUE,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE worktrees (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      project_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.projectId') STORED REFERENCES projects (id),
      path TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.path') VIRTUAL UNIQUE,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX worktrees_by_project ON worktrees (project_id);

    CREATE TABLE workers (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      project_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.projectId') STORED REFERENCES projects (id),
      state TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.state') VIRTUAL,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX workers_by_state ON workers (state);
    CREATE INDEX workers_by_project ON workers (project_id);
    CREATE INDEX workers_by_age ON workers (created_at);

    /* One process of a worker. The offsets say how far its output has been handled: they move in the same transaction
       as what was made of it. */
    CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      pid INTEGER,
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      output_offset INTEGER NOT NULL DEFAULT 0,
      errors_offset INTEGER NOT NULL DEFAULT 0,
      hooks_offset INTEGER NOT NULL DEFAULT 0,
      transcript_path TEXT,
      transcript_offset INTEGER NOT NULL DEFAULT 0,
      /* The process's running total of cost, as last heard: only what it grows by is added to the worker. */
      cost_seen REAL NOT NULL DEFAULT 0,
      errors_tail TEXT NOT NULL DEFAULT '',
      /* What the stream's reader must know about a message it is in the middle of. */
      reader TEXT,
      /* Why we end it ourselves, decided before it is told: {"end": "stop" | "limit" | "switch" | "failed", ...}. */
      intent TEXT
    ) STRICT;
    CREATE INDEX runs_by_worker ON runs (worker_id);
    CREATE UNIQUE INDEX one_live_run ON runs (worker_id) WHERE ended_at IS NULL;

    /* Writes to a process, committed before they are sent and removed once the host has them. */
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      action TEXT NOT NULL
    ) STRICT;

    CREATE TABLE messages (
      worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
      id INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      row TEXT NOT NULL,
      /* A prompt given to an interactive worker, until its transcript shows it: it must not stand there twice. */
      awaits_echo INTEGER NOT NULL DEFAULT 0,
      tool_use_id TEXT GENERATED ALWAYS AS (row ->> '$.toolUseId') VIRTUAL,
      PRIMARY KEY (worker_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX messages_by_revision ON messages (worker_id, revision);
    CREATE INDEX messages_by_tool_use ON messages (worker_id, tool_use_id) WHERE tool_use_id IS NOT NULL;

    /* Tokens of each model message once, however often it is repeated in streams and transcripts. */
    CREATE TABLE message_usage (
      worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
      message_id TEXT NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      cache_read_tokens INTEGER NOT NULL,
      cache_write_tokens INTEGER NOT NULL,
      PRIMARY KEY (worker_id, message_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE approvals (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      run_id TEXT NOT NULL,
      /* The CLI's own id of the request (headless) or the host's id of the held hook (interactive). */
      request_id TEXT NOT NULL,
      worker_id TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.workerId') STORED REFERENCES workers (id) ON DELETE CASCADE,
      state TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.state') VIRTUAL,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL,
      UNIQUE (run_id, request_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX approvals_by_state ON approvals (state, created_at);
    CREATE INDEX approvals_by_worker ON approvals (worker_id);

    CREATE TABLE terminals (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      /* The host's id of its process. */
      process_id TEXT NOT NULL UNIQUE,
      worker_id TEXT GENERATED ALWAYS AS (row ->> '$.workerId') VIRTUAL,
      state TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.state') VIRTUAL,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
  `,
};
