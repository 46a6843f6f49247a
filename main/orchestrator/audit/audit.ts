import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { Database, SqlValue } from '../database/database.ts';
import { isStorageTrouble } from '../database/storage-watch.ts';
import { createAuditChain, type StoredEntry } from './audit-chain.ts';
import { withoutSecrets } from './without-secrets.ts';

const dayMs = 24 * 60 * 60 * 1000;
const cleanEveryMs = 60 * 60 * 1000;
/** Entries that are written out before others get their turn. */
const exportPage = 1000;
/** Entries that wait for room on a full disk. */
const mostWaiting = 10_000;

interface Filters {
  action?: string | undefined;
  subject?: string | undefined;
  actor?: string | undefined;
  /** From this moment on, and before that one. */
  from?: number | undefined;
  to?: number | undefined;
}

type Entry = Omit<AuditEntry, 'id' | 'at'>;

export type Audit = ReturnType<typeof createAudit>;

/**
 * The book of who did what, when, from where and how it went. Entries are only ever added, each tied to the one before it;
 * those older than the setting says are removed, which the chain then begins after.
 */
export function createAudit(deps: {
  database: Database;
  now: () => number;
  /** Ties the entries together. */
  key: Buffer;
  /** How long entries are kept; 0: for ever. */
  days: () => number;
}) {
  const { database, now } = deps;
  const chain = createAuditChain({ database, key: deps.key });

  const condition = `(?1 IS NULL OR substr(action, 1, length(?1)) = ?1)
     AND (?2 IS NULL OR subject = ?2)
     AND (?3 IS NULL OR actor = ?3)
     AND (?4 IS NULL OR at >= ?4)
     AND (?5 IS NULL OR at < ?5)`;
  const valuesOf = (query: Filters): SqlValue[] => [
    query.action ?? null,
    query.subject ?? null,
    query.actor ?? null,
    query.from ?? null,
    query.to ?? null,
  ];
  const columns = 'id, at, actor, origin, action, subject, outcome, details';
  const shown = ({ origin, details, ...entry }: StoredEntry): AuditEntry => ({
    ...entry,
    from: origin,
    details: JSON.parse(details),
  });

  /** Writes an entry, in the transaction around it when there is one. Long texts are cut, secrets masked. */
  function record(entry: Entry): void {
    database.transaction(() => {
      const { from: origin, details, ...rest } = entry;
      const stored = { ...rest, at: now(), origin, details: JSON.stringify(withoutSecrets(details)) };
      const { lastInsertRowid: id } = database.run(
        'INSERT INTO audit (at, actor, origin, action, subject, outcome, details) VALUES (?, ?, ?, ?, ?, ?, ?)',
        stored.at,
        stored.actor,
        stored.origin,
        stored.action,
        stored.subject,
        stored.outcome,
        stored.details,
      );
      chain.append({ id, ...stored });
    });
  }

  /** Entries that are not kept yet, and the turn of the loop in which they will be. */
  const waiting: Entry[] = [];
  let keeping: Promise<void> | undefined;

  /**
   * Writes an entry together with all others of this turn of the loop: one commit, however many call at once. Resolves
   * when it is durable, or waits for room: what was done is done, also on a full disk.
   */
  function recordJoined(entry: Entry): Promise<void> {
    waiting.push(entry);
    keeping ??= nextTurn().then(() => {
      keeping = undefined;
      const entries = waiting.splice(0);
      try {
        database.transaction(() => entries.forEach(record));
      } catch (error) {
        if (!isStorageTrouble(error)) throw error;
        waiting.unshift(...entries.slice(-mostWaiting));
      }
    });
    return keeping;
  }

  function clean(): void {
    const days = deps.days();
    if (days === 0) return;
    const before = now() - days * dayMs;
    database.transaction(() => {
      // From the beginning up to the first that is kept: a clock that was set back leaves no hole.
      const kept = database.get<{ id: number | null }>('SELECT min(id) AS id FROM audit WHERE at >= ?', before)?.id;
      const last = database.get<{ id: number | null }>(
        'SELECT max(id) AS id FROM audit WHERE ?1 IS NULL OR id < ?1',
        kept ?? null,
      )?.id;
      if (last === null || last === undefined) return;
      chain.beginAfter(last);
      const { changes } = database.run('DELETE FROM audit WHERE id <= ?', last);
      record({
        actor: 'Control Room',
        from: 'inside',
        action: 'audit.clean',
        subject: null,
        outcome: 'ok',
        details: { entries: changes, olderThanDays: days },
      });
    });
  }

  clean();
  const cleaning = setInterval(clean, cleanEveryMs);
  cleaning.unref();

  return {
    record,
    recordJoined,
    check: chain.check,
    /** Newest first; the cursor is the id of the last entry of the page before. */
    list(query: Filters & { limit: number; cursor?: string | undefined }): {
      items: AuditEntry[];
      nextCursor: string | null;
    } {
      const rows = database.all<StoredEntry>(
        `SELECT ${columns} FROM audit WHERE ${condition} AND (?6 IS NULL OR id < ?6) ORDER BY id DESC LIMIT ?7`,
        ...valuesOf(query),
        query.cursor === undefined ? null : Number(query.cursor),
        query.limit + 1,
      );
      const items = rows.slice(0, query.limit).map(shown);
      return { items, nextCursor: rows.length > query.limit ? String(items.at(-1)?.id) : null };
    },
    /** All that fits, oldest first, as the text of a file. */
    async export(query: Filters & { format: 'csv' | 'jsonl' }) {
      const lines = query.format === 'csv' ? ['id,time,actor,from,action,subject,outcome,details'] : [];
      for (let last = 0; ; ) {
        const page = database.all<StoredEntry>(
          `SELECT ${columns} FROM audit WHERE ${condition} AND id > ?6 ORDER BY id LIMIT ${exportPage}`,
          ...valuesOf(query),
          last,
        );
        for (const entry of page) lines.push(query.format === 'csv' ? csvLine(entry) : JSON.stringify(shown(entry)));
        last = page.at(-1)?.id ?? last;
        if (page.length < exportPage) break;
        await nextTurn();
      }
      const day = new Date(now()).toISOString().slice(0, 10);
      return {
        fileName: `audit-${day}.${query.format}`,
        mediaType: query.format === 'csv' ? 'text/csv' : 'application/jsonl',
        content: `${lines.join('\n')}\n`,
      };
    },
    async close(): Promise<void> {
      clearInterval(cleaning);
      await keeping;
    },
  };
}

/** One entry for a table: quoted, and never read as a formula by what opens it. */
function csvLine({ id, at, actor, origin, action, subject, outcome, details }: StoredEntry): string {
  const texts = [actor, origin, action, subject ?? '', outcome, details].map(
    (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`,
  );
  return [id, new Date(at).toISOString(), ...texts].join(',');
}
