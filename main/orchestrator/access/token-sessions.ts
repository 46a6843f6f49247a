import type { Access } from '../../../shared/access.ts';
import { AppError } from '../../../shared/errors.ts';
import type { CredentialId } from '../../../shared/ids.ts';
import { newId } from '../new-id.ts';
import type { Caller } from './caller.ts';
import type { CredentialStore, StoredCredential } from './credential-store.ts';
import { hashOf, newSecret } from './secrets.ts';
import type { TokenSigner } from './token-signer.ts';

/** A refresh token that is not used for so long ends with its session. */
const refreshValidMs = 30 * 24 * 60 * 60_000;

/** An answer can be lost on its way: the refresh token before the last works once more for so long. */
const lostAnswerMs = 60_000;

/**
 * Sessions of short-lived tokens. Each use of a refresh token gives another one; one that is used after its successor has
 * been out for a minute was stolen, from one side or the other, and ends the session.
 */
export function createTokenSessions(deps: {
  store: CredentialStore;
  signer: TokenSigner;
  now: () => number;
  validMs: number;
  revoke: (session: StoredCredential) => void;
}) {
  const { store, signer, now } = deps;

  async function tokensOf(session: StoredCredential, refreshToken: string) {
    const expiresAt = Math.min(now() + deps.validMs, session.expiresAt ?? Number.POSITIVE_INFINITY);
    return {
      token: await signer.sign(session.id, expiresAt),
      expiresAt,
      refreshToken,
      refreshExpiresAt: session.expiresAt ?? expiresAt,
      access: session.access,
    };
  }

  return {
    begin(caller: Caller, input: { name?: string | undefined; access?: Access | undefined }) {
      const refreshToken = newSecret('r');
      // A lower level than a key has anywhere cannot be said by its permissions: then it holds on all it may read.
      const narrowed = input.access !== undefined && input.access !== caller.access;
      if (narrowed && caller.permissions)
        throw new AppError(
          'BAD_REQUEST',
          'A key with permissions gives tokens with the same permissions. Leave out access, or make a narrower key.',
          { field: 'access' },
        );
      const session: StoredCredential = {
        id: newId<CredentialId>('j'),
        kind: 'session',
        name: input.name ?? caller.name,
        secretHash: hashOf(refreshToken),
        previousHash: null,
        previousUntil: null,
        hint: '',
        access: input.access ?? caller.access,
        permissions: caller.permissions ?? null,
        rateLimit: null,
        parent: parentOf(caller),
        createdAt: now(),
        createdBy: caller.name,
        expiresAt: now() + refreshValidMs,
        lastUsedAt: null,
        lastUsedFrom: null,
      };
      store.add(session);
      return tokensOf(session, refreshToken);
    },
    refresh(caller: Caller) {
      const found = store.find(hashOf(caller.refreshToken ?? ''));
      if (found?.credential.kind !== 'session')
        throw new AppError('FORBIDDEN', 'Only a refresh token is refreshed: send it as the bearer of this call.');
      const { credential, isPrevious } = found;
      if (isPrevious && (credential.previousUntil ?? 0) <= now()) {
        deps.revoke(credential);
        throw new AppError(
          'UNAUTHORIZED',
          'This refresh token was used before. Its session is ended, because somebody else may have it: sign in again.',
        );
      }
      const refreshToken = newSecret('r');
      const session = store.change(credential, {
        secretHash: hashOf(refreshToken),
        previousHash: credential.secretHash,
        previousUntil: now() + lostAnswerMs,
        expiresAt: now() + refreshValidMs,
      });
      return tokensOf(session, refreshToken);
    },
  };

  /** What ends a session besides itself: the key or device, also of the token it was asked with. */
  function parentOf(caller: Caller): string | null {
    const own = caller.credentialId ? store.get(caller.credentialId) : undefined;
    return own?.kind === 'session' ? own.parent : (own?.id ?? null);
  }
}
