import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../../shared/default-settings.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createStatementTimes, type StatementTimes } from '../database/statement-times.ts';
import { vacuumIfWanted } from '../database/vacuum.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';

let folder: string;
let open: { database: Database; times: StatementTimes; maintenance: Maintenance }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-maintenance-'));
  open = [];
});
afterEach(async () => {
  for (const { database, maintenance } of open) {
    await maintenance.close();
    database.close();
  }
  await rm(folder, { recursive: true });
});

const found: boolean[] = [];

function start(name = 'control-room.db', unchecked = false) {
  const times = createStatementTimes(Date.now);
  const database = openDatabase(join(folder, name), {
    durable: true,
    observer: {
      took: (_kind, seconds, sql) => times.took(sql, seconds),
      kept: () => undefined,
      failed: () => undefined,
    },
  });
  migrate(database);
  const maintenance = createMaintenance({
    database,
    times,
    dataDir: folder,
    version: '1.2.3',
    now: Date.now,
    settings: () => defaultSettings,
    program: new URL('./maintenance-thread.ts', import.meta.url),
    restart: () => false,
    unchecked,
    onCheck: ({ ok }) => void found.push(ok),
    log: { info: () => undefined, error: () => undefined },
  });
  const one = { database, times, maintenance };
  open.push(one);
  return one;
}

const addProject = (database: Database, id: string, path: string) =>
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', id, JSON.stringify({ id, path, createdAt: 1 }));
const addWorker = (database: Database, id: string, projectId: string, state: string) => {
  const row = { id, name: id, projectId, state, createdAt: 1, stateChangedAt: 7 };
  database.run('INSERT INTO workers (id, row) VALUES (?, ?)', id, JSON.stringify(row));
  database.run("INSERT INTO messages (worker_id, id, revision, row) VALUES (?, 1, 1, '{}')", id);
};
const set = (database: Database, name: string, value: unknown) =>
  database.run('INSERT OR REPLACE INTO settings VALUES (?, ?)', name, JSON.stringify(value));

test('says how the database is: schema, files, tables, what is kept', async () => {
  const { database, maintenance } = start();
  addProject(database, 'p_1', '/one');
  await writeFile(join(folder, 'search.db'), 'derived');
  const state = await maintenance.measure();
  expect(state.schema.applied).toBe(state.schema.latest);
  expect(state.schema.migrations.every(({ applied }) => applied)).toBe(true);
  expect(state.files).toContainEqual({ name: 'search.db', sizeBytes: 7, derived: true });
  expect(state.files.find(({ name }) => name === 'control-room.db')).toMatchObject({ derived: false });
  expect(state.tables?.find(({ name }) => name === 'projects')).toMatchObject({ rows: 1, sizeBytes: 8192 });
  expect(state.retention).toContainEqual({ what: 'Audit', kept: '90 days', setting: 'auditDays' });
  expect(state.work).toBeNull();
});

test('a check finds rows that point nowhere and rows that cannot be read', async () => {
  const { database, maintenance } = start();
  expect(await maintenance.check()).toMatchObject({ ok: true, problems: [] });
  database.exec('PRAGMA foreign_keys = OFF');
  addWorker(database, 'w_1', 'p_gone', 'ended');
  expect(await maintenance.check()).toMatchObject({
    ok: false,
    problems: ['A row of workers points to nothing in projects.'],
  });
  database.run("INSERT INTO settings VALUES ('a', '{')");
  expect((await maintenance.check()).problems).toContain('1 of settings cannot be read.');
  expect((await maintenance.state()).lastCheck).toMatchObject({ ok: false });
});

test('after an unclean end it is looked through beside everything else, and damage is told with what to do', async () => {
  const { database, maintenance } = start('control-room.db', true);
  const seen: string[] = [];
  maintenance.onIntegrity(() => {
    const { unchecked, checking, lastCheck } = maintenance.integrity();
    seen.push(`${unchecked ? 'unchecked' : 'checked'}${checking ? ' checking' : ''} ${lastCheck?.ok ?? '-'}`);
  });
  found.length = 0;
  expect(maintenance.integrity()).toEqual({ unchecked: true, checking: false, lastCheck: null });
  expect(() => maintenance.mend(true)).toThrow(/No damage is known/);
  for (let index = 0; index < 500; index += 1) set(database, `name${index}`, 'x'.repeat(2000));
  database.get('PRAGMA wal_checkpoint(TRUNCATE)');
  await maintenance.checkAfterEnd();
  expect(seen).toEqual(['unchecked checking -', 'checked checking true']);
  expect(found).toEqual([true]);
  // Once is enough.
  await maintenance.checkAfterEnd();
  expect(found).toEqual([true]);
  await maintenance.close();
  database.close();
  const path = join(folder, 'control-room.db');
  const bytes = await readFile(path);
  bytes.fill(0xa5, bytes.length - 4096 * 20, bytes.length - 4096 * 19);
  await writeFile(path, bytes);
  const again = start('control-room.db', true).maintenance;
  await again.checkAfterEnd();
  expect(found).toEqual([true, false]);
  expect(again.integrity().lastCheck).toMatchObject({ ok: false, problems: [expect.any(String)] });
  expect(() => again.mend(false)).toThrow(/"confirm": true/);
  expect(again.mend(true)).toMatchObject({ state: 'staged' });
});

