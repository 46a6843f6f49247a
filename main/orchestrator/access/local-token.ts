import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { readPrivate, writePrivate } from './private-file.ts';
import { sameSecret } from './secrets.ts';

/** A token of this length or more cannot be guessed; one made here has 43 letters. */
const strongLength = 32;

/**
 * The token of this machine's user: the configured one, or one made at the first start and kept in the data folder,
 * readable by its owner alone, so that an open page and the command line still have it after a restart.
 */
export function createLocalToken(deps: {
  dataDir: string;
  configured: { token: string; by: string } | null;
  /** Others that are as good. */
  further?: readonly string[] | undefined;
  now: () => number;
}) {
  const { configured, now } = deps;
  const path = join(deps.dataDir, 'token');
  let reading: Promise<string> | undefined;
  let token = configured?.token;
  let previous: { token: string; until: number } | null = null;

  async function readOrMake(): Promise<string> {
    const known = await readPrivate(path);
    if (known.length >= strongLength) return known;
    return make();
  }

  async function make(): Promise<string> {
    const made = randomBytes(32).toString('base64url');
    await writePrivate(path, `${made}\n`);
    return made;
  }

  async function current(): Promise<string> {
    if (token !== undefined) return token;
    reading ??= readOrMake();
    token = await reading;
    return token;
  }

  return {
    current,
    heldBy: configured?.by ?? null,
    previousUntil: () => (previous && previous.until > now() ? previous.until : null),
    /** Whether a text is the token, or the one before within its grace; `strongOnly` leaves out one that can be guessed. */
    async check(text: string, strongOnly: boolean): Promise<{ expiresAt: number | null } | undefined> {
      const expected = await current();
      const isCurrent = sameSecret(text, expected);
      const isPrevious = previous !== null && sameSecret(text, previous.token);
      for (const other of deps.further ?? [])
        if (sameSecret(text, other) && !(strongOnly && other.length < strongLength)) return { expiresAt: null };
      if (isCurrent) return strongOnly && expected.length < strongLength ? undefined : { expiresAt: null };
      return isPrevious && previous && previous.until > now() ? { expiresAt: previous.until } : undefined;
    },
    /** Makes another one. CONFLICT when a flag or variable holds it. */
    async rotate(graceMs: number): Promise<{ token: string; previousUntil: number }> {
      if (configured)
        throw new AppError('CONFLICT', `The token is held by ${configured.by}. Change it there and start again.`);
      const before = await current();
      const made = await make();
      previous = { token: before, until: now() + graceMs };
      token = made;
      return { token: made, previousUntil: previous.until };
    },
  };
}
