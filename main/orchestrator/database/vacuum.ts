import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openDatabase } from './database.ts';

const wantedFile = 'vacuum-wanted';
/** How the last one went. */
export const vacuumedFile = 'vacuumed.json';

/** From here on the next start writes the database file anew. */
export function wantVacuum(path: string): void {
  writeFileSync(join(dirname(path), wantedFile), '', { mode: 0o600 });
}

/**
 * Writes the database file anew where that is wanted, without the room that nothing is in. It blocks, and nobody else may have the
 * file open. One that fails is not tried again by itself.
 */
export function vacuumIfWanted(path: string, now: () => number): void {
  const wanted = join(dirname(path), wantedFile);
  if (!existsSync(wanted)) return;
  rmSync(wanted);
  const startedAt = performance.now();
  const beforeBytes = statSync(path).size;
  const database = openDatabase(path, { durable: true });
  try {
    database.exec('VACUUM');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
  const facts = {
    at: now(),
    beforeBytes,
    afterBytes: statSync(path).size,
    tookMs: performance.now() - startedAt,
  };
  writeFileSync(join(dirname(path), vacuumedFile), JSON.stringify(facts), { mode: 0o600 });
}
