import { existsSync } from 'node:fs';
import { cp, mkdtemp, open as openFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../shared/default-settings.ts';
import type { ProjectId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Settings } from '../../shared/settings.ts';
import { spawnWorkerInput, type Worker, workerSchema } from '../../shared/workers.ts';
import { createBackups } from './backups/backups.ts';
import type { Database } from './database/database.ts';
import { type OpenState, openState } from './open-state.ts';
import { newWorker } from './workers/new-worker.ts';
import { ended } from './workers/worker-row.ts';

let folder: string;
/** A data folder with a backup, and its name; made once. */
let lived: { folder: string; name: string } | undefined;
let opened: OpenState | undefined;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const backupProgram = new URL('./backups/backup-thread.ts', import.meta.url);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-state-'));
});

afterEach(async () => {
  close();
  await rm(folder, { recursive: true });
});

afterAll(async () => {
  if (lived) await rm(lived.folder, { recursive: true });
});

function open(atStep?: (step: string) => void): OpenState {
  opened = openState({
    dataDir: folder,
    now: Date.now,
    backupProgram,
    log,
    ...(atStep ? { atStep } : {}),
  });
  return opened;
}

function close(): void {
  opened?.database.close();
  opened?.folder.release();
  opened = undefined;
}

async function withBackups<T>(
  state: OpenState,
  use: (backups: ReturnType<typeof createBackups>) => Promise<T>,
): Promise<T> {
  const backups = createBackups({
    dataDir: folder,
    databaseFile: join(folder, 'control-room.db'),
    version: '1.2.3',
    now: Date.now,
    settings: () => ({ ...defaultSettings, backupEveryHours: 0 }) as Settings,
    program: backupProgram,
    swap: state.swap,
    keyFiles: [],
    restart: () => false,
    log,
  });
  try {
    return await use(backups);
  } finally {
    await backups.close();
  }
}

const takeBackup = (state: OpenState) =>
  withBackups(state, (backups) => backups.create({ type: 'manual', description: '' }));
const restore = (state: OpenState, backup_filename: string) =>
  withBackups(state, (backups) => backups.restore({ backup_filename, confirm: true }, 'somebody'));

const project = (name: string): Project => ({
  id: `p_${name}` as ProjectId,
  name,
  path: `/projects/${name}`,
  defaultBranch: 'main',
  remoteUrl: null,
  trusted: false,
  trustQuestion: null,
  limits: {},
  limitsSince: 1,
  createdAt: 1,
});

function addProject(database: Database, name: string): Project {
  const row = project(name);
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', row.id, JSON.stringify(row));
  return row;
}

function addWorker(database: Database, of: Project, name: string): Worker {
  const input = spawnWorkerInput.parse({ projectId: of.id, name, prompt: 'Go', worktree: false });
  const made = newWorker(input, { project: of, settings: defaultSettings, role: undefined, at: 1 });
  const worker: Worker = { ...made, state: 'working' };
  database.run('INSERT INTO workers (id, row) VALUES (?, ?)', worker.id, JSON.stringify(worker));
  database.run(
    "INSERT INTO runs (id, worker_id, kind, started_at) VALUES (?, ?, 'headless', 1)",
    `run-${name}`,
    worker.id,
  );
  return worker;
}

function endWorker(database: Database, worker: Worker): void {
  const row = ended(worker, { outcome: 'done', code: null, reason: 'Done.', evidence: 'test' }, 2);
  database.run('UPDATE workers SET row = ? WHERE id = ?', JSON.stringify(row), worker.id);
  database.run('UPDATE runs SET ended_at = 2 WHERE worker_id = ?', worker.id);
}

const workersOf = (database: Database) =>
  Object.fromEntries(
    database
      .all<{ name: string; state: string }>('SELECT name, state FROM workers')
      .map(({ name, state }) => [name, state]),
  );
const setting = (database: Database) =>
  database.get<{ value: string }>("SELECT value FROM settings WHERE name = 'branchPrefix'")?.value;
const set = (database: Database, value: string) =>
  database.run("INSERT OR REPLACE INTO settings VALUES ('branchPrefix', ?)", JSON.stringify(value));

/** Puts a state with a backup and what came after it into the folder, and opens it. Gives the backup's name. */
async function live(): Promise<string> {
  if (!lived) {
    const name = await makeLife();
    close();
    lived = { folder: `${folder}-lived`, name };
    await cp(folder, lived.folder, { recursive: true });
  } else {
    await cp(lived.folder, folder, { recursive: true });
  }
  open();
  return lived.name;
}

