import { createHmac } from 'node:crypto';
import { AppError } from '../../../shared/errors.ts';
import type { AppEvent } from '../../../shared/events.ts';
import type { Webhook, WebhookDelivery } from '../../../shared/webhooks.ts';
import type { Database } from '../database/database.ts';
import type { Events } from '../events.ts';
import { newId } from '../new-id.ts';
import { createWatchers } from '../watchers.ts';
import { sendWebhook } from './send-webhook.ts';
import { messageOf } from './webhook-messages.ts';
import { createWebhookStore } from './webhook-store.ts';

/** Waits before further attempts, in milliseconds: over a day and a half in all. */
const delaysMs = [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000];
/** A webhook that took nothing for so many messages in a row is switched off. */
const mostFailures = 50;
/** Events that come within this time are looked at together, in milliseconds. */
const gatherMs = 100;
const eventPage = 500;
/** The id of the webhook that a variable gives. */
const heldId = 'notify';

export type Webhooks = ReturnType<typeof createWebhooks>;

/**
 * Tells addresses of events. What is to be told is written down together with how far the events were looked at, so that
 * none is left out or told twice after a kill; an address that fails is tried again with growing waits.
 */
export function createWebhooks(deps: {
  database: Database;
  events: Pick<Events, 'after' | 'lastSeq' | 'listen'>;
  now: () => number;
  /** Signs messages; the secret of each webhook is made of it. */
  key: Buffer;
  version: string;
  /** An address given at the start, told of changes of sessions. */
  held: string | null;
  log: { warn(details: object, message: string): void };
  /** A number from 0 to 1: waits differ a little, so that many do not come back at once. */
  random?: () => number;
}) {
  const { database, events, now, log } = deps;
  const random = deps.random ?? Math.random;
  const store = createWebhookStore(database);
  const watchers = createWatchers();
  const sending = new Map<string, Promise<void>>();
  const ended = new AbortController();
  let gathering: NodeJS.Timeout | undefined;
  let waiting: NodeJS.Timeout | undefined;

  const secretOf = ({ id, secretVersion }: Webhook): string =>
    `whsec_${createHmac('sha256', deps.key).update(`${id} ${secretVersion}`).digest('base64')}`;

  function get(id: string): Webhook {
    const webhook = store.get(id);
    if (!webhook) throw new AppError('NOT_FOUND', `There is no webhook ${id}. GET /api/webhooks lists them.`, { id });
    return webhook;
  }

  function keep(webhook: Webhook): Webhook {
    store.put(webhook);
    watchers.tell();
    return webhook;
  }

  const isListening = (): boolean => store.all().some(({ enabled }) => enabled);

  /** From now on, where nobody listened before. */
  function beginNow(): void {
    if (!isListening()) store.setSeq(events.lastSeq());
  }

  function deliveryOf(
    webhook: Webhook,
    event: WebhookDelivery['event'],
    body: Record<string, unknown>,
  ): WebhookDelivery {
    return {
      id: newId<string>('msg'),
      webhookId: webhook.id,
      event,
      at: now(),
      state: 'waiting',
      attempts: 0,
      nextAt: now(),
      endedAt: null,
      status: null,
      answer: null,
      body: JSON.stringify({ type: event, ...body }),
    };
  }

  /** Writes down what is to be told of the events that were not looked at yet. */
  function gather(): void {
    gathering = undefined;
    if (ended.signal.aborted || !isListening()) return;
    for (;;) {
      const since = store.seq() ?? events.lastSeq();
      const page = events.after(since, eventPage);
      if (page === undefined) {
        log.warn({ since }, 'webhooks were not told of events that are no longer kept');
        store.setSeq(events.lastSeq());
        return;
      }
      if (page.length > 0) database.transaction(() => note(page));
      if (page.length < eventPage) break;
    }
    pump();
  }

  function note(page: readonly AppEvent[]): void {
    const listening = store.all().filter(({ enabled }) => enabled);
    for (const event of page) {
      const message = messageOf(event, store.told);
      if (!message) continue;
      for (const webhook of listening) {
        if (webhook.events.includes(message.event)) store.putDelivery(deliveryOf(webhook, message.event, message.body));
      }
    }
    store.setSeq(page.at(-1)?.seq ?? events.lastSeq());
  }

  /** Sends what is due, one message at a time to each address. */
  function pump(): void {
    clearTimeout(waiting);
    if (ended.signal.aborted) return;
    for (const webhook of store.all()) {
      if (!webhook.enabled || sending.has(webhook.id)) continue;
      const delivery = store.due(webhook.id, now());
      if (!delivery) continue;
      const sent = attempt(webhook, delivery).then(
        () => void sending.delete(webhook.id),
        (error: unknown) => {
          sending.delete(webhook.id);
          log.warn({ error, webhook: webhook.id }, 'a message to a webhook could not be handled');
        },
      );
      sending.set(webhook.id, sent);
      void sent.then(pump);
    }
    const next = store.nextAt();
    if (next === null) return;
    // A day at most: a timer that is set further is run at once.
    waiting = setTimeout(pump, Math.min(86_400_000, Math.max(50, next - now())));
    waiting.unref();
  }

  async function attempt(webhook: Webhook, delivery: WebhookDelivery): Promise<WebhookDelivery> {
    const result = await sendWebhook({
      url: webhook.url,
      secret: secretOf(webhook),
      id: delivery.id,
      event: delivery.event,
      body: delivery.body,
      now: now(),
      version: deps.version,
      signal: ended.signal,
    });
    // Cut short by the end of the program: it is tried again at the next start.
    if (ended.signal.aborted) return delivery;
    const attempts = delivery.attempts + 1;
    const delay = delaysMs[attempts - 1];
    const retry = !result.delivered && !result.gone && delay !== undefined;
    const wait = Math.max(result.retryAfterMs ?? 0, (delay ?? 0) * (0.9 + 0.2 * random()));
    const done: WebhookDelivery = {
      ...delivery,
      attempts,
      state: result.delivered ? 'delivered' : retry ? 'waiting' : 'failed',
      nextAt: retry ? Math.round(now() + wait) : null,
      endedAt: retry ? null : now(),
      status: result.status,
      answer: result.answer,
    };
    database.transaction(() => {
      // It may have been taken away while it was told.
      const present = store.get(webhook.id);
      if (!present) return;
      store.putDelivery(done);
      store.prune(webhook.id, now());
      keep(afterwards(present, done, result.gone));
    });
    return done;
  }

  function afterwards(webhook: Webhook, { state }: WebhookDelivery, gone: boolean): Webhook {
    if (state === 'delivered') return { ...webhook, lastDeliveredAt: now(), failuresSince: 0 };
    if (state === 'waiting') return webhook;
    const failuresSince = webhook.failuresSince + 1;
    const problem = gone
      ? 'The address answered that it is gone (410).'
      : failuresSince >= mostFailures
        ? `${failuresSince} messages in a row could not be delivered.`
        : null;
    return { ...webhook, failuresSince, ...(problem ? { enabled: false, problem } : {}) };
  }

  /** Tries one at once, whatever its time, and tells how it went. */
  async function sendNow(webhook: Webhook, delivery: WebhookDelivery): Promise<WebhookDelivery> {
    await sending.get(webhook.id);
    const sent = attempt(webhook, delivery);
    const turn = sent.then(
      () => void sending.delete(webhook.id),
      () => void sending.delete(webhook.id),
    );
    sending.set(webhook.id, turn);
    try {
      return await sent;
    } finally {
      void turn.then(pump);
    }
  }

  function refuseHeld(webhook: Webhook): void {
    if (!webhook.heldBy) return;
    throw new AppError('CONFLICT', `This webhook is held by ${webhook.heldBy}. Change it there and start again.`, {
      id: webhook.id,
    });
  }

  function takeHeld(): void {
    const before = store.get(heldId);
    if (!deps.held) {
      if (before) store.remove(heldId);
      return;
    }
    if (before?.url === deps.held) return;
    beginNow();
    store.put({
      id: heldId,
      name: 'Notifications',
      url: deps.held,
      events: ['session.created', 'session.updated', 'session.deleted'],
      enabled: true,
      problem: null,
      heldBy: 'NOTIFY_WEBHOOK',
      createdAt: now(),
      secretVersion: 1,
      lastDeliveredAt: null,
      failuresSince: 0,
    });
  }

  takeHeld();
  const endListening = events.listen(() => {
    gathering ??= setTimeout(gather, gatherMs);
  });
  gather();

  return {
    list: () => ({ items: store.all() }),
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, () => ({ items: store.all() })),
    add(input: Pick<Webhook, 'name' | 'url' | 'events' | 'enabled'>): Webhook & { secret: string } {
      const webhook: Webhook = {
        id: newId<string>('wh'),
        ...input,
        problem: null,
        heldBy: null,
        createdAt: now(),
        secretVersion: 1,
        lastDeliveredAt: null,
        failuresSince: 0,
      };
      if (webhook.enabled) beginNow();
      return { ...keep(webhook), secret: secretOf(webhook) };
    },
    update({
      id,
      ...changes
    }: { id: string } & Partial<Pick<Webhook, 'name' | 'url' | 'events' | 'enabled'>>): Webhook {
      const webhook = get(id);
      refuseHeld(webhook);
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      if (changes.enabled && !webhook.enabled) beginNow();
      const isBack = changes.enabled === true && !webhook.enabled;
      const changed = keep({ ...webhook, ...given, ...(isBack ? { problem: null, failuresSince: 0 } : {}) });
      pump();
      return changed;
    },
    remove(id: string) {
      refuseHeld(get(id));
      store.remove(id);
      watchers.tell();
      return { id };
    },
    secret(id: string, renew: boolean): { secret: string } {
      const webhook = get(id);
      return { secret: secretOf(renew ? keep({ ...webhook, secretVersion: webhook.secretVersion + 1 }) : webhook) };
    },
    test(id: string): Promise<WebhookDelivery> {
      const webhook = get(id);
      const timestamp = new Date(now()).toISOString();
      const delivery = deliveryOf(webhook, 'test', { timestamp, message: `A test of “${webhook.name}”.` });
      // A test is not tried again by itself: who asked for it sees how it went.
      return sendNow(webhook, { ...delivery, attempts: delaysMs.length });
    },
    deliveries(id: string, page: { limit: number; cursor?: string | undefined }) {
      get(id);
      return store.deliveries(id, page);
    },
    replay(id: string): Promise<WebhookDelivery> {
      const delivery = store.delivery(id);
      if (!delivery) throw new AppError('NOT_FOUND', `There is no delivery ${id}; those of 30 days are kept.`, { id });
      return sendNow(get(delivery.webhookId), { ...delivery, attempts: Math.max(delivery.attempts, delaysMs.length) });
    },
    async close(): Promise<void> {
      ended.abort();
      endListening();
      clearTimeout(gathering);
      clearTimeout(waiting);
      watchers.close();
      await Promise.allSettled(sending.values());
    },
  };
}
