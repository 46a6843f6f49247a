import { hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const length = 32;

/**
 * Opens the secret of a data folder, made at its first use in a file that only this user may read. It stands beside the
 * database and not in it: who can change or copy the database alone can sign nothing. Gives a key for each purpose.
 */
export function openSigningKey(file: string): (purpose: string) => Buffer {
  let secret: Buffer;
  try {
    secret = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    secret = randomBytes(length);
    writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  }
  return (purpose) => Buffer.from(hkdfSync('sha256', secret, '', `control-room ${purpose}`, length));
}