async function makeLife(): Promise<string> {
  const { database } = open();
  const first = addProject(database, 'first');
  addWorker(database, first, 'went-on');
  const over = addWorker(database, first, 'over-since');
  const removed = addWorker(database, first, 'removed-since');
  set(database, 'then/');
  database.run("INSERT INTO events (at, body) VALUES (1, '{}')");
  const { backup_filename } = await takeBackup(opened as OpenState);
  endWorker(database, over);
  database.run('DELETE FROM workers WHERE id = ?', removed.id);
  const second = addProject(database, 'second');
  addWorker(database, second, 'new');
  endWorker(database, addWorker(database, second, 'new-and-over'));
  set(database, 'now/');
  for (let index = 0; index < 50; index += 1) database.run("INSERT INTO events (at, body) VALUES (1, '{}')");
  database.run(
    "INSERT INTO credentials (id, kind, name, secret_hash, hint, access, created_by, created_at) VALUES ('k_new', 'key', 'new', 'h', 'x', 'view', 'you', 1)",
  );
  return backup_filename;
}

function expectRestored(database: Database): void {
  expect(setting(database)).toBe('"then/"');
  expect(workersOf(database)).toEqual({
    'went-on': 'working',
    'over-since': 'ended',
    'removed-since': 'ended',
    new: 'working',
  });
  expect(database.all('SELECT id FROM runs WHERE ended_at IS NULL ORDER BY id')).toEqual([
    { id: 'run-new' },
    { id: 'run-went-on' },
  ]);
  expect(database.all('SELECT id FROM credentials')).toEqual([{ id: 'k_new' }]);
  // Numbers go on above those that clients have seen.
  expect(database.get("SELECT seq FROM sqlite_sequence WHERE name = 'events'")).toEqual({ seq: 1051 });
  expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
}

test('a restore puts the state of then back, but for what runs now and who may come in', async () => {
  const name = await live();
  const answer = await restore(opened as OpenState, name);
  close();
  const { database, restored, swap } = open();
  expect(restored).toMatchObject({ backup_filename: name, why: 'asked', by: 'somebody', kept: { workers: 3 } });
  expectRestored(database);
  expect(swap.lastRecord()).toEqual(restored);
  expect(swap.staged()).toBeNull();
  expect(await readdir(join(folder, 'restore'))).toEqual(['last.json']);
  close();
  expect(open().restored).toBeUndefined();
  // And back again.
  await withBackups(opened as OpenState, (backups) => backups.undoRestore(true, 'somebody'));
  close();
  const undone = open();
  expect(undone.restored?.backup_filename).toBe(answer.safety_backup);
  expect(setting(undone.database)).toBe('"now/"');
  expect(workersOf(undone.database)).toMatchObject({ 'new-and-over': 'ended', new: 'working' });
});

test('cut off at any step, a restore is whole at the next start', async () => {
  const name = await live();
  await restore(opened as OpenState, name);
  close();
  const steps: string[] = [];
  for (;;) {
    const step = steps.length;
    try {
      open((at) => {
        if (steps.includes(at)) return;
        steps.push(at);
        throw new Error('cut off');
      });
    } catch (error) {
      expect(String(error)).toContain('cut off');
      expect(steps.length).toBe(step + 1);
      continue;
    }
    break;
  }
  expect(steps).toEqual([
    'restore:begun',
    'restore:fitted',
    'restore:prepared',
    'restore:moved-database',
    'restore:moved-wal',
    'restore:moved-shm',
    'restore:moved-journal',
    'restore:in-place',
    'restore:recorded',
    'restore:done',
  ]);
  expectRestored((opened as OpenState).database);
});

test('a backup of an older schema is brought up to date, one of a newer is refused', async () => {
  const { database } = open();
  set(database, 'then/');
  const { backup_filename } = await takeBackup(opened as OpenState);
  const manifest = join(folder, 'backups', `${backup_filename}.json`);
  const described = JSON.parse(await readFile(manifest, 'utf8'));
  await writeFile(manifest, JSON.stringify({ ...described, schemaVersion: described.schemaVersion + 1 }));
  await expect(restore(opened as OpenState, backup_filename)).rejects.toThrow(/newer Control Room/);
});

