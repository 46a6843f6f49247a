import type { Access } from '../../../shared/access.ts';
import type { CredentialId } from '../../../shared/ids.ts';
import type { Database } from '../database/database.ts';

export type CredentialKind = 'key' | 'device' | 'session';

/** A key, a device or a session of tokens, as it is kept. */
export interface StoredCredential {
  id: CredentialId;
  kind: CredentialKind;
  name: string;
  secretHash: string;
  previousHash: string | null;
  previousUntil: number | null;
  hint: string;
  access: Access;
  permissions: readonly string[] | null;
  rateLimit: number | null;
  parent: string | null;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

type Row = Omit<StoredCredential, 'permissions'> & { permissions: string | null };

/** Uses are written down together, this often: a commit for each request would wait for the disk each time. */
const writeUsesEveryMs = 30_000;

/**
 * Credentials that hold, in memory by id and by hash: a request costs no statement. Looking a hash up in a map tells
 * nothing by its time, because nobody can choose what the hash of a guess begins with.
 */
export function createCredentialStore(deps: { database: Database; now: () => number }) {
  const { database, now } = deps;
  const byId = new Map<string, StoredCredential>();
  const byHash = new Map<string, StoredCredential>();
  const used = new Set<StoredCredential>();
  let timer: NodeJS.Timeout | undefined;

  for (const row of database.all<Row>(
    `SELECT id, kind, name, secret_hash AS secretHash, previous_hash AS previousHash, previous_until AS previousUntil,
       hint, access, permissions, rate_limit AS rateLimit, parent, created_at AS createdAt, created_by AS createdBy,
       expires_at AS expiresAt, last_used_at AS lastUsedAt, last_used_from AS lastUsedFrom
     FROM credentials WHERE revoked_at IS NULL`,
  ))
    remember({ ...row, permissions: row.permissions === null ? null : JSON.parse(row.permissions) });

  function remember(credential: StoredCredential): void {
    byId.set(credential.id, credential);
    byHash.set(credential.secretHash, credential);
    if (credential.previousHash) byHash.set(credential.previousHash, credential);
  }

  function forget(credential: StoredCredential): void {
    byId.delete(credential.id);
    byHash.delete(credential.secretHash);
    if (credential.previousHash) byHash.delete(credential.previousHash);
    used.delete(credential);
  }

  /** Writes down when and from where credentials were last used. */
  function writeUses(): void {
    clearTimeout(timer);
    timer = undefined;
    const all = [...used];
    used.clear();
    if (all.length === 0) return;
    database.transaction(() => {
      for (const { id, lastUsedAt, lastUsedFrom } of all)
        database.run(
          'UPDATE credentials SET last_used_at = ?, last_used_from = ? WHERE id = ?',
          lastUsedAt,
          lastUsedFrom,
          id,
        );
    });
  }

  return {
    get: (id: string) => byId.get(id),
    /** Which credential a secret of this hash is of, and whether it is the one before the last rotation. */
    find(hash: string): { credential: StoredCredential; isPrevious: boolean } | undefined {
      const credential = byHash.get(hash);
      return credential && { credential, isPrevious: credential.secretHash !== hash };
    },
    /** Newest first; those that are over by themselves are left out. */
    list: (kind: CredentialKind): StoredCredential[] =>
      [...byId.values()]
        .filter((one) => one.kind === kind && (one.kind !== 'session' || (one.expiresAt ?? Infinity) > now()))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)),
    add(credential: StoredCredential): void {
      database.run(
        `INSERT INTO credentials (id, kind, name, secret_hash, hint, access, permissions, rate_limit, parent, created_at,
           created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        credential.id,
        credential.kind,
        credential.name,
        credential.secretHash,
        credential.hint,
        credential.access,
        credential.permissions === null ? null : JSON.stringify(credential.permissions),
        credential.rateLimit,
        credential.parent,
        credential.createdAt,
        credential.createdBy,
        credential.expiresAt,
      );
      remember(credential);
    },
    change(credential: StoredCredential, changes: Partial<StoredCredential>): StoredCredential {
      const next = { ...credential, ...changes };
      database.run(
        `UPDATE credentials SET name = ?, secret_hash = ?, previous_hash = ?, previous_until = ?, hint = ?, access = ?,
           permissions = ?, rate_limit = ?, expires_at = ? WHERE id = ?`,
        next.name,
        next.secretHash,
        next.previousHash,
        next.previousUntil,
        next.hint,
        next.access,
        next.permissions === null ? null : JSON.stringify(next.permissions),
        next.rateLimit,
        next.expiresAt,
        next.id,
      );
      const wasUsed = used.has(credential);
      forget(credential);
      remember(next);
      if (wasUsed) used.add(next);
      return next;
    },
    /** Ends a credential and every session that was made with it; gives the ids of all that ended. */
    revoke(credential: StoredCredential): string[] {
      const ended = [credential, ...[...byId.values()].filter(({ parent }) => parent === credential.id)];
      writeUses();
      database.transaction(() => {
        for (const { id } of ended)
          database.run('UPDATE credentials SET revoked_at = ?, previous_hash = NULL WHERE id = ?', now(), id);
      });
      for (const one of ended) forget(one);
      return ended.map(({ id }) => id);
    },
    /** Notes a use; answers whether it is news, as the first one of a while or from another address. */
    use(credential: StoredCredential, from: string): boolean {
      const isNews = now() - (credential.lastUsedAt ?? 0) > 10_000 || credential.lastUsedFrom !== from;
      credential.lastUsedAt = now();
      credential.lastUsedFrom = from;
      used.add(credential);
      timer ??= setTimeout(writeUses, writeUsesEveryMs).unref();
      return isNews;
    },
    /** Whether something of this name happens for the first time; it never does again. */
    once(name: string): boolean {
      return database.run('INSERT INTO once (name, at) VALUES (?, ?) ON CONFLICT DO NOTHING', name, now()).changes > 0;
    },
    close: writeUses,
  };
}

export type CredentialStore = ReturnType<typeof createCredentialStore>;
