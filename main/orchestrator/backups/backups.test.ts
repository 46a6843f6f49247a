import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../../../shared/settings.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { inspectDatabase } from '../database/inspect.ts';
import { migrate } from '../database/migrate.ts';
import { type Backups, createBackups } from './backups.ts';
import { createRestoreSwap } from './restore-swap.ts';

let folder: string;
let database: Database;
let settings: Settings;
let backups: Backups;
let restarts: number;

const log = { info: () => undefined, warn: () => undefined };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-backups-'));
  database = openDatabase(join(folder, 'control-room.db'), { durable: true });
  migrate(database);
  settings = {
    backupEveryHours: 0,
    backupKeep: 2,
    backupCompress: true,
    backupEncrypt: false,
    backupFolder: '',
    backupSecondFolder: '',
  } as Settings;
  restarts = 0;
  backups = open();
});

afterEach(async () => {
  await backups.close();
  database.close();
  await rm(folder, { recursive: true });
});

function open(): Backups {
  return createBackups({
    dataDir: folder,
    databaseFile: join(folder, 'control-room.db'),
    version: '1.2.3',
    now: Date.now,
    settings: () => settings,
    program: new URL('./backup-thread.ts', import.meta.url),
    swap: createRestoreSwap({
      dataDir: folder,
      present: join(folder, 'control-room.db'),
      log,
      workers: { ended: (row) => row, unsure: (row) => row },
    }),
    keyFiles: ['signing-key'],
    restart: () => {
      restarts += 1;
      return false;
    },
    log,
  });
}

const set = (name: string, value: string) =>
  database.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', name, JSON.stringify(value));
const all = () => backups.list({ limit: 100 }).then(({ items }) => items);
const files = () => readdir(join(folder, 'backups'));

test('a backup is a database of that moment, compressed so that gunzip opens it, with a description that is true', async () => {
  set('a', 'before');
  const backup = await backups.create({ type: 'manual', description: 'Pre-maintenance backup' });
  set('a', 'after');
  expect(backup.backup_filename).toMatch(/^control-room_backup_\d{8}_\d{6}_manual\.db\.gz$/);
  expect(backup).toMatchObject({
    type: 'manual',
    description: 'Pre-maintenance backup',
    encrypted: false,
    includes: ['database'],
    appVersion: '1.2.3',
    counts: { settings: 1, workers: 0 },
    second: null,
  });
  const copy = join(folder, 'copy.db');
  const packed = join(folder, 'backups', backup.backup_filename);
  await pipeline(createReadStream(packed), createGunzip(), createWriteStream(copy));
  const opened = openDatabase(copy, { durable: false, readonly: true });
  expect(opened.all('SELECT * FROM settings')).toEqual([{ name: 'a', value: '"before"' }]);
  opened.close();
  expect(inspectDatabase(copy).problems).toEqual([]);
  expect((await stat(packed)).mode & 0o777).toBe(0o600);
  expect(await all()).toEqual([backup]);
  expect((await files()).sort()).toEqual([backup.backup_filename, `${backup.backup_filename}.json`]);
  expect(await backups.verify(backup.backup_filename, undefined)).toMatchObject({ ok: true, problem: null });
});

test('so many of each type are kept, and both of one second are', async () => {
  for (const type of ['manual', 'manual', 'nightly', 'manual']) await backups.create({ type, description: '' });
  const kept = await all();
  expect(kept.map(({ type }) => type).sort()).toEqual(['manual', 'manual', 'nightly']);
  expect((await files()).length).toBe(6);
});

test('what was cut off is offered to nobody and swept at the next start', async () => {
  const backup = await backups.create({ type: 'manual', description: '' });
  const at = join(folder, 'backups');
  await writeFile(join(at, 'control-room_backup_20260101_000000_manual.db.unfinished'), 'half');
  await writeFile(join(at, 'control-room_backup_20260101_000000_manual.db.gz.unfinished'), 'half');
  await copyFile(
    join(at, `${backup.backup_filename}.json`),
    join(at, 'control-room_backup_20260101_000000_manual.db.gz.json'),
  );
  await writeFile(join(at, 'notes.txt'), 'mine');
  expect(await all()).toEqual([backup]);
  await backups.close();
  backups = open();
  await backups.start();
  expect((await files()).sort()).toEqual(
    [backup.backup_filename, `${backup.backup_filename}.json`, 'notes.txt'].sort(),
  );
});

