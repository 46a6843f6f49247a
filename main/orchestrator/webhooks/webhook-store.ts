import type { Webhook, WebhookDelivery } from '../../../shared/webhooks.ts';
import type { Database } from '../database/database.ts';

/** Deliveries that are over and kept of each webhook: the newest, and not for ever. */
const keptDeliveries = 1000;
const keptMs = 30 * 24 * 60 * 60 * 1000;

interface StoredDelivery {
  id: string;
  webhook_id: string;
  at: number;
  event: WebhookDelivery['event'];
  body: string;
  state: WebhookDelivery['state'];
  attempts: number;
  next_at: number | null;
  ended_at: number | null;
  status: number | null;
  answer: string | null;
}

const shown = ({ webhook_id, next_at, ended_at, ...rest }: StoredDelivery): WebhookDelivery => ({
  ...rest,
  webhookId: webhook_id,
  nextAt: next_at,
  endedAt: ended_at,
});

const columns = 'id, webhook_id, at, event, body, state, attempts, next_at, ended_at, status, answer';

/** Webhooks, what they are to be told, and how far the events were looked at. */
export function createWebhookStore(database: Database) {
  return {
    all: (): Webhook[] =>
      database
        .all<{ row: string }>("SELECT row FROM webhooks ORDER BY row ->> '$.createdAt', id")
        .map(({ row }) => JSON.parse(row) as Webhook),
    get(id: string): Webhook | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM webhooks WHERE id = ?', id);
      return found && (JSON.parse(found.row) as Webhook);
    },
    put(webhook: Webhook): void {
      database.run(
        'INSERT INTO webhooks (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        webhook.id,
        JSON.stringify(webhook),
      );
    },
    remove: (id: string) => void database.run('DELETE FROM webhooks WHERE id = ?', id),
    delivery(id: string): WebhookDelivery | undefined {
      const found = database.get<StoredDelivery>(`SELECT ${columns} FROM webhook_deliveries WHERE id = ?`, id);
      return found && shown(found);
    },
    putDelivery(delivery: WebhookDelivery): void {
      const { id, webhookId, at, event, body, state, attempts, nextAt, endedAt, status, answer } = delivery;
      database.run(
        `INSERT INTO webhook_deliveries (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, next_at = excluded.next_at,
           ended_at = excluded.ended_at, status = excluded.status, answer = excluded.answer`,
        ...[id, webhookId, at, event, body, state, attempts, nextAt, endedAt, status, answer],
      );
    },
    /** The next one of a webhook whose time has come. */
    due: (webhookId: string, now: number): WebhookDelivery | undefined => {
      const found = database.get<StoredDelivery>(
        `SELECT ${columns} FROM webhook_deliveries
         WHERE webhook_id = ? AND state = 'waiting' AND next_at <= ? ORDER BY next_at, seq LIMIT 1`,
        webhookId,
        now,
      );
      return found && shown(found);
    },
    /** When the next one is due, of webhooks that are switched on. */
    nextAt: (): number | null =>
      database.get<{ at: number | null }>(
        `SELECT min(next_at) AS at FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_id
         WHERE state = 'waiting' AND row ->> '$.enabled'`,
      )?.at ?? null,
    deliveries(webhookId: string, page: { limit: number; cursor?: string | undefined }) {
      const rows = database
        .all<StoredDelivery>(
          `SELECT ${columns} FROM webhook_deliveries
           WHERE webhook_id = ?1 AND (?2 IS NULL OR seq < (SELECT seq FROM webhook_deliveries WHERE id = ?2))
           ORDER BY seq DESC LIMIT ?3`,
          webhookId,
          page.cursor ?? null,
          page.limit + 1,
        )
        .map(shown);
      const items = rows.slice(0, page.limit);
      return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
    },
    /** Forgets deliveries that are over and old. */
    prune(webhookId: string, now: number): void {
      database.run(
        `DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND state <> 'waiting' AND (at < ?2 OR seq < (
           SELECT seq FROM webhook_deliveries WHERE webhook_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ${keptDeliveries}))`,
        webhookId,
        now - keptMs,
      );
    },
    /** The last event that was looked at; null before the first. */
    seq: (): number | null => database.get<{ seq: number }>('SELECT seq FROM webhook_feed')?.seq ?? null,
    setSeq: (seq: number) => void database.run('INSERT OR REPLACE INTO webhook_feed (id, seq) VALUES (1, ?)', seq),
    told: {
      get: (subject: string): string | undefined =>
        database.get<{ state: string }>('SELECT state FROM webhook_told WHERE subject = ?', subject)?.state,
      set(subject: string, state: string | null): void {
        if (state === null) database.run('DELETE FROM webhook_told WHERE subject = ?', subject);
        else database.run('INSERT OR REPLACE INTO webhook_told (subject, state) VALUES (?, ?)', subject, state);
      },
    },
  };
}
