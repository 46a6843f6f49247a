import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from './database.ts';
import { migrate, migrationStatus, migrations } from './migrate.ts';
import type { Migration } from './migration.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-migrate-'));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const first: Migration = { id: 1, name: 'first', sql: 'CREATE TABLE a (x); INSERT INTO a VALUES (1);' };
const second: Migration = { id: 2, name: 'second', sql: 'CREATE TABLE b (y);' };

test('brings a new file up to date and tells how far it is', () => {
  expect(migrationStatus(database)).toEqual({
    applied: 0,
    latest: migrations.at(-1)?.id,
    pending: [
      '001-initial',
      '002-permissions-limits-audit',
      '003-terminals',
      '004-sessions',
      '005-terminal-shares',
      '006-compression',
      '007-session-keeping',
      '008-searching',
      '009-credentials',
      '010-audit-chain-webhooks',
      '011-health-metrics',
      '012-alerts',
      '015-removals',
      '016-review',
      '017-checkpoints',
      '018-worktrees',
      '019-own-alerts',
      '020-merges-begun',
    ],
  });
  expect(migrate(database)).toMatchObject({ applied: migrations.at(-1)?.id, pending: [] });
  expect(migrate(database)).toMatchObject({ applied: migrations.at(-1)?.id, pending: [] });
});

test('copies a file with data before it changes it', () => {
  migrate(database, [first]);
  expect(existsSync(`${database.path}.before-1`)).toBe(false);
  migrate(database, [first, second]);
  const copy = openDatabase(`${database.path}.before-2`, { durable: false, readonly: true });
  expect(copy.all('SELECT * FROM a')).toEqual([{ x: 1 }]);
  expect(migrationStatus(copy, [first, second])).toMatchObject({ applied: 1, pending: ['002-second'] });
  copy.close();
});

test('keeps nothing of a migration that fails, and names the copy', () => {
  migrate(database, [first]);
  const broken: Migration = { id: 2, name: 'broken', sql: 'CREATE TABLE b (y); INSERT INTO nowhere VALUES (1);' };
  expect(() => migrate(database, [first, broken])).toThrow(/Migration 2 \(broken\).*no such table.*before-2/s);
  expect(migrationStatus(database, [first, broken])).toMatchObject({ applied: 1 });
  expect(database.all("SELECT name FROM sqlite_schema WHERE name = 'b'")).toEqual([]);
});

test('refuses a file of a newer program and leaves it as it is', () => {
  migrate(database, [first, second]);
  expect(() => migrate(database, [first])).toThrow(/newer Control Room \(schema 2, this one knows 1\)/);
  expect(migrationStatus(database, [first])).toMatchObject({ applied: 2 });
});
