import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { RestoreRecord } from '../../shared/backups.ts';
import { AppError } from '../../shared/errors.ts';
import { backupsFolder, writeDurably } from './backups/backup-files.ts';
import { foldersFile, passphraseFile } from './backups/places.ts';
import { type AtStep, createRestoreSwap, type RestoreSwap } from './backups/restore-swap.ts';
import { runJobNow } from './backups/run-job.ts';
import { type DataFolder, takeDataFolder } from './database/data-folder.ts';
import { type Database, openDatabase, sqliteCode } from './database/database.ts';
import { brokenRows, structureProblems } from './database/inspect.ts';
import { type MigrationStatus, mendVersion, migrate } from './database/migrate.ts';
import { takeDatabaseFile } from './database/named-file.ts';
import { createStatementTimes, type StatementTimes } from './database/statement-times.ts';
import { vacuumIfWanted } from './database/vacuum.ts';
import { mendRows } from './mend-rows.ts';
import { recoveryDelaysMs } from './workers/recovery.ts';
import { ended } from './workers/worker-row.ts';

/** The state, in the data folder. */
export const databaseFile = 'control-room.db';
/** Up to this size a database is looked through at every start: some hundredths of a second. */
const smallBytes = 8 * 1024 * 1024;
/** A backup that takes longer to open at a start is given up. */
const openWithinMs = 15 * 60_000;
/** Made at the first start, after the database. */
const livedFile = 'signing-key';
/** Raised while a start is under way; still there at the next one, that start did not get far. */
const startingFile = 'starting';
/** Stands in it when damage was found: then nothing less than what found it looks through the database. */
const distrusted = 'damaged';
/** Stands while one runs, and after an end that was none of its own, until the database was looked through. */
const runningFile = 'running';

type Watch = Pick<Parameters<typeof openDatabase>[1], 'guard' | 'observer'>;

export interface OpenState {
  folder: DataFolder;
  /** Lets go of the folder and of a database that stands elsewhere, once the database is closed. */
  release(): void;
  database: Database;
  times: StatementTimes;
  migrations: MigrationStatus;
  swap: RestoreSwap;
  /** What was restored at this start; undefined for an ordinary one. */
  restored: RestoreRecord | undefined;
  /** Everything was taken up: what was opened is good enough to run on. */
  started(): void;
  /** The end before was none of its own, and the database is too large to be looked through at a start. */
  unchecked: boolean;
  /** It was looked through since, and nothing is wrong with it. */
  foundWhole(): void;
  /** Damage was found while it runs: the next start looks through all of it first, sets it aside and restores the newest backup. */
  distrust(): void;
}

/**
 * Takes the data folder and opens the state in it: finishes a restore that was asked for, and where the database is damaged sets
 * it aside and restores the newest backup that is whole. Throws when the folder cannot be taken or the database not be opened.
 */
export function openState(deps: {
  dataDir: string;
  /** Where the database stands: in the data folder, unless another place was named. */
  databasePath?: string;
  now: () => number;
  backupProgram: URL;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
  /** Who hears how statements go. */
  watch?: Watch;
  atStep?: AtStep;
}): OpenState {
  const { dataDir, now, log } = deps;
  const times = createStatementTimes(now);
  const { guard, observer } = deps.watch ?? {};
  const watch: Watch = {
    ...(guard ? { guard } : {}),
    observer: {
      took(kind, seconds, sql) {
        times.took(sql, seconds);
        observer?.took(kind, seconds, sql);
      },
      kept: () => observer?.kept(),
      failed: (code) => observer?.failed(code),
    },
  };
  const folder = takeDataFolder(dataDir, now);
  const { path, release: releaseFile } = takeDatabaseFile(dataDir, deps.databasePath, folder.release);
  const release = (): void => {
    releaseFile();
    folder.release();
  };
  try {
    const swap = createRestoreSwap({
      dataDir,
      present: path,
      log,
      ...(deps.atStep ? { atStep: deps.atStep } : {}),
      workers: {
        ended: (worker) => ended(worker, endOfRestored, now()),
        unsure: (worker) =>
          worker.state === 'queued'
            ? ended(worker, endOfRestored, now())
            : { ...worker, recovery: { ...worker.recovery, attempts: recoveryDelaysMs.length, nextAt: null } },
      },
    });
    let restored = swap.finish();
    try {
      if (!restored) vacuumIfWanted(path, now);
    } catch (error) {
      log.error({ error }, 'the database could not be written anew; it is as it was');
    }
    const marker = join(dirname(path), startingFile);
    const thorough = textOf(marker);
    const running = join(dirname(path), runningFile);
    const endedByItself = !existsSync(running);
    writeDurably(marker, '');
    let opened: ReturnType<typeof open>;
    try {
      opened = open(path, dataDir, thorough, watch);
    } catch (error) {
      if (!isDamage(error)) throw error;
      requireWritable(path);
      log.error({ error }, 'the database is damaged; it is set aside and the newest backup restored');
      restored = recover({ ...deps, path, swap, why: error as Error });
      opened = open(path, dataDir, '', watch);
    }
    if (opened.small) {
      const { mended, broken } = mendRows(opened.database);
      if (mended.length + broken.length > 0)
        log.error({ mended, broken }, 'rows of the database did not fit; what could be was put right');
    }
    let isWhole = endedByItself || opened.small || restored !== undefined;
    return {
      folder,
      release(): void {
        if (isWhole) rmSync(running, { force: true });
        release();
      },
      unchecked: !isWhole,
      foundWhole(): void {
        isWhole = true;
      },
      distrust: () => writeDurably(marker, distrusted),
      swap,
      restored,
      ...opened,
      times,
      started(): void {
        rmSync(marker, { force: true });
        writeDurably(running, '');
      },
    };
  } catch (error) {
    // A start that was refused did not get stuck: nothing of it is left in the folder.
    if (error instanceof AppError) rmSync(join(dataDir, startingFile), { force: true });
    release();
    throw error;
  }
}

