import type { AuditEntry } from '../../../shared/audit.ts';
import type { Database } from '../database/database.ts';
import { withoutSecrets } from './without-secrets.ts';

interface Stored {
  id: number;
  at: number;
  actor: string;
  origin: string;
  action: string;
  subject: string | null;
  outcome: string;
  details: string;
}

export type Audit = ReturnType<typeof createAudit>;

/** The book of who did what, when, from where and how it went. Entries are only ever added. */
export function createAudit(deps: { database: Database; now: () => number }) {
  const { database, now } = deps;
  return {
    /** Writes an entry, in the transaction around it when there is one. Long texts are cut, secrets masked. */
    record(entry: Omit<AuditEntry, 'id' | 'at'>): void {
      database.run(
        'INSERT INTO audit (at, actor, origin, action, subject, outcome, details) VALUES (?, ?, ?, ?, ?, ?, ?)',
        now(),
        entry.actor,
        entry.from,
        entry.action,
        entry.subject,
        entry.outcome,
        JSON.stringify(withoutSecrets(entry.details)),
      );
    },
    /** Newest first; the cursor is the id of the last entry of the page before. */
    list(query: {
      limit: number;
      cursor?: string | undefined;
      action?: string | undefined;
      subject?: string | undefined;
      actor?: string | undefined;
      since?: number | undefined;
      until?: number | undefined;
    }): { items: AuditEntry[]; nextCursor: string | null } {
      const rows = database.all<Stored>(
        `SELECT id, at, actor, origin, action, subject, outcome, details FROM audit
         WHERE (?1 IS NULL OR id < ?1)
           AND (?2 IS NULL OR substr(action, 1, length(?2)) = ?2)
           AND (?3 IS NULL OR subject = ?3)
           AND (?4 IS NULL OR actor = ?4)
           AND (?5 IS NULL OR at >= ?5)
           AND (?6 IS NULL OR at < ?6)
         ORDER BY id DESC LIMIT ?7`,
        query.cursor === undefined ? null : Number(query.cursor),
        query.action ?? null,
        query.subject ?? null,
        query.actor ?? null,
        query.since ?? null,
        query.until ?? null,
        query.limit + 1,
      );
      const items = rows
        .slice(0, query.limit)
        .map(({ origin, details, ...entry }) => ({ ...entry, from: origin, details: JSON.parse(details) }));
      return { items, nextCursor: rows.length > query.limit ? String(items.at(-1)?.id) : null };
    },
  };
}
