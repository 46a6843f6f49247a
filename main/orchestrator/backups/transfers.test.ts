import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { transferPartBytes } from '../../../shared/backup-transfer.ts';
import type { Settings } from '../../../shared/settings.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { type Backups, createBackups } from './backups.ts';
import { createRestoreSwap } from './restore-swap.ts';

const log = { info: () => undefined, warn: () => undefined };

/** A machine of its own, with a database and backups. */
interface House {
  folder: string;
  database: Database;
  settings: Settings;
  backups: Backups;
}

let here: House;
let there: House;

beforeEach(async () => {
  [here, there] = await Promise.all([openHouse(), openHouse()]);
});

afterEach(async () => {
  for (const house of [here, there]) {
    await house.backups.close();
    house.database.close();
    await rm(house.folder, { recursive: true });
  }
});

async function openHouse(): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-transfers-'));
  const present = join(folder, 'control-room.db');
  const database = openDatabase(present, { durable: true });
  migrate(database);
  const settings = {
    backupEveryHours: 0,
    backupKeep: 2,
    backupCompress: true,
    backupEncrypt: false,
    backupFolder: '',
    backupSecondFolder: '',
  } as Settings;
  const backups = createBackups({
    dataDir: folder,
    databaseFile: present,
    version: '1.2.3',
    now: Date.now,
    settings: () => settings,
    program: new URL('./backup-thread.ts', import.meta.url),
    swap: createRestoreSwap({
      dataDir: folder,
      present,
      log,
      workers: { ended: (row) => row, unsure: (row) => row },
    }),
    keyFiles: ['signing-key'],
    restart: () => false,
    log,
  });
  return { folder, database, settings, backups };
}

/** Carries a backup from one to the other, a part at a time, as the page does. */
async function carry(name: string, passphrase?: string) {
  const { sizeBytes } = await there.backups.transfers.part(name, 0);
  const { id } = await here.backups.transfers.beginUpload({ fileName: name, sizeBytes, description: '' });
  let parts = 0;
  for (let offset: number | null = 0; offset !== null; ) {
    const part: { base64: string; nextOffset: number | null } = await there.backups.transfers.part(name, offset);
    await here.backups.transfers.uploadPart({ id, offset, base64: part.base64 });
    offset = part.nextOffset;
    parts += 1;
  }
  return { id, parts, finish: () => here.backups.transfers.finishUpload({ id, passphrase }) };
}

const files = () => readdir(join(here.folder, 'backups'));
const items = () => here.backups.list({ limit: 100 }).then((page) => page.items);

async function upload(bytes: Buffer, more: { sha256?: string; passphrase?: string } = {}) {
  const { transfers } = here.backups;
  const { id } = await transfers.beginUpload({ fileName: 'given.gz', sizeBytes: bytes.length, description: '' });
  await transfers.uploadPart({ id, offset: 0, base64: bytes.toString('base64') });
  return transfers.finishUpload({ id, ...more });
}

test('a backup of another machine comes in parts, is read through, and is restored like ours', async () => {
  there.settings.backupCompress = false;
  const filler = 'x'.repeat(1000);
  there.database.transaction(() => {
    for (let at = 1; at <= 5000; at += 1)
      there.database.run('INSERT INTO events (at, body) VALUES (?, ?)', at, JSON.stringify({ filler }));
  });
  const theirs = await there.backups.create({ type: 'manual', description: '' });
  expect(theirs.sizeBytes).toBeGreaterThan(2 * transferPartBytes);
  const { parts, finish } = await carry(theirs.backup_filename);
  expect(parts).toBe(Math.ceil(theirs.sizeBytes / transferPartBytes));
  expect(await items()).toEqual([]);
  const ours = await finish();
  expect(ours).toMatchObject({
    type: 'imported',
    description: `Taken in from ${theirs.backup_filename}`,
    // It is as old as what it holds.
    createdAt: 5000,
    sha256: theirs.sha256,
    contentSha256: theirs.contentSha256,
    counts: theirs.counts,
    schemaVersion: theirs.schemaVersion,
    seq: 5000,
  });
  expect(await items()).toEqual([ours]);
  expect((await files()).sort()).toEqual([ours.backup_filename, `${ours.backup_filename}.json`]);
  expect((await stat(join(here.folder, 'backups', ours.backup_filename))).mode & 0o777).toBe(0o600);
  expect(await here.backups.verify(ours.backup_filename, undefined)).toMatchObject({ ok: true });
  expect(await here.backups.restore({ backup_filename: ours.backup_filename, confirm: true }, 'me')).toMatchObject({
    state: 'staged',
  });
});

test('one that came is none of ours: it says nothing of our age, and none is thrown away for another', async () => {
  for (const at of [1, 2, 3]) {
    there.database.run('INSERT INTO events (at, body) VALUES (?, ?)', Date.now() + 1e6 * at, '{}');
    const { finish } = await carry((await there.backups.create({ type: 'manual', description: '' })).backup_filename);
    await finish();
  }
  expect(await items()).toHaveLength(3);
  expect(here.backups.newestAt()).toBeNull();
  await expect(here.backups.drill()).rejects.toThrow(/no backup yet/);
  await here.backups.create({ type: 'manual', description: '' });
  expect(await items()).toHaveLength(4);
  expect(here.backups.newestAt()).toBeLessThan(Date.now() + 1e5);
});

