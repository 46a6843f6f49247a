import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits behind a prefix that says what they are and lets scanners of leaked secrets find them. */
export function newSecret(kind: 'k' | 'd' | 'r'): string {
  return `cr_${kind}_${randomBytes(32).toString('base64url')}`;
}

/**
 * What is kept of a secret. SHA-256 without salt or stretching: secrets made here hold 256 random bits, so nobody can guess
 * one from its hash however fast hashing is, and a slow hash would cost each request what it costs a guess.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether two secrets are alike, in a time that does not tell how much of them is. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}