test('VACUUM is done at the next start and told', async () => {
  const { database, maintenance } = start();
  for (let index = 0; index < 500; index += 1) set(database, `name${index}`, 'x'.repeat(2000));
  database.run('DELETE FROM settings');
  expect((await maintenance.state()).freeBytes).toBeGreaterThan(500_000);
  expect(await maintenance.vacuum()).toMatchObject({ state: 'staged' });
  expect(await maintenance.checkpoint()).toMatchObject({ logBytes: 0 });
  expect(maintenance.analyze().tookMs).toBeGreaterThan(0);
  database.close();
  const before = (await stat(join(folder, 'control-room.db'))).size;
  vacuumIfWanted(join(folder, 'control-room.db'), Date.now);
  expect((await stat(join(folder, 'control-room.db'))).size).toBeLessThan(before - 500_000);
  vacuumIfWanted(join(folder, 'control-room.db'), () => 0);
  const again = start();
  expect((await again.maintenance.state()).lastVacuum).toMatchObject({ beforeBytes: before, at: expect.any(Number) });
});

test('slow statements are told without their values, and forgotten', () => {
  const { database, maintenance } = start();
  database.all(
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) FROM n',
    300_000,
  );
  const [slowest] = maintenance.slow().items;
  expect(slowest).toMatchObject({ sql: expect.stringContaining('i < ?'), count: 1 });
  expect(slowest?.maxMs).toBeGreaterThan(2);
  expect(maintenance.forgetSlow()).toMatchObject({ items: [], statements: 0 });
});

test('an export is taken in by another house: what is there stays, projects of one folder are one, nothing runs', async () => {
  const from = start();
  addProject(from.database, 'p_1', '/one');
  addProject(from.database, 'p_2', '/two');
  addWorker(from.database, 'w_1', 'p_1', 'working');
  addWorker(from.database, 'w_2', 'p_2', 'ended');
  set(from.database, 'branchPrefix', 'theirs/');
  set(from.database, 'maxWorkers', 9);
  from.database.run("INSERT INTO saved_searches VALUES ('s_1', 'Mine', '{}')");
  from.database.run(
    "INSERT INTO credentials (id, kind, name, secret_hash, hint, access, created_by, created_at) VALUES ('k', 'key', 'canary', 'canary', 'x', 'view', 'you', 1)",
  );
  const { base64, path, rows } = await from.maintenance.export();
  expect(rows).toBe(9);
  expect(gunzipSync(Buffer.from(base64 ?? '', 'base64')).toString()).not.toContain('canary');

  const to = start('other.db');
  addProject(to.database, 'p_own', '/one');
  set(to.database, 'branchPrefix', 'ours/');
  const dry = await to.maintenance.import({ path, dryRun: true, replace: false });
  expect(to.database.all('SELECT id FROM workers')).toEqual([]);
  const done = await to.maintenance.import({ base64: base64 ?? '', dryRun: false, replace: false });
  expect(done).toMatchObject({ problems: [], state: 'staged', appVersion: '1.2.3' });
  expect(done.tables).toEqual(dry.tables);
  expect(done.tables.find(({ name }) => name === 'settings')).toMatchObject({ added: 1, present: 1 });
  expect(to.database.all("SELECT id, state, row ->> '$.projectId' AS project FROM workers ORDER BY id")).toEqual([
    { id: 'w_1', state: 'ended', project: 'p_own' },
    { id: 'w_2', state: 'ended', project: 'p_2' },
  ]);
  expect(to.database.get("SELECT value FROM settings WHERE name = 'branchPrefix'")).toEqual({ value: '"ours/"' });
  // Once more adds nothing; replacing writes over what is there.
  const again = await to.maintenance.import({ path, dryRun: false, replace: false });
  expect(again).toMatchObject({ state: 'none' });
  const replaced = await to.maintenance.import({ path, dryRun: false, replace: true });
  expect(replaced.tables.find(({ name }) => name === 'settings')).toMatchObject({ replaced: 2 });
  expect(to.database.get("SELECT value FROM settings WHERE name = 'branchPrefix'")).toEqual({ value: '"theirs/"' });
  expect(to.database.all('PRAGMA foreign_key_check')).toEqual([]);
  expect((await readdir(folder)).filter((name) => name.startsWith('import-'))).toEqual([]);
});

test('what is no export, cut off or of a newer program is refused and changes nothing', async () => {
  const { database, maintenance } = start();
  set(database, 'a', 1);
  const { base64 } = await maintenance.export();
  const text = gunzipSync(Buffer.from(base64 ?? '', 'base64')).toString();
  const imported = (content: string) =>
    maintenance.import({ base64: gzipSync(content).toString('base64'), dryRun: false, replace: true });
  await expect(maintenance.import({ base64: 'bm8=', dryRun: false, replace: false })).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringMatching(/no export/),
  });
  await expect(imported(text.slice(0, -20))).rejects.toThrow(/end is missing/);
  await expect(imported(text.replace('"rows":1', '"rows":2'))).rejects.toThrow(/should have 2/);
  await expect(imported(text.replace(/"schemaVersion":\d+/, '"schemaVersion":999'))).rejects.toThrow(
    /newer Control Room/,
  );
  await expect(imported(text.replace('"table":"settings"', '"table":"credentials"'))).rejects.toThrow(
    /table credentials/,
  );
});
