import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { openDatabase, sqliteCode } from './database.ts';

/** Who has a data folder, as the message to a second start names it. */
export interface Holder {
  pid: number;
  startedAt: number;
  address: string | null;
}

export interface DataFolder {
  path: string;
  /** Tells later starts where this one listens. */
  announce(address: string | null): void;
  /** Gives the folder back. */
  release(): void;
}

/** Who says it holds the folder, or undefined. It may have died since: only taking the folder proves that. */
export function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8')) as Holder;
  } catch {
    // Missing or half written: then nobody can be named.
    return undefined;
  }
}

/**
 * Makes the folder (readable by its owner alone) and takes it for this process. The lock is SQLite's own lock on
 * `lock.db`, kept by the operating system: it ends with the process, however that ends, so there is no stale lock.
 * Fails with CONFLICT naming the holder, or with UNPROCESSABLE when the folder cannot be written.
 */
export function takeDataFolder(path: string, now: () => number): DataFolder {
  let lock: ReturnType<typeof openDatabase>;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    // Each start its own: of several at once none takes away what another has just written.
    const probe = join(path, `.writable-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe, { force: true });
    lock = openLock(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw inUse(path);
    throw new AppError(
      'UNPROCESSABLE',
      `The data folder ${path} cannot be written (${error instanceof Error ? error.message : String(error)}). Make it writable for this user, or choose another with --data-dir.`,
      { path },
      { cause: error },
    );
  }
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw inUse(path);
    throw error;
  }
  const startedAt = now();
  let released = false;

  function announce(address: string | null): void {
    const file = join(path, 'holder.json');
    writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, startedAt, address } satisfies Holder), {
      mode: 0o600,
    });
    renameSync(`${file}.new`, file);
  }
  announce(null);

  return {
    path,
    announce,
    release() {
      if (released) return;
      released = true;
      rmSync(join(path, 'holder.json'), { force: true });
      lock.close();
    },
  };
}

/** Opens the lock's file; one that is damaged is made anew, unless somebody may hold it. */
function openLock(path: string): ReturnType<typeof openDatabase> {
  const file = join(path, 'lock.db');
  try {
    return openDatabase(file, { durable: false });
  } catch (error) {
    const code = sqliteCode(error);
    if (code !== 'SQLITE_NOTADB' && !code?.startsWith('SQLITE_CORRUPT')) throw error;
    const holder = readHolder(path);
    if (holder && isAlive(holder.pid)) throw inUse(path);
    for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true });
    return openDatabase(file, { durable: false });
  }
}

/** Whether a process of this id runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(path: string): AppError {
  const holder = readHolder(path);
  const who = holder
    ? `Control Room with process id ${holder.pid}${holder.address ? `, at ${holder.address}` : ''}`
    : 'another Control Room';
  return new AppError(
    'CONFLICT',
    `The data folder ${path} is in use by ${who}. Use that one, stop it first, or choose another folder with --data-dir.`,
    { path, ...holder },
  );
}