test('a byte that changed is found, and a file that was cut is not offered', async () => {
  const backup = await backups.create({ type: 'manual', description: '' });
  const path = join(folder, 'backups', backup.backup_filename);
  const bytes = await readFile(path);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
  expect(await backups.drill()).toMatchObject({ ok: false, problem: expect.stringMatching(/damaged/) });
  expect((await backups.state()).lastDrill).toMatchObject({ ok: false });
  await expect(backups.restore({ backup_filename: backup.backup_filename, confirm: true }, 'me')).rejects.toThrow(
    /damaged/,
  );
  await truncate(path, bytes.length - 10);
  expect(await all()).toEqual([]);
});

test('an encrypted one opens with its passphrase alone, and takes the keys along', async () => {
  await writeFile(join(folder, 'signing-key'), 'the key');
  settings.backupEncrypt = true;
  await expect(backups.create({ type: 'manual', description: '' })).rejects.toThrow(/no passphrase/);
  expect((await backups.state()).problem).toMatch(/no passphrase/);
  expect(backups.check()).toMatchObject({ id: 'backups', state: 'error' });
  await backups.setPassphrase('a long passphrase');
  const backup = await backups.create({ type: 'manual', description: '' });
  expect(backups.check()).toMatchObject({ state: 'ok' });
  expect(backup).toMatchObject({ encrypted: true, includes: ['database', 'keys'] });
  expect((await readFile(join(folder, 'backups', backup.backup_filename))).includes('SQLite format')).toBe(false);
  expect(await backups.verify(backup.backup_filename, undefined)).toMatchObject({ ok: true });
  await expect(backups.verify(backup.backup_filename, 'another one')).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(/not the passphrase/),
  });
  await backups.setPassphrase(null);
  await expect(backups.verify(backup.backup_filename, undefined)).rejects.toThrow(/give the passphrase/);
  expect(await backups.verify(backup.backup_filename, 'a long passphrase')).toMatchObject({ ok: true });
});

test('the second location has the same file; what fails there is told and harms nothing', async () => {
  const second = join(folder, 'elsewhere');
  settings.backupSecondFolder = second;
  const backup = await backups.create({ type: 'manual', description: '' });
  expect(backup.second).toEqual({ path: join(second, backup.backup_filename), problem: null });
  expect(await readFile(join(second, backup.backup_filename))).toEqual(
    await readFile(join(folder, 'backups', backup.backup_filename)),
  );
  await rm(second, { recursive: true });
  // There Node's own way to make folders tries for ever.
  if (process.platform === 'linux') settings.backupSecondFolder = '/proc/no/such';
  else await writeFile(second, 'a file');
  const other = await backups.create({ type: 'manual', description: '' });
  expect(other.second?.problem).toMatch(/failed/);
  expect(backups.check()).toMatchObject({ state: 'warning' });
});

test('a damaged database is not backed up over good ones, and it is told', async () => {
  await backups.create({ type: 'manual', description: '' });
  database.run("INSERT INTO settings (name, value) VALUES ('a', '{\"half')");
  await expect(backups.create({ type: 'manual', description: '' })).rejects.toThrow(/database is damaged/);
  expect(await all()).toHaveLength(1);
  expect((await files()).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('a restore wants to be confirmed, takes a copy of the present first, and waits for the next start', async () => {
  set('a', 'before');
  const { backup_filename } = await backups.create({ type: 'manual', description: '' });
  set('a', 'after');
  expect(() => backups.restore({ backup_filename, confirm: false }, 'me')).toThrow(/confirm/);
  await expect(backups.restore({ backup_filename: 'control-room_backup_x.db', confirm: true }, 'me')).rejects.toThrow(
    /no backup/,
  );
  const answer = await backups.restore({ backup_filename, confirm: true }, 'me');
  expect(answer).toMatchObject({
    backup_filename,
    state: 'staged',
    safety_backup: expect.stringMatching(/before-restore/),
  });
  expect(restarts).toBe(1);
  expect(await backups.state()).toMatchObject({ staged: backup_filename, lastRestore: null });
  await expect(backups.restore({ backup_filename, confirm: true }, 'me')).rejects.toThrow(/under way/);
});

test('a folder that cannot be written is told with what to do', async () => {
  await writeFile(join(folder, 'file'), '');
  settings.backupFolder = join(folder, 'file', 'backups');
  await expect(backups.create({ type: 'manual', description: '' })).rejects.toThrow(/Choose another one/);
});
