import { createHmac, timingSafeEqual } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AuditCheck } from '../../../shared/audit.ts';
import type { Database } from '../database/database.ts';

/** An entry as it stands in the table. */
export interface StoredEntry {
  id: number;
  at: number;
  actor: string;
  origin: string;
  action: string;
  subject: string | null;
  outcome: string;
  details: string;
}

interface Ends {
  after_id: number;
  after_chain: string;
  last_id: number;
  last_chain: string;
  seal: string;
}

/** Entries that are checked before others get their turn. */
const pageSize = 500;

/**
 * Ties each entry of the audit to the one before it with a keyed hash, so that one that was changed, taken out, put in or cut
 * off at the end shows: the way of RFC 6962 and of append-only logs, for one writer.
 */
export function createAuditChain(deps: { database: Database; key: Buffer }) {
  const { database, key } = deps;
  const mac = (...parts: (string | number | null)[]): string =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
  const linkOf = (before: string, entry: StoredEntry): string =>
    mac(
      'entry',
      before,
      entry.id,
      entry.at,
      entry.actor,
      entry.origin,
      entry.action,
      entry.subject,
      entry.outcome,
      entry.details,
    );
  const sealOf = (ends: Omit<Ends, 'seal'>): string =>
    mac('ends', ends.after_id, ends.after_chain, ends.last_id, ends.last_chain);

  const readEnds = (): Ends | undefined =>
    database.get<Ends>('SELECT after_id, after_chain, last_id, last_chain, seal FROM audit_chain WHERE id = 1');

  function writeEnds(ends: Omit<Ends, 'seal'>): void {
    database.run(
      'INSERT OR REPLACE INTO audit_chain (id, after_id, after_chain, last_id, last_chain, seal) VALUES (1, ?, ?, ?, ?, ?)',
      ends.after_id,
      ends.after_chain,
      ends.last_id,
      ends.last_chain,
      sealOf(ends),
    );
  }

  return {
    /** Ties an entry that was just written, in the transaction that wrote it. */
    append(entry: StoredEntry): void {
      const ends = readEnds() ?? {
        after_id: entry.id - 1,
        after_chain: '',
        last_id: entry.id - 1,
        last_chain: '',
      };
      const chain = linkOf(ends.last_chain, entry);
      database.run('UPDATE audit SET chain = ? WHERE id = ?', chain, entry.id);
      writeEnds({ ...ends, last_id: entry.id, last_chain: chain });
    },
    /** Lets the chain begin after the entry `id`, which is about to be removed with all before it. */
    beginAfter(id: number): void {
      const ends = readEnds();
      const chain = database.get<{ chain: string | null }>('SELECT chain FROM audit WHERE id = ?', id)?.chain;
      if (!ends || id <= ends.after_id || typeof chain !== 'string') return;
      writeEnds({ ...ends, after_id: id, after_chain: chain });
    },
    /** Follows the whole chain and tells where it breaks, if it does. */
    async check(): Promise<AuditCheck> {
      const ends = readEnds();
      const broken = (checked: number, reason: string, id: number | null): AuditCheck => ({
        whole: false,
        checked,
        reason,
        brokenAt: id,
      });
      if (!ends) {
        const some = database.get<{ id: number }>('SELECT id FROM audit WHERE chain IS NOT NULL LIMIT 1');
        return some
          ? broken(0, 'The ends of the chain were taken away.', null)
          : { whole: true, checked: 0, reason: null, brokenAt: null };
      }
      if (!isEqual(ends.seal, sealOf(ends))) {
        return broken(0, 'The ends of the chain were changed, or the data folder’s signing key is another one.', null);
      }
      let last = ends.after_id;
      let chain = ends.after_chain;
      let checked = 0;
      // What is written while it is followed is left to the next check.
      while (last < ends.last_id) {
        const page = database.all<StoredEntry & { chain: string | null }>(
          `SELECT id, at, actor, origin, action, subject, outcome, details, chain FROM audit
           WHERE id > ? AND id <= ? ORDER BY id LIMIT ${pageSize}`,
          last,
          ends.last_id,
        );
        if (page.length === 0) break;
        for (const entry of page) {
          const wanted = linkOf(chain, entry);
          if (entry.chain === null || !isEqual(entry.chain, wanted))
            return broken(checked, 'This entry was changed, or one before it was taken out or put in.', entry.id);
          chain = wanted;
          last = entry.id;
          checked += 1;
        }
        await setImmediate();
      }
      if (last !== ends.last_id || !isEqual(chain, ends.last_chain)) {
        return broken(checked, 'The newest entries were taken away.', last);
      }
      return { whole: true, checked, reason: null, brokenAt: null };
    },
  };
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
