import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '../orchestrator/index.ts';

/**
 * The token of this machine's user: the configured one, or one made at the first start and kept in the data folder,
 * readable by its owner alone, so that an open page and the command line still have it after a restart.
 */
export async function localToken(dataDir: string, configured: string | null): Promise<string> {
  if (configured !== null) return configured;
  const path = join(dataDir, 'token');
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known.length >= 32) return known;
  const token = randomBytes(32).toString('base64url');
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return token;
}

/** Finds out who presents a credential, from which address; undefined for one that is wrong. Takes as long for every wrong one. */
export function createCredentials(deps: { localToken: string }) {
  const expected = digest(deps.localToken);
  return {
    check(credential: string | undefined, from: string): Caller | undefined {
      if (credential === undefined) return undefined;
      return timingSafeEqual(digest(credential), expected) ? { access: 'admin', name: 'you', from } : undefined;
    },
  };
}

export type Credentials = ReturnType<typeof createCredentials>;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The credential of a request: `Authorization: Bearer <credential>` or `X-API-Key: <credential>`. */
export function credentialOf(headers: Record<string, string | string[] | undefined>): string | undefined {
  const { authorization } = headers;
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  const key = headers['x-api-key'];
  return bearer ?? (typeof key === 'string' ? key.trim() : undefined);
}
