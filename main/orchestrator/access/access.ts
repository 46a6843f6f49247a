import { type Access, allows, highestLevel } from '../../../shared/access.ts';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { AccessOverview, ApiKey, Device, PortState } from '../../../shared/credentials.ts';
import { AppError } from '../../../shared/errors.ts';
import type { CredentialId, PairingId } from '../../../shared/ids.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../new-id.ts';
import type { Caller } from './caller.ts';
import { type CredentialKind, createCredentialStore, type StoredCredential } from './credential-store.ts';
import { createLocalToken } from './local-token.ts';
import { createPairings } from './pairings.ts';
import { hashOf, newSecret } from './secrets.ts';
import { createTokenSessions } from './token-sessions.ts';
import { createTokenSigner } from './token-signer.ts';

const dayMs = 24 * 60 * 60_000;
/** Calls of one credential from one address are one login, until it was silent for so long. */
const loginAgainAfterMs = 15 * 60_000;
const mostLogins = 10_000;

/** Who presents a credential, with what the port needs to know of it. */
export interface Identity extends Caller {
  credentialId: string;
  /** Requests a minute; null: the general limit alone. */
  rateLimit: number | null;
}

/** How access is given: what a start was told of it. */
export interface AccessOptions {
  /** The token of this machine's user and what said it; null: one is made. */
  localToken: { token: string; by: string } | null;
  /** Further credentials of this machine's user, as a start was given them. */
  furtherTokens?: readonly string[];
  /** What tokens are signed with; null: a secret is made. */
  jwtSecret: { secret: string; previous: string | null } | null;
  jwtExpiresInMs: number;
  /** Requests a minute of a key that has no limit of its own; null: the general limit alone. */
  defaultKeyRateLimit: number | null;
}

const closedPort: PortState = {
  state: 'closed',
  address: null,
  addresses: [],
  problem: null,
  fingerprint: null,
  certificateExpiresAt: null,
  connections: 0,
};

export type AccessFeature = ReturnType<typeof createAccess>;

