import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errors, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { readPrivate, writePrivate } from './private-file.ts';

const issuer = 'control-room';
const algorithm = 'HS256';

const secretsSchema = z.array(z.object({ secret: z.string(), until: z.number().nullable() }));
type Secrets = z.infer<typeof secretsSchema>;

export type TokenSigner = ReturnType<typeof createTokenSigner>;

/**
 * Signs and verifies the short-lived tokens (JWT, HS256). The secret is the configured one, or one made here and kept in the
 * data folder for its owner alone. The newest signs; those before it verify until their grace is over.
 */
export function createTokenSigner(deps: {
  dataDir: string;
  configured: { secret: string; previous: string | null } | null;
  now: () => number;
}) {
  const { configured, now } = deps;
  const path = join(deps.dataDir, 'jwt-secrets.json');
  let reading: Promise<Secrets> | undefined;

  async function readOrMake(): Promise<Secrets> {
    if (configured)
      return [
        { secret: configured.secret, until: null },
        ...(configured.previous ? [{ secret: configured.previous, until: null }] : []),
      ];
    const text = await readPrivate(path);
    if (text) return secretsSchema.parse(JSON.parse(text));
    const made = [{ secret: newSecret(), until: null }];
    await writePrivate(path, JSON.stringify(made));
    return made;
  }

  function secrets(): Promise<Secrets> {
    reading ??= readOrMake();
    return reading;
  }

  return {
    async sign(sessionId: string, expiresAt: number): Promise<string> {
      const [newest] = await secrets();
      if (!newest) throw new Error('there is no secret to sign with');
      return new SignJWT()
        .setProtectedHeader({ alg: algorithm, kid: kidOf(newest.secret), typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(sessionId)
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(Buffer.from(newest.secret));
    },
    /** The session a token is of and when the token ends; undefined for one that is not ours, changed, or over. */
    async verify(token: string): Promise<{ sessionId: string; expiresAt: number } | undefined> {
      const known = (await secrets()).filter(({ until }) => until === null || until > now());
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => {
            const found = known.find(({ secret }) => kidOf(secret) === kid);
            if (!found) throw new errors.JWKSNoMatchingKey();
            return Buffer.from(found.secret);
          },
          {
            issuer,
            audience: issuer,
            algorithms: [algorithm],
            requiredClaims: ['sub', 'exp'],
            currentDate: new Date(now()),
          },
        );
        if (!payload.sub || !payload.exp) return undefined;
        return { sessionId: payload.sub, expiresAt: payload.exp * 1000 };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        // A header that is not JSON, or the like: as wrong as a wrong signature.
        if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    /** Signs with a new secret from now on. CONFLICT when JWT_SECRET holds it. */
    async rotate(graceMs: number): Promise<{ previousUntil: number }> {
      if (configured)
        throw new AppError(
          'CONFLICT',
          'The secret is held by JWT_SECRET. Put the present one into JWT_SECRET_PREVIOUS and a new one into JWT_SECRET, and start again.',
        );
      const previousUntil = now() + graceMs;
      const before = (await secrets())
        .map(({ secret, until }) => ({ secret, until: until === null ? previousUntil : until }))
        .filter(({ until }) => until > now());
      const next = [{ secret: newSecret(), until: null }, ...before];
      await writePrivate(path, JSON.stringify(next));
      reading = Promise.resolve(next);
      return { previousUntil };
    },
  };
}

function newSecret(): string {
  return randomBytes(48).toString('base64url');
}

/** Names a secret without telling it. */
function kidOf(secret: string): string {
  return createHash('sha256').update(`kid ${secret}`).digest('hex').slice(0, 12);
}
