import { closeSync, existsSync, openSync, rmSync, type Stats, statSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { DoctorCheck } from '../../../shared/health.ts';

/**
 * How often the room on the disk is looked at: a log that is written over, as WAL is, takes writes for long after the disk is full,
 * so that no error tells of it.
 */
const lookMs = 500;
/** A full disk, or one that is about to be: this much, or this part of a small disk, is free. */
const fullBytes = 16 * 1024 * 1024;
const fullPart = 0.02;
/** Worth a word before it is too late. */
const lowBytes = 512 * 1024 * 1024;
const lowPart = 0.05;
/** Given up when the disk is full, so that what a person does about it can still be kept. */
const reserveBytes = 16 * 1024 * 1024;
const reservePart = 0.05;

const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;

const folderGone = 'FOLDER_GONE';

export type StorageState = 'ok' | 'low' | 'full' | 'gone';

/** Whether an error says that nothing can be kept at present: what was to be done is done again when there is room. */
export function isStorageTrouble(error: unknown): boolean {
  return isDiskFull(error) || (error instanceof AppError && error.details?.code === folderGone);
}

/** Whether an error says that the disk took no more. */
function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    code === 'SQLITE_FULL' ||
    code === 'SQLITE_IOERR_WRITE' ||
    code === 'SQLITE_IOERR_SHMSIZE' ||
    code === 'ENOSPC' ||
    code === 'EDQUOT'
  );
}

/**
 * Watches the disk under a data folder: whether there is room, and whether the folder is still there. A reserve file is
 * given up when it is full. What could not be done then is done again by whoever listens, once there is room.
 */
export function createStorageWatch(deps: {
  dataDir: string;
  /** The file that is kept open all the time: when another one or none stands in its place, the folder is gone. */
  databasePath: string;
  now: () => number;
  log: { info(details: object, message: string): void; error(details: object, message: string): void };
}) {
  const { dataDir, databasePath, now, log } = deps;
  const reserve = join(dataDir, 'reserve');
  let opened: Stats | undefined;
  const stateListeners = new Set<(state: StorageState) => void>();
  const roomListeners = new Set<() => void>();
  let state: StorageState = 'ok';
  let since = now();
  let freeBytes: number | null = null;
  let totalBytes = 0;
  let looking: Promise<void> | undefined;

  function enter(next: StorageState): void {
    if (next === state) return;
    const before = state;
    state = next;
    since = now();
    const details = { freeBytes, before };
    if (next === 'full' || next === 'gone')
      log.error(details, next === 'full' ? 'the disk is full' : 'the data folder is gone');
    else log.info(details, `there is room on the disk again (${next})`);
    for (const listener of [...stateListeners]) listener(next);
    if ((before === 'full' || before === 'gone') && next !== 'full' && next !== 'gone')
      for (const listener of [...roomListeners]) listener();
  }

  /** Makes the reserve unless it is there or would itself fill the disk. Written out: a hole would reserve nothing. */
  function makeReserve(): void {
    const sizeBytes = Math.floor(Math.min(reserveBytes, totalBytes * reservePart));
    if (freeBytes === null || freeBytes < sizeBytes * 4 || existsSync(reserve)) return;
    try {
      const file = openSync(reserve, 'wx', 0o600);
      try {
        const zeros = Buffer.alloc(1024 * 1024);
        for (let written = 0; written < sizeBytes; written += zeros.length) writeSync(file, zeros);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      log.info({ error }, 'no room is kept in reserve');
      rmSync(reserve, { force: true });
    }
  }

  function giveUpReserve(): void {
    rmSync(reserve, { force: true });
  }

  function isGone(): boolean {
    if (!opened) return false;
    const found = statSync(databasePath, { throwIfNoEntry: false });
    return found === undefined || found.ino !== opened.ino || found.dev !== opened.dev;
  }

  async function look(): Promise<void> {
    if (isGone()) return enter('gone');
    const { bavail, blocks, bsize } = await statfs(dataDir);
    freeBytes = bavail * bsize;
    totalBytes = blocks * bsize;
    const full = Math.min(fullBytes, totalBytes * fullPart);
    const reserved = Math.min(reserveBytes, totalBytes * reservePart);
    // Once full, the room that the reserve gave is not room again.
    const isFull = state === 'full' ? freeBytes < full * 2 + reserved : freeBytes < full;
    if (isFull) {
      giveUpReserve();
      return enter('full');
    }
    enter(freeBytes < Math.min(lowBytes, totalBytes * lowPart) ? 'low' : 'ok');
    makeReserve();
  }

  function lookSoon(): void {
    looking ??= look()
      .catch((error: unknown) => log.error({ error }, 'the disk cannot be looked at'))
      .finally(() => {
        looking = undefined;
      });
  }

  let timer: NodeJS.Timeout | undefined;

  return {
    state: () => state,
    /** Begins to watch: the database is open. */
    start(): void {
      opened = statSync(databasePath);
      timer = setInterval(lookSoon, lookMs);
      timer.unref();
      lookSoon();
    },
    /** Before anything is written: refuses where nobody would find it again. */
    beforeWrite(): void {
      if (state !== 'gone' && !isGone()) return;
      enter('gone');
      throw new AppError(
        'UNAVAILABLE',
        `The data folder ${dataDir} is gone: nothing can be kept. Put it back, or end Control Room and start it again.`,
        { code: folderGone, path: dataDir },
      );
    },
    /** Hears of an error; those that say that the disk is full are acted upon at once. */
    note(error: unknown): void {
      if (!isDiskFull(error) || state === 'gone') return;
      giveUpReserve();
      enter('full');
    },
    /** As the doctor and the health tell it. */
    check(): DoctorCheck & { since: number } {
      const about = { id: 'disk', title: 'Disk', since };
      if (state === 'gone')
        return {
          ...about,
          state: 'error',
          detail: `The data folder ${dataDir} is gone.`,
          fix: 'Put it back where it was, or end Control Room and start it again. Until then nothing can be changed; workers go on.',
        };
      const detail = freeBytes === null ? dataDir : `${mib(freeBytes)} free at ${dataDir}`;
      if (state === 'full')
        return {
          ...about,
          state: 'error',
          detail: `The disk is full: ${detail}.`,
          fix: 'Free some space. Workers wait and go on by themselves within seconds; nothing is lost.',
        };
      if (state === 'low')
        return { ...about, state: 'warning', detail, fix: 'Free some space: remove worktrees that are done.' };
      return { ...about, state: 'ok', detail, fix: null };
    },
    /** Calls `listener` at each change. Gives a function that ends it. */
    onChange(listener: (state: StorageState) => void): () => void {
      stateListeners.add(listener);
      return () => void stateListeners.delete(listener);
    },
    /** Calls `listener` when there is room again after there was none: what failed meanwhile is to be done again. */
    onRoom(listener: () => void): () => void {
      roomListeners.add(listener);
      return () => void roomListeners.delete(listener);
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await looking;
    },
  };
}