/** Who may come in: the local token, keys, devices and tokens; what they may do, and when it is over. */
export function createAccess(deps: {
  database: Database;
  dataDir: string;
  now: () => number;
  options: AccessOptions;
  record: (entry: Omit<AuditEntry, 'id' | 'at'>) => void;
}) {
  const { now, options, record } = deps;
  const store = createCredentialStore(deps);
  const localToken = createLocalToken({
    dataDir: deps.dataDir,
    configured: options.localToken,
    further: options.furtherTokens,
    now,
  });
  const pairings = createPairings({ now, changed });
  const overListeners = new Set<(credentialId: string, openedBefore: number) => void>();
  const changeListeners = new Set<() => void>();
  const portListeners = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();
  /** When a credential was last seen from an address: a login is the first time of a while. */
  const logins = new Map<string, number>();
  const connections = new Map<string, number>();
  let localUsedAt: number | null = null;
  let port = closedPort;

  const signer = createTokenSigner({ dataDir: deps.dataDir, configured: options.jwtSecret, now });
  const sessions = createTokenSessions({ store, signer, now, validMs: options.jwtExpiresInMs, revoke });

  function changed(): void {
    for (const listener of [...changeListeners]) listener();
  }

  /** Tells that what was opened with a credential before a moment is to be closed. */
  function tellOver(credentialId: string, openedBefore: number): void {
    for (const listener of [...overListeners]) listener(credentialId, openedBefore);
  }

  function overAfter(credentialId: string, delayMs: number): void {
    const openedBefore = now();
    const timer = setTimeout(() => {
      timers.delete(timer);
      tellOver(credentialId, openedBefore);
      changed();
    }, delayMs).unref();
    timers.add(timer);
  }

  function revoke(credential: StoredCredential): void {
    for (const id of store.revoke(credential)) tellOver(id, Number.POSITIVE_INFINITY);
    changed();
  }

  function get(kind: CredentialKind, id: string): StoredCredential {
    const found = store.get(id);
    if (found?.kind === kind) return found;
    const what = { key: 'key', device: 'device', session: 'session of tokens' }[kind];
    throw new AppError('NOT_FOUND', `There is no ${what} ${id}. It may have been revoked.`, { id });
  }

  function isOver({ expiresAt, parent }: StoredCredential): boolean {
    if (expiresAt !== null && expiresAt <= now()) return true;
    const source = parent === null ? undefined : store.get(parent);
    return source?.expiresAt != null && source.expiresAt <= now();
  }

  function identityOf(credential: StoredCredential, from: string, expiresAt: number | null): Identity {
    return {
      access: credential.access,
      name: credential.name,
      from,
      permissions: credential.permissions,
      credentialId: credential.id,
      expiresAt: earliest(expiresAt, credential.expiresAt),
      rateLimit: credential.rateLimit ?? (credential.kind === 'key' ? options.defaultKeyRateLimit : null),
    };
  }

  function noteUse(identity: Identity, kind: string): void {
    const key = `${identity.credentialId} ${identity.from}`;
    const before = logins.get(key);
    if (logins.size >= mostLogins) logins.clear();
    logins.set(key, now());
    if (before !== undefined && now() - before < loginAgainAfterMs) return;
    record({
      actor: identity.name,
      from: identity.from,
      action: 'access.login',
      subject: identity.credentialId,
      outcome: 'ok',
      details: { kind },
    });
  }

  function used(credential: StoredCredential, identity: Identity): Identity {
    const isNews = store.use(credential, identity.from);
    noteUse(identity, credential.kind);
    if (isNews) changed();
    return identity;
  }

  /**
   * Who presents a text as credential, from which address; undefined for a wrong one. `strongOnly` takes none that could be
   * guessed: pairing codes and a short local token.
   */
  async function identify(text: string, from: string, strongOnly = false): Promise<Identity | undefined> {
    const local = await localToken.check(text, strongOnly);
    if (local) {
      const identity: Identity = {
        access: 'admin',
        name: 'you',
        from,
        credentialId: 'local',
        rateLimit: null,
        expiresAt: local.expiresAt,
      };
      localUsedAt = now();
      noteUse(identity, 'local token');
      return identity;
    }
    if (text.startsWith('cr_')) {
      const found = store.find(hashOf(text));
      if (!found || isOver(found.credential)) return undefined;
      const { credential, isPrevious } = found;
      if (credential.kind === 'session')
        return { ...identityOf(credential, from, null), only: 'access.refresh', refreshToken: text };
      if (!isPrevious) return used(credential, identityOf(credential, from, null));
      if ((credential.previousUntil ?? 0) <= now()) return undefined;
      return used(credential, identityOf(credential, from, credential.previousUntil));
    }
    if (text.startsWith('pair.')) {
      const pairing = strongOnly ? undefined : pairings.find(text.slice('pair.'.length));
      if (!pairing) return undefined;
      return {
        access: 'view',
        name: 'a pairing code',
        from,
        credentialId: pairing.id,
        rateLimit: null,
        only: 'access.devices.claim',
      };
    }
    if (text.split('.').length !== 3) return undefined;
    const verified = await signer.verify(text);
    const session = verified && store.get(verified.sessionId);
    if (!verified || session?.kind !== 'session' || isOver(session)) return undefined;
    return used(session, identityOf(session, from, verified.expiresAt));
  }

  const shownKey = (key: StoredCredential): ApiKey => ({
    ...usedOf(key),
    id: key.id,
    name: key.name,
    hint: key.hint,
    permissions: [...(key.permissions ?? [])],
    access: key.access,
    rateLimit: key.rateLimit,
    previousUntil: key.previousUntil !== null && key.previousUntil > now() ? key.previousUntil : null,
  });
  const shownDevice = (device: StoredCredential): Device => ({
    ...usedOf(device),
    id: device.id,
    name: device.name,
    access: device.access,
    connections: connections.get(device.id) ?? 0,
  });

  function overview(): AccessOverview {
    return {
      port: { ...port, connections: [...connections.values()].reduce((sum, count) => sum + count, 0) },
      keys: store.list('key').map(shownKey),
      devices: store.list('device').map(shownDevice),
      sessions: store
        .list('session')
        .map((session) => ({ ...usedOf(session), id: session.id, name: session.name, access: session.access })),
      pairings: pairings.list(),
      localToken: {
        heldBy: localToken.heldBy,
        lastUsedAt: localUsedAt,
        previousUntil: localToken.previousUntil(),
      },
    };
  }

  async function* watch(signal: AbortSignal | undefined): AsyncGenerator<AccessOverview> {
    let isNews = true;
    let wake: () => void = () => undefined;
    const listener = (): void => {
      isNews = true;
      wake();
    };
    const ended = () => wake();
    changeListeners.add(listener);
    signal?.addEventListener('abort', ended);
    try {
      while (!signal?.aborted) {
        if (isNews) {
          isNews = false;
          yield overview();
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      changeListeners.delete(listener);
      signal?.removeEventListener('abort', ended);
    }
  }

  function newCredential(
    input: Pick<StoredCredential, 'kind' | 'name' | 'access' | 'createdBy'> & Partial<StoredCredential>,
    secret: string,
  ): StoredCredential {
    const credential: StoredCredential = {
      id: newId<CredentialId>(input.kind === 'key' ? 'k' : 'd'),
      secretHash: hashOf(secret),
      previousHash: null,
      previousUntil: null,
      hint: hintOf(secret),
      permissions: null,
      rateLimit: null,
      parent: null,
      createdAt: now(),
      expiresAt: null,
      lastUsedAt: null,
      lastUsedFrom: null,
      ...input,
    };
    store.add(credential);
    changed();
    return credential;
  }

  function createKey(
    input: {
      name: string;
      permissions: string[];
      rate_limit?: number | null | undefined;
      expires_in_days?: number | null | undefined;
    },
    createdBy: string,
  ): ApiKey & { key: string } {
    const secret = newSecret('k');
    const key = newCredential(
      {
        kind: 'key',
        name: input.name,
        access: highestLevel(input.permissions),
        permissions: input.permissions,
        rateLimit: input.rate_limit ?? null,
        expiresAt: input.expires_in_days ? now() + input.expires_in_days * dayMs : null,
        createdBy,
      },
      secret,
    );
    return { ...shownKey(key), key: secret };
  }

  return {
    identify,
    overview,
    watch,
    localToken: localToken.current,
    /** Tells credentials that are over: what was opened with them before the given moment is to be closed. */
    onOver(listener: (credentialId: string, openedBefore: number) => void): () => void {
      overListeners.add(listener);
      return () => void overListeners.delete(listener);
    },
    /** Notes a socket of a credential, until the answer is called. */
    connected(credentialId: string): () => void {
      connections.set(credentialId, (connections.get(credentialId) ?? 0) + 1);
      changed();
      return () => {
        const left = (connections.get(credentialId) ?? 1) - 1;
        if (left > 0) connections.set(credentialId, left);
        else connections.delete(credentialId);
        changed();
      };
    },
    /** Tells where the port stands. */
    setPort(state: PortState): void {
      port = state;
      changed();
      for (const listener of [...portListeners]) listener();
    },
    onPort(listener: () => void): () => void {
      portListeners.add(listener);
      return () => void portListeners.delete(listener);
    },
    port: () => port,
    /** A key that may do everything, at the first call on these data; null at every later one. */
    firstAdminKey(): string | null {
      return store.once('first-admin-key')
        ? createKey({ name: 'First key', permissions: ['*'] }, 'the first start').key
        : null;
    },
    me: (caller: Caller) => ({
      name: caller.name,
      from: caller.from,
      access: caller.access,
      permissions: caller.permissions ? [...caller.permissions] : null,
      expiresAt: caller.expiresAt ?? null,
    }),
    token(caller: Caller, input: { name?: string | undefined; access?: Access | undefined }) {
      if (input.access && !allows(caller.access, input.access))
        throw new AppError(
          'FORBIDDEN',
          `This credential has "${caller.access}" access and cannot give "${input.access}".`,
          {
            granted: caller.access,
          },
        );
      return sessions.begin(caller, input);
    },
    refresh: sessions.refresh,
    /** Ends the session of the calling token; false for a caller that has none. */
    logout(caller: Caller): { ended: boolean } {
      const session = caller.credentialId ? store.get(caller.credentialId) : undefined;
      if (session?.kind !== 'session') return { ended: false };
      revoke(session);
      return { ended: true };
    },
    endSession(id: CredentialId) {
      revoke(get('session', id));
      return { id };
    },
    rotateSecret: (graceMinutes: number) => signer.rotate(graceMinutes * 60_000),
    async rotateLocalToken(graceMinutes: number) {
      const rotated = await localToken.rotate(graceMinutes * 60_000);
      overAfter('local', graceMinutes * 60_000);
      changed();
      return rotated;
    },
    keys: {
      list: () => store.list('key').map(shownKey),
      create: createKey,
      update(input: {
        id: CredentialId;
        name?: string | undefined;
        permissions?: string[] | undefined;
        rate_limit?: number | null | undefined;
        expires_in_days?: number | null | undefined;
      }): ApiKey {
        const key = get('key', input.id);
        const changedKey = store.change(key, {
          ...(input.name === undefined ? {} : { name: input.name }),
          ...(input.permissions === undefined
            ? {}
            : { permissions: input.permissions, access: highestLevel(input.permissions) }),
          ...(input.rate_limit === undefined ? {} : { rateLimit: input.rate_limit }),
          ...(input.expires_in_days === undefined
            ? {}
            : { expiresAt: input.expires_in_days === null ? null : now() + input.expires_in_days * dayMs }),
        });
        // What is open was opened with other permissions: it comes back with these.
        tellOver(key.id, Number.POSITIVE_INFINITY);
        changed();
        return shownKey(changedKey);
      },
      rotate({ id, graceMinutes }: { id: CredentialId; graceMinutes: number }): ApiKey & { key: string } {
        const key = get('key', id);
        const secret = newSecret('k');
        const rotated = store.change(key, {
          secretHash: hashOf(secret),
          hint: hintOf(secret),
          previousHash: key.secretHash,
          previousUntil: now() + graceMinutes * 60_000,
        });
        overAfter(id, graceMinutes * 60_000);
        changed();
        return { ...shownKey(rotated), key: secret };
      },
      revoke(id: CredentialId) {
        revoke(get('key', id));
        return { id };
      },
    },
    devices: {
      list: () => store.list('device').map(shownDevice),
      rename({ id, name }: { id: CredentialId; name: string }): Device {
        const device = store.change(get('device', id), { name });
        changed();
        return shownDevice(device);
      },
      revoke(id: CredentialId) {
        revoke(get('device', id));
        return { id };
      },
      pair(access: Access) {
        const pairing = pairings.create(access);
        const [address] = port.addresses;
        return { ...pairing, url: address ? `${address}/#pair=${pairing.code}` : null };
      },
      cancelPairing(id: PairingId) {
        if (!pairings.take(id)) throw new AppError('NOT_FOUND', 'This code was used or is over already.', { id });
        return { id };
      },
      claim(name: string, caller: Caller): { device: Device; token: string } {
        const pairing = pairings.list().find(({ id }) => id === caller.credentialId);
        if (!pairing || !pairings.take(pairing.id))
          throw new AppError('FORBIDDEN', 'Only a pairing code can become a device: send it as "Bearer pair.<code>".');
        const secret = newSecret('d');
        const device = newCredential(
          { kind: 'device', name, access: pairing.access, createdBy: 'a pairing code' },
          secret,
        );
        return { device: shownDevice(device), token: secret };
      },
    },
    /** Writes down that somebody was refused, or locked out. */
    noteRefused(entry: { from: string; outcome: string; details: Record<string, unknown> }): void {
      record({ actor: 'nobody', action: 'access.refused', subject: null, ...entry });
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer);
      pairings.close();
      store.close();
    },
  };
}

function usedOf({ createdAt, createdBy, lastUsedAt, lastUsedFrom, expiresAt }: StoredCredential) {
  return { createdAt, createdBy, lastUsedAt, lastUsedFrom, expiresAt };
}

function hintOf(secret: string): string {
  return `${secret.slice(0, 5)}…${secret.slice(-4)}`;
}

function earliest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
