import type { Migration } from '../migration.ts';

export const permissionsLimitsAudit: Migration = {
  id: 2,
  name: 'permissions-limits-audit',
  sql: `
    CREATE TABLE rules (
      id TEXT PRIMARY KEY,
      row TEXT NOT NULL,
      scope TEXT NOT NULL GENERATED ALWAYS AS (row ->> '$.scope') VIRTUAL,
      worker_id TEXT GENERATED ALWAYS AS (row ->> '$.workerId') STORED REFERENCES workers (id) ON DELETE CASCADE,
      project_id TEXT GENERATED ALWAYS AS (row ->> '$.projectId') STORED REFERENCES projects (id) ON DELETE CASCADE,
      created_at INTEGER GENERATED ALWAYS AS (row ->> '$.createdAt') VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX rules_by_worker ON rules (worker_id);
    CREATE INDEX rules_by_project ON rules (project_id);

    /* Roles the user made or changed; those that come with the program stand in its code. */
    CREATE TABLE roles (
      name TEXT PRIMARY KEY,
      row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    /* What was spent, by local day, project and worker. It outlives both, so that a day's sum stays true. */
    CREATE TABLE spending (
      day TEXT NOT NULL,
      project_id TEXT NOT NULL,
      worker_id TEXT NOT NULL,
      tokens INTEGER NOT NULL DEFAULT 0,
      cost_usd REAL NOT NULL DEFAULT 0,
      worked_ms INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (day, project_id, worker_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spending_by_project ON spending (project_id);

    /* Where a project's budget begins: the day, and what it had spent on that day before. */
    CREATE TABLE budgets (
      project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
      day TEXT NOT NULL,
      tokens INTEGER NOT NULL,
      cost_usd REAL NOT NULL,
      worked_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      origin TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT,
      outcome TEXT NOT NULL,
      details TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject);
    CREATE INDEX audit_by_action ON audit (action);
    CREATE INDEX audit_by_time ON audit (at);

    /* The model a message's tokens were spent on: what they cost depends on it. */
    ALTER TABLE message_usage ADD COLUMN model TEXT;
    /* What the messages since the process last told its total are estimated to cost: the next total takes its place. */
    ALTER TABLE runs ADD COLUMN cost_pending REAL NOT NULL DEFAULT 0;
    /* Whether it ended in the middle of a turn, which is gone on with when the worker is resumed by itself. */
    ALTER TABLE runs ADD COLUMN cut_off INTEGER NOT NULL DEFAULT 0;

    UPDATE workers SET row = json_set(row,
      '$.healthReason', json('null'),
      '$.troubles', json('[]'),
      '$.retry', json('null'),
      '$.recovery', json('{"attempts":0,"nextAt":null,"history":[]}'),
      '$.workedMs', 0,
      '$.contextTokens', json('null'),
      '$.compactions', json('{"count":0,"tokensSaved":0}'));
    UPDATE approvals SET row = json_set(row,
      '$.suggestedRules', json('[]'), '$.decidedFrom', json('null'), '$.ruleId', json('null'), '$.snoozedUntil', json('null'),
      '$.editedInput', json('null'));
    UPDATE projects SET row = json_set(row,
      '$.trustQuestion', json('null'), '$.limits', json('{}'), '$.limitsSince', row -> '$.createdAt');

    /* Events of the older shape are of no use to a client of this one: it reads the state again. */
    DELETE FROM events;
  `,
};