/** Writes over some bytes of the database, as a disk would. */
async function damage(at: number, bytes: Buffer): Promise<void> {
  const file = await openFile(join(folder, 'control-room.db'), 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

test('a damaged database is set aside, and the newest backup takes its place with what can still be read', async () => {
  const name = await live();
  close();
  const { size } = await stat(join(folder, 'control-room.db'));
  // The last page alone: what is kept can be read all the same, or cannot.
  await damage(size - 4096, Buffer.alloc(4096, 0xa5));
  const { database, restored } = open();
  expect(restored).toMatchObject({ backup_filename: name, why: 'damage', safety_backup: null });
  expect(setting(database)).toBe('"then/"');
  expect((await stat(join(restored?.setAside ?? '', 'control-room.db'))).size).toBe(size);
  expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  await withBackups(opened as OpenState, async (backups) => {
    await backups.state();
    expect(backups.check()).toMatchObject({ state: 'warning', detail: expect.stringContaining('was damaged') });
  });
});

test.each([
  ['nothing but noise', 0, Buffer.alloc(8192, 0x77)],
  ['another first letter', 0, Buffer.from('T')],
  ['another page size', 16, Buffer.from([0xff])],
  ['a format that none reads', 47, Buffer.from([0x77])],
])('starts on %s, and with no backup anew, and says so', async (_name, at, bytes) => {
  await live();
  close();
  await rm(join(folder, 'backups'), { recursive: true });
  await damage(at, bytes);
  const { database, restored } = open();
  expect(restored).toMatchObject({ backup_filename: null, why: 'damage' });
  expect(existsSync(join(restored?.setAside ?? '', 'control-room.db'))).toBe(true);
  expect(database.get('SELECT count(*) AS count FROM events')).toEqual({ count: 0 });
});

/** Rows enough for a database that is too large to be looked through at a start. */
function fillUp(database: Database): void {
  database.transaction(() => {
    for (let index = 0; index < 5000; index += 1)
      database.run('INSERT INTO settings (name, value) VALUES (?, ?)', `f${index}`, JSON.stringify('x'.repeat(2000)));
  });
  database.get('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Ends as the house does, which closes the database and then lets go. */
function endWell(): void {
  opened?.database.close();
  opened?.release();
  opened = undefined;
}

test('after an unclean end a large database is unchecked, until somebody looked through it', async () => {
  await live();
  expect(opened?.unchecked).toBe(false);
  fillUp((opened as OpenState).database);
  (opened as OpenState).started();
  endWell();
  expect(open().unchecked).toBe(false);
  opened?.started();
  // Killed: nothing is taken away.
  close();
  expect(open().unchecked).toBe(true);
  opened?.started();
  endWell();
  expect(open().unchecked).toBe(true);
  opened?.started();
  opened?.foundWhole();
  endWell();
  expect(open().unchecked).toBe(false);
});

test('damage that was found while it ran leads to the newest backup at the next start, and only then', async () => {
  const name = await live();
  const { database } = opened as OpenState;
  fillUp(database);
  database.run("INSERT OR REPLACE INTO settings VALUES ('branchPrefix', '\"later/\"')");
  (opened as OpenState).started();
  close();
  const { size } = await stat(join(folder, 'control-room.db'));
  await damage(size - 4096 * 100, Buffer.alloc(4096, 0xa5));
  // Too large to be looked through: it starts on it.
  expect(open().restored).toBeUndefined();
  opened?.started();
  opened?.distrust();
  endWell();
  expect(open().restored).toMatchObject({ backup_filename: name, why: 'damage' });
  expect(setting((opened as OpenState).database)).toBe('"then/"');
  opened?.started();
  endWell();
  expect(open().restored).toBeUndefined();
});

test('a number of the schema that a damaged byte changed is set right', async () => {
  await live();
  close();
  await damage(60, Buffer.from([0x70]));
  const { database, restored } = open();
  expect(restored).toBeUndefined();
  expect(setting(database)).toBe('"now/"');
});

test('a row of which a byte changed a name or a value is put right, quietly, and the rest is as it was', async () => {
  await live();
  const { database } = opened as OpenState;
  const workers = database.all<{ id: string; row: string }>(
    "SELECT id, row FROM workers WHERE name IN ('new', 'went-on')",
  );
  const [first, second] = workers;
  database.run(
    'UPDATE workers SET row = ? WHERE id = ?',
    first?.row.replace('"working"', '"workinf"') ?? '',
    first?.id ?? '',
  );
  database.run(
    'UPDATE workers SET row = ? WHERE id = ?',
    second?.row.replace('"timeline"', '"timelinf"') ?? '',
    second?.id ?? '',
  );
  close();
  const again = open();
  expect(again.restored).toBeUndefined();
  const rowOf = (id: string | undefined): Worker =>
    workerSchema.parse(
      JSON.parse(again.database.get<{ row: string }>('SELECT row FROM workers WHERE id = ?', id ?? '')?.row ?? ''),
    );
  expect(rowOf(first?.id)).toEqual({ ...JSON.parse(first?.row ?? ''), state: 'ended' });
  expect(rowOf(second?.id)).toEqual({ ...JSON.parse(second?.row ?? ''), timeline: [] });
});

test('a row that is no JSON any more is damage too', async () => {
  await live();
  (opened as OpenState).database.run("UPDATE settings SET value = '\"no' WHERE name = 'branchPrefix'");
  close();
  expect(open().restored).toMatchObject({ why: 'damage' });
  expect(setting((opened as OpenState).database)).toBe('"then/"');
});

test('a file that was cut to nothing is damage, not a new start', async () => {
  const name = await live();
  close();
  await writeFile(join(folder, 'signing-key'), 'a key');
  await truncate(join(folder, 'control-room.db'), 0);
  expect(open().restored).toMatchObject({ backup_filename: name, why: 'damage' });
});

test('a damaged lock is no obstacle', async () => {
  open();
  close();
  await writeFile(join(folder, 'lock.db'), Buffer.alloc(4096, 1));
  expect(open().restored).toBeUndefined();
});