const endOfRestored = {
  outcome: 'stopped' as const,
  code: null,
  reason: 'It ran when the backup was made that was restored since. Resume goes on in its session.',
  evidence: 'a restore',
};

function open(
  path: string,
  dataDir: string,
  /** What stands in the mark of a start that did not get far, or of damage that was found; null for an ordinary start. */
  thorough: string | null,
  watch: Watch,
): { database: Database; migrations: MigrationStatus; small: boolean } {
  if (existsSync(path) && statSync(path).size === 0 && existsSync(join(dataDir, livedFile)))
    throw new Damage('the file is empty');
  const database = openDatabase(path, { durable: true, ...watch });
  try {
    // A byte of the first page says whether it can be written at all.
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    mendVersion(database);
    const migrations = migrate(database);
    const small = thorough !== null || statSync(path).size <= smallBytes;
    if (small) {
      const [problem] = thorough === distrusted ? structureProblems(database) : [];
      if (problem) throw new Damage(problem);
      const [line] = database.all<{ quick_check: string }>('PRAGMA quick_check(1)');
      if (line && line.quick_check !== 'ok') throw new Damage(line.quick_check);
      const [broken] = brokenRows(database);
      if (broken) throw new Damage(broken);
    }
    return { database, migrations, small };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Throws for a file that this user may not write: that is no damage. */
function requireWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new AppError(
      'UNPROCESSABLE',
      `The database ${path} cannot be written (${(error as Error).message}). Make it writable for this user.`,
      { path },
      { cause: error },
    );
  }
}

/** What was found wrong with a database by looking through it. */
class Damage extends Error {}

function isDamage(error: unknown): boolean {
  if (error instanceof Damage || error instanceof SyntaxError) return true;
  const code = sqliteCode(error);
  if (code?.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return true;
  // What SQLite says of a first page, a schema or a row in which a byte is another one.
  if (code && /malformed|unsupported file format|not a database|readonly database/i.test((error as Error).message))
    return !/permission/i.test((error as Error).message);
  return error instanceof AppError && error.cause !== undefined && isDamage(error.cause);
}

/** Sets the damaged files aside and puts the newest whole backup in their place, or an empty database. */
function recover(deps: {
  dataDir: string;
  now: () => number;
  backupProgram: URL;
  path: string;
  swap: RestoreSwap;
  why: Error;
  log: { error(details: object, message: string): void };
}): RestoreRecord | undefined {
  const { dataDir, swap } = deps;
  const at = deps.now();
  const setAside = join(dirname(deps.path), 'damaged', new Date(at).toISOString().replace(/[:.]/g, '-'));
  mkdirSync(setAside, { recursive: true, mode: 0o700 });
  const into = swap.clear();
  const { backup } = runJobNow(
    deps.backupProgram,
    { kind: 'open-newest', folders: foldersOf(dataDir), passphrase: textOf(join(dataDir, passphraseFile)), into },
    openWithinMs,
  );
  if (!backup) {
    const empty = openDatabase(into, { durable: true });
    migrate(empty);
    empty.close();
  }
  swap.stage({
    backup_filename: backup?.backup_filename ?? null,
    safety_backup: null,
    by: 'Control Room',
    at,
    why: 'damage',
    setAside,
  });
  const record = swap.finish();
  deps.log.error(
    { setAside, backup: backup?.backup_filename ?? null, damage: deps.why.message },
    backup ? 'the newest backup was restored' : 'no backup could be read: the state begins anew',
  );
  return record;
}

function foldersOf(dataDir: string): string[] {
  const told = z.string().transform((text, context) => {
    try {
      return z.array(z.string()).parse(JSON.parse(text));
    } catch {
      // Damaged too: then only the usual place is looked at.
      context.addIssue('is no list of folders');
      return z.NEVER;
    }
  });
  const folders = told.safeParse(textOf(join(dataDir, foldersFile)) ?? '[]').data ?? [];
  return [...new Set([join(dataDir, backupsFolder), ...folders])];
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // There need not be one.
    return null;
  }
}
