import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../../shared/errors.ts';
import type { TerminalId, TerminalShareId } from '../../../shared/ids.ts';
import type { ShareEnding } from '../../../shared/share-endings.ts';
import type { TerminalShare } from '../../../shared/terminal-shares.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../new-id.ts';

/** One link shows its terminal to so many at once at most. */
const mostViewers = 50;

/** A timer cannot wait longer than 24.8 days; what expires later is looked at again. */
const longestWaitMs = 12 * 60 * 60 * 1000;

/** What was once a link can be told from what never was for so long. */
const keptAfterEndMs = 30 * 24 * 60 * 60 * 1000;

interface Stored {
  id: string;
  terminal_id: string;
  label: string;
  created_at: number;
  created_by: string;
  expires_at: number;
  max_uses: number | null;
  uses: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** A page that looks through a link. */
interface Guest {
  /** Tells that a connection is of the same page as one before it. */
  client: string | undefined;
  cut(reason: ShareEnding): void;
  /** The link shows another terminal from now on. */
  move(): void;
}

const columns = 'id, terminal_id, label, created_at, created_by, expires_at, max_uses, uses, last_used_at, revoked_at';

export type TerminalShares = ReturnType<typeof createTerminalShares>;

/** Links that show one terminal: made, used, over. Only the hash of a link's token is kept. */
export function createTerminalShares(deps: {
  database: Database;
  now: () => number;
  /** Throws when there is no such terminal. */
  checkTerminal: (id: TerminalId) => void;
  /** Where the port listens: `http://127.0.0.1:3847`; null while it does not. */
  address: () => string | null;
  /** Writes down that a link was opened, and how that went. */
  record: (entry: { from: string; subject: TerminalId; outcome: string; details: Record<string, unknown> }) => void;
}) {
  const { database, now } = deps;
  const guests = new Map<string, Set<Guest>>();
  /** Pages a link with a limit was opened by: one that comes back is no further use. At most as many as the limit. */
  const pages = new Map<string, Set<string>>();
  const listeners = new Set<(id: TerminalId) => void>();
  let timer: NodeJS.Timeout | undefined;
  /** Up to when it was seen to what is over. */
  let seenTo = now();

  const shown = (stored: Stored): TerminalShare => ({
    id: stored.id as TerminalShareId,
    terminalId: stored.terminal_id as TerminalId,
    label: stored.label,
    createdAt: stored.created_at,
    createdBy: stored.created_by,
    expiresAt: stored.expires_at,
    maxUses: stored.max_uses,
    uses: stored.uses,
    lastUsedAt: stored.last_used_at,
    viewers: guests.get(stored.id)?.size ?? 0,
  });

  const list = (terminalId: TerminalId): TerminalShare[] =>
    database
      .all<Stored>(
        `SELECT ${columns} FROM terminal_shares WHERE terminal_id = ? AND revoked_at IS NULL AND expires_at > ?
         ORDER BY created_at DESC, id`,
        terminalId,
        now(),
      )
      .map(shown);

  const byId = (id: string) => database.get<Stored>(`SELECT ${columns} FROM terminal_shares WHERE id = ?`, id);

  function changed(terminalId: TerminalId): void {
    for (const listener of [...listeners]) listener(terminalId);
  }

  /** Closes what is over for all who look through a link. */
  function cut(shareId: string, reason: ShareEnding): void {
    const open = [...(guests.get(shareId) ?? [])];
    guests.delete(shareId);
    pages.delete(shareId);
    for (const guest of open) guest.cut(reason);
  }

  /** Waits for the next link to be over, while somebody looks through it or at the list. */
  function attend(): void {
    clearTimeout(timer);
    timer = undefined;
    if (guests.size === 0 && listeners.size === 0) return;
    const next = database.get<{ at: number | null }>(
      'SELECT min(expires_at) AS at FROM terminal_shares WHERE revoked_at IS NULL AND expires_at > ?',
      now(),
    )?.at;
    if (next == null) return;
    timer = setTimeout(endOver, Math.min(longestWaitMs, Math.max(0, next - now()) + 1)).unref();
  }

  function endOver(): void {
    const over = database.all<Stored>(
      `SELECT ${columns} FROM terminal_shares WHERE revoked_at IS NULL AND expires_at > ? AND expires_at <= ?`,
      seenTo,
      now(),
    );
    seenTo = now();
    for (const { id } of over) cut(id, 'expired');
    for (const id of new Set(over.map(({ terminal_id }) => terminal_id))) changed(id as TerminalId);
    attend();
  }

  /** Why a link does not hold for this page; undefined when it does. */
  function whyNot(stored: Stored | undefined, isKnown: boolean): ShareEnding | undefined {
    if (!stored) return 'unknown';
    if (stored.revoked_at !== null) return 'revoked';
    if (stored.expires_at <= now()) return 'expired';
    if (!isKnown && stored.max_uses !== null && stored.uses >= stored.max_uses) return 'used-up';
    if ((guests.get(stored.id)?.size ?? 0) >= mostViewers) return 'crowded';
    return undefined;
  }

  return {
    list(terminalId: TerminalId): TerminalShare[] {
      deps.checkTerminal(terminalId);
      return list(terminalId);
    },
    async *watch(terminalId: TerminalId, signal: AbortSignal | undefined): AsyncGenerator<{ items: TerminalShare[] }> {
      deps.checkTerminal(terminalId);
      let wake: () => void = () => undefined;
      let isNews = true;
      const listener = (id: TerminalId): void => {
        if (id !== terminalId) return;
        isNews = true;
        wake();
      };
      const ended = () => wake();
      listeners.add(listener);
      signal?.addEventListener('abort', ended);
      attend();
      try {
        while (!signal?.aborted) {
          if (isNews) {
            isNews = false;
            yield { items: list(terminalId) };
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        listeners.delete(listener);
        signal?.removeEventListener('abort', ended);
        attend();
      }
    },
    create(
      input: { id: TerminalId; label?: string | undefined; expiresInMinutes: number; maxUses?: number | undefined },
      createdBy: string,
    ): { share: TerminalShare; token: string; url: string | null } {
      deps.checkTerminal(input.id);
      database.run('DELETE FROM terminal_shares WHERE expires_at < ?', now() - keptAfterEndMs);
      const id = newId<TerminalShareId>('l');
      const token = randomBytes(32).toString('base64url');
      database.run(
        `INSERT INTO terminal_shares (id, terminal_id, token_hash, label, created_at, created_by, expires_at, max_uses)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        input.id,
        hashOf(token),
        input.label ?? '',
        now(),
        createdBy,
        now() + input.expiresInMinutes * 60_000,
        input.maxUses ?? null,
      );
      changed(input.id);
      attend();
      const address = deps.address();
      return { share: shown(byId(id) as Stored), token, url: address && `${address}/#/shared/${token}` };
    },
    revoke(terminalId: TerminalId, shareId: TerminalShareId): { shareId: TerminalShareId } {
      const { changes } = database.run(
        'UPDATE terminal_shares SET revoked_at = ? WHERE id = ? AND terminal_id = ? AND revoked_at IS NULL',
        now(),
        shareId,
        terminalId,
      );
      if (changes === 0)
        throw new AppError('NOT_FOUND', 'There is no such link for this terminal. It may be revoked already.', {
          id: terminalId,
          shareId,
        });
      cut(shareId, 'revoked');
      changed(terminalId);
      return { shareId };
    },
    /**
     * Lets a page look through a link: gives the one terminal it shows, its name and a function for its end, or why not.
     * `cut` is called when the link ends before the page does, `move` when it is to be opened again.
     */
    open(
      token: string,
      guest: Guest & { from: string },
    ): { terminalId: TerminalId; name: string; close(): void } | ShareEnding {
      const stored = database.get<Stored>(`SELECT ${columns} FROM terminal_shares WHERE token_hash = ?`, hashOf(token));
      const { client, from } = guest;
      const known = client !== undefined && stored !== undefined && (pages.get(stored.id)?.has(client) ?? false);
      const reason = whyNot(stored, known);
      const terminalId = stored?.terminal_id as TerminalId;
      if (stored)
        deps.record({
          from,
          subject: terminalId,
          outcome: reason ?? 'ok',
          details: { shareId: stored.id, label: stored.label, again: known },
        });
      if (!stored || reason) return reason ?? 'unknown';
      // Who comes back is not counted again, and can be at one place only: a limit counts pages.
      if (known) for (const other of guests.get(stored.id) ?? []) if (other.client === client) other.cut('replaced');
      if (!known && client !== undefined && stored.max_uses !== null)
        pages.set(stored.id, (pages.get(stored.id) ?? new Set()).add(client));
      database.run(
        'UPDATE terminal_shares SET uses = uses + ?, last_used_at = ? WHERE id = ?',
        known ? 0 : 1,
        now(),
        stored.id,
      );
      const present: Guest = { client, cut: guest.cut, move: guest.move };
      guests.set(stored.id, (guests.get(stored.id) ?? new Set()).add(present));
      changed(terminalId);
      attend();
      return {
        terminalId,
        name: stored.label || 'Link',
        close() {
          const all = guests.get(stored.id);
          if (!all?.delete(present)) return;
          if (all.size === 0) guests.delete(stored.id);
          changed(terminalId);
          attend();
        },
      };
    },
    /** A worker goes on in another terminal: links to its earlier runs show that one, and who looks goes along. */
    follow(earlier: readonly TerminalId[], next: TerminalId): void {
      for (const id of earlier) {
        const moved = database.all<{ id: string }>('SELECT id FROM terminal_shares WHERE terminal_id = ?', id);
        if (moved.length === 0) continue;
        database.run('UPDATE terminal_shares SET terminal_id = ? WHERE terminal_id = ?', next, id);
        database.afterCommit(() => {
          for (const share of moved) for (const guest of [...(guests.get(share.id) ?? [])]) guest.move();
          changed(id);
          changed(next);
        });
      }
    },
    /** Cuts off who looks at terminals that are gone, after their links went with them. */
    endGone(): void {
      for (const shareId of [...guests.keys()]) if (!byId(shareId)) cut(shareId, 'unknown');
    },
    close(): void {
      clearTimeout(timer);
      listeners.clear();
      guests.clear();
    },
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
