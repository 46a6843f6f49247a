import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { openDatabase, sqliteCode } from './database.ts';

/**
 * The file of the state: the one in the data folder, or one that was named (DB_PATH). A named one gets a lock of its own
 * beside it, because two data folders could name the same, and is refused when another program's tables are in it. `onRefused` is
 * called before it throws. Gives the path, and what lets go of the lock.
 */
export function takeDatabaseFile(
  dataDir: string,
  named: string | null | undefined,
  onRefused: () => void,
): { path: string; release(): void } {
  const own = join(dataDir, 'control-room.db');
  if (!named || named === own) return { path: own, release: () => undefined };
  let lock: ReturnType<typeof openDatabase> | undefined;
  try {
    mkdirSync(dirname(named), { recursive: true, mode: 0o700 });
    lock = openDatabase(`${named}.lock`, { durable: false });
    lock.exec('PRAGMA busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
    refuseForeign(named);
  } catch (error) {
    lock?.close();
    onRefused();
    if (error instanceof AppError) throw error;
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY'))
      throw new AppError(
        'CONFLICT',
        `The database ${named} is in use by another Control Room with another data folder. Stop that one, or name another file with DB_PATH.`,
        { path: named },
      );
    throw new AppError(
      'UNPROCESSABLE',
      `The database ${named} cannot be opened (${error instanceof Error ? error.message : String(error)}). Make its folder writable for this user, or name another file with DB_PATH.`,
      { path: named },
      { cause: error },
    );
  }
  const held = lock;
  return { path: named, release: () => held.close() };
}

function refuseForeign(path: string): void {
  const database = openDatabase(path, { durable: false });
  try {
    const tables = database
      .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .map(({ name }) => name);
    const ours = ['projects', 'workers', 'events', 'settings'];
    if (tables.length > 0 && !ours.every((name) => tables.includes(name)))
      throw new AppError(
        'CONFLICT',
        `${path} is the database of another program (it has ${tables.slice(0, 3).join(', ')}). Name another file with DB_PATH.`,
        { path },
      );
  } finally {
    database.close();
  }
}
