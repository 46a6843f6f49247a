import { closeSync, fsyncSync, openSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';

/** Pages of one step: small enough that the disk is never kept from commits for long. */
const stepPages = 1024;

/**
 * Copies a database file while others write to it, as it is at one moment: readers and writers go on. The copy is one file,
 * without a log, and on the disk when this settles. Only for threads: it reads and writes all the time.
 */
export async function copyOnline(
  source: string,
  target: string,
  onProgress: (part: number) => void = () => undefined,
): Promise<void> {
  const connection = new BetterSqlite3(source, { readonly: true, timeout: 5000 });
  try {
    // A reader's moment is held, or each write of others would begin the copy anew.
    connection.exec('BEGIN');
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    await connection.backup(target, {
      progress({ totalPages, remainingPages }) {
        onProgress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        // What waits to be written is kept small: a commit of others would wait for all of it.
        sync(target);
        return stepPages;
      },
    });
    connection.exec('COMMIT');
  } finally {
    connection.close();
  }
  const copy = new BetterSqlite3(target, { timeout: 5000 });
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  sync(target);
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
