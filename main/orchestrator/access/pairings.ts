import { randomBytes } from 'node:crypto';
import type { Access } from '../../../shared/access.ts';
import { AppError } from '../../../shared/errors.ts';
import type { PairingId } from '../../../shared/ids.ts';
import { newId } from '../new-id.ts';
import { hashOf, sameSecret } from './secrets.ts';

const validMs = 5 * 60_000;
/** Codes that wait at once. */
const mostWaiting = 10;
/**
 * Wrong codes after which all that wait are cancelled. A code has 40 bits, so that many guesses find one of ten with a
 * chance of less than 1 in a billion.
 */
const mostWrong = 100;

const alphabet = 'ABCDEFGHIJKMNPQRSTUVWXYZ23456789';

interface Waiting {
  id: PairingId;
  access: Access;
  expiresAt: number;
  codeHash: string;
}

/** One-time codes that let a device in. They wait in memory: a restart ends them. */
export function createPairings(deps: { now: () => number; changed: () => void }) {
  const { now } = deps;
  let waiting: Waiting[] = [];
  let wrong = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Forgets what is over, and waits for the next to be. */
  function attend(): void {
    clearTimeout(timer);
    const left = waiting.filter(({ expiresAt }) => expiresAt > now());
    const isNews = left.length < waiting.length;
    waiting = left;
    if (waiting.length === 0) wrong = 0;
    const next = Math.min(...waiting.map(({ expiresAt }) => expiresAt));
    if (Number.isFinite(next)) timer = setTimeout(attend, Math.max(0, next - now()) + 1).unref();
    if (isNews) deps.changed();
  }

  return {
    list: () => waiting.map(({ id, access, expiresAt }) => ({ id, access, expiresAt })),
    create(access: Access): { id: PairingId; access: Access; expiresAt: number; code: string } {
      attend();
      if (waiting.length >= mostWaiting)
        throw new AppError('CONFLICT', `${mostWaiting} codes wait already. Use or cancel one of them first.`);
      const code = [...randomBytes(8)].map((byte) => alphabet[byte & 31]).join('');
      const pairing = { id: newId<PairingId>('p'), access, expiresAt: now() + validMs, codeHash: hashOf(code) };
      waiting.push(pairing);
      attend();
      deps.changed();
      return { id: pairing.id, access, expiresAt: pairing.expiresAt, code };
    },
    /** The pairing that a code as somebody typed it is of. */
    find(typed: string): { id: PairingId; access: Access } | undefined {
      const hash = hashOf(typed.toUpperCase().replace(/[\s-]/g, ''));
      let found: Waiting | undefined;
      // All are compared, whichever fits.
      for (const one of waiting) if (sameSecret(one.codeHash, hash) && one.expiresAt > now()) found = one;
      if (!found && waiting.length > 0) {
        wrong += 1;
        if (wrong >= mostWrong) {
          waiting = [];
          attend();
          deps.changed();
        }
      }
      return found;
    },
    /** Uses a pairing up; false when it is gone already. */
    take(id: string): boolean {
      const before = waiting.length;
      waiting = waiting.filter((one) => one.id !== id);
      if (waiting.length === before) return false;
      attend();
      deps.changed();
      return true;
    },
    close: () => clearTimeout(timer),
  };
}
