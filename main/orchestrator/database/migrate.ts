import { rmSync } from 'node:fs';
import { AppError } from '../../../shared/errors.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';
import { initial } from './migrations/001-initial.ts';
import { permissionsLimitsAudit } from './migrations/002-permissions-limits-audit.ts';
import { terminals } from './migrations/003-terminals.ts';
import { sessions } from './migrations/004-sessions.ts';
import { terminalShares } from './migrations/005-terminal-shares.ts';
import { compression } from './migrations/006-compression.ts';
import { sessionKeeping } from './migrations/007-session-keeping.ts';
import { searching } from './migrations/008-searching.ts';
import { credentials } from './migrations/009-credentials.ts';
import { auditChainWebhooks } from './migrations/010-audit-chain-webhooks.ts';
import { healthMetrics } from './migrations/011-health-metrics.ts';
import { alerts } from './migrations/012-alerts.ts';
import { removals } from './migrations/015-removals.ts';
import { review } from './migrations/016-review.ts';
import { checkpoints } from './migrations/017-checkpoints.ts';
import { worktrees } from './migrations/018-worktrees.ts';
import { ownAlerts } from './migrations/019-own-alerts.ts';
import { mergesBegun } from './migrations/020-merges-begun.ts';

/** All migrations in order. A released one never changes. */
export const migrations: readonly Migration[] = [
  initial,
  permissionsLimitsAudit,
  terminals,
  sessions,
  terminalShares,
  compression,
  sessionKeeping,
  searching,
  credentials,
  auditChainWebhooks,
  healthMetrics,
  alerts,
  removals,
  review,
  checkpoints,
  worktrees,
  ownAlerts,
  mergesBegun,
];

export interface MigrationStatus {
  /** The newest migration this program knows. */
  latest: number;
  /** The newest one the file has. */
  applied: number;
  pending: string[];
}

/** How far the file is, without changing it. */
export function migrationStatus(database: Database, known: readonly Migration[] = migrations): MigrationStatus {
  const applied = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  return {
    latest: known.at(-1)?.id ?? 0,
    applied,
    pending: known.filter(({ id }) => id > applied).map(({ id, name }) => `${String(id).padStart(3, '0')}-${name}`),
  };
}

/** Where the number of the schema stands a second time: SQLite keeps it on the first page, where nothing guards a byte. */
const schemaCopy =
  'CREATE TABLE IF NOT EXISTS schema_copy (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)';

function versionCopy(database: Database): number | undefined {
  if (!database.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_copy'")) return undefined;
  return database.get<{ version: number }>('SELECT version FROM schema_copy')?.version;
}

function keepVersion(database: Database, version: number): void {
  if (versionCopy(database) === version) return;
  database.exec(schemaCopy);
  database.run('INSERT OR REPLACE INTO schema_copy (id, version) VALUES (1, ?)', version);
}

/** Sets the file's number right where a damaged byte has changed it. Gives whether it did. */
export function mendVersion(database: Database, known: readonly Migration[] = migrations): boolean {
  const copy = versionCopy(database);
  const { applied, latest } = migrationStatus(database, known);
  if (copy === undefined || copy === applied) return false;
  // It may be a newer program's that keeps no copy: that is refused. But nobody skips a hundred numbers.
  if (applied > latest && applied < latest + 100) return false;
  database.exec(`PRAGMA user_version = ${Math.trunc(copy)}`);
  return true;
}

/**
 * Brings the file up to date, each migration in its own transaction. A file with data is copied first to
 * `<file>.before-<n>`. Refuses a file of a newer program without touching it; a failed migration leaves the file at the
 * last good one and names the copy.
 */
export function migrate(database: Database, known: readonly Migration[] = migrations): MigrationStatus {
  const { applied, latest } = migrationStatus(database, known);
  if (applied > latest) {
    throw new AppError(
      'CONFLICT',
      `The database ${database.path} was written by a newer Control Room (schema ${applied}, this one knows ${latest}). Install that version again, or start with another --data-dir.`,
      { applied, latest },
    );
  }
  const pending = known.filter(({ id }) => id > applied);
  // One of an earlier program has no copy of its number yet.
  if (applied > 0 && pending.length === 0) keepVersion(database, applied);
  const copy = `${database.path}.before-${latest}`;
  if (applied > 0 && pending.length > 0) {
    // SQLite refuses to copy into a file that exists; one left by a start that was cut off is of the same schema.
    rmSync(copy, { force: true });
    database.copyTo(copy);
  }
  for (const migration of pending) {
    try {
      database.transaction(() => {
        database.exec(migration.sql);
        const broken = database.all('PRAGMA foreign_key_check');
        if (broken.length > 0) throw new Error(`it leaves ${broken.length} rows that point nowhere`);
        database.exec(`PRAGMA user_version = ${migration.id}`);
        keepVersion(database, migration.id);
      });
    } catch (error) {
      const kept = applied > 0 ? ` A copy from before is in ${copy}.` : '';
      throw new AppError(
        'INTERNAL',
        `Migration ${migration.id} (${migration.name}) of ${database.path} failed: ${error instanceof Error ? error.message : String(error)}. Nothing of it was kept.${kept} Free disk space and start again, or install the earlier version.`,
        { migration: migration.id },
        { cause: error },
      );
    }
  }
  return migrationStatus(database, known);
}