test('an encrypted one wants its passphrase, and a wrong one may be tried again', async () => {
  there.settings.backupEncrypt = true;
  await there.backups.setPassphrase('a long passphrase');
  const { backup_filename } = await there.backups.create({ type: 'manual', description: '' });
  const { id, finish } = await carry(backup_filename);
  await expect(finish()).rejects.toMatchObject({ code: 'FORBIDDEN', details: { field: 'passphrase' } });
  await expect(here.backups.transfers.finishUpload({ id, passphrase: 'another one' })).rejects.toThrow(/not the pass/);
  const ours = await here.backups.transfers.finishUpload({ id, passphrase: 'a long passphrase' });
  expect(ours).toMatchObject({ encrypted: true, compressed: true, includes: ['database', 'keys'] });
  expect(await here.backups.verify(ours.backup_filename, 'a long passphrase')).toMatchObject({ ok: true });
});

test('what is damaged, of another program, newer or sent twice is refused in words, and leaves nothing', async () => {
  const good = await there.backups.create({ type: 'manual', description: '' });
  const bytes = await readFile(join(there.folder, 'backups', good.backup_filename));
  const flipped = Buffer.from(bytes);
  flipped[bytes.length >> 1] = (flipped[bytes.length >> 1] ?? 0) ^ 0xff;
  const of = async (change: (database: Database) => void): Promise<Buffer> => {
    const path = join(there.folder, 'changed.db');
    await there.database.get('PRAGMA wal_checkpoint(TRUNCATE)');
    await copyFile(join(there.folder, 'control-room.db'), path);
    const database = openDatabase(path, { durable: true });
    database.exec('PRAGMA journal_mode = DELETE');
    change(database);
    database.close();
    return gzipSync(await readFile(path));
  };
  const cases: [Buffer, RegExp][] = [
    [flipped, /damaged|cannot be read/],
    [bytes.subarray(0, bytes.length - 100), /damaged/],
    [Buffer.from('just a text'), /holds no database/],
    [gzipSync('just a text'), /cannot be read/],
    [await of((database) => database.exec('DROP TABLE workers')), /of another program/],
    [await of((database) => database.exec('PRAGMA user_version = 999')), /newer Control Room/],
    [
      await of((database) =>
        database.exec('CREATE TRIGGER sly AFTER INSERT ON events BEGIN DELETE FROM projects; END'),
      ),
      /holds sly/,
    ],
  ];
  for (const [given, words] of cases) {
    await expect(upload(given), String(words)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(upload(given), String(words)).rejects.toThrow(words);
    expect(await files()).toEqual([]);
  }
  await expect(upload(bytes, { sha256: 'ab'.repeat(32) })).rejects.toThrow(/did not arrive as it was sent/);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const taken = await upload(bytes, { sha256 });
  await expect(upload(bytes)).rejects.toThrow(new RegExp(`here already: ${taken.backup_filename}`));
});

test('parts come in their order, no more than was said, and what is given up leaves nothing', async () => {
  const { transfers } = here.backups;
  const begin = () => transfers.beginUpload({ fileName: 'x', sizeBytes: 6, description: '' });
  const { id } = await begin();
  const base64 = Buffer.from('four').toString('base64');
  await expect(transfers.uploadPart({ id, offset: 1, base64 })).rejects.toMatchObject({
    details: { receivedBytes: 0 },
  });
  expect(await transfers.uploadPart({ id, offset: 0, base64 })).toMatchObject({ receivedBytes: 4 });
  await expect(transfers.finishUpload({ id })).rejects.toThrow(/2 bytes of it are missing/);
  await expect(transfers.uploadPart({ id, offset: 4, base64 })).rejects.toThrow(/said to have 6 bytes/);
  await transfers.cancelUpload(id);
  await expect(transfers.finishUpload({ id })).rejects.toThrow(/not there any more/);
  for (let count = 0; count < 3; count += 1) await begin();
  await expect(begin()).rejects.toThrow(/taken in already/);
  await expect(transfers.beginUpload({ fileName: 'x', sizeBytes: 1e13, description: '' })).rejects.toThrow(
    /taken in already|no room/,
  );
  await here.backups.close();
  expect(await files()).toEqual([]);
});

test('a file of this machine is taken in and stays where it is; its content leaves as a file', async () => {
  const theirs = await there.backups.create({ type: 'manual', description: '' });
  const path = join(there.folder, 'backups', theirs.backup_filename);
  const { transfers } = here.backups;
  const ours = await transfers.takeIn({ path, description: 'of the laptop' });
  expect(ours).toMatchObject({ type: 'imported', description: 'of the laptop', sha256: theirs.sha256 });
  const content = await transfers.content(ours.backup_filename);
  expect(content).toMatchObject({ name: ours.backup_filename, size: theirs.sizeBytes });
  expect(Buffer.from(await content.arrayBuffer())).toEqual(await readFile(path));
  await expect(transfers.takeIn({ path: 'backup.gz', description: '' })).rejects.toThrow(/whole path/);
  await expect(transfers.takeIn({ path: join(there.folder, 'none'), description: '' })).rejects.toThrow(/no file/);
  await expect(transfers.takeIn({ path: there.folder, description: '' })).rejects.toThrow(/not a file/);
  await writeFile(join(there.folder, 'empty'), '');
  await expect(transfers.takeIn({ path: join(there.folder, 'empty'), description: '' })).rejects.toThrow(/no database/);
  expect((await files()).filter((name) => name.includes('unfinished'))).toEqual([]);
});
