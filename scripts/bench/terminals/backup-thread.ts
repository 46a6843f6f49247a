import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

/*
 * A thread that takes SQLite's online backup of a database of so many MiB, again and again, until it is ended. Says "ready"
 * when the database stands, and then how many bytes each backup had.
 */
const { folder, mib } = workerData as { folder: string; mib: number };
const database = new Database(join(folder, 'large.db'));
database.pragma('synchronous = OFF');
database.exec('CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB)');
const insert = database.prepare('INSERT INTO blobs (bytes) VALUES (?)');
for (let number = 0; number < mib; number += 1) insert.run(randomBytes(1024 * 1024));
parentPort?.postMessage('ready');
for (;;) {
  const target = join(folder, 'backup.db');
  // As an app would take it: some hundred pages at a time, so that writers get their turn.
  await database.backup(target, { progress: () => 400 });
  const { size } = statSync(target);
  rmSync(target);
  parentPort?.postMessage(size);
}
