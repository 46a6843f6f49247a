import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';
import { webhookEvents } from './webhook-events.ts';

const webhookIdSchema = z.string().regex(/^[\w-]{1,64}$/, 'is not an id');

/** Encrypted, or on this machine; without a user name, which would stand in lists and logs. */
const address = /^(https:\/\/[^\s@/?#]+|http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?)([/?#]\S*)?$/i;

export const webhookUrlSchema = z
  .string()
  .trim()
  .max(2000)
  .regex(address, 'must be an https address without a user name (http only on this machine)');

/** An address that is told of what happens here. */
export const webhookSchema = z.object({
  id: webhookIdSchema,
  name: z.string(),
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  enabled: z.boolean(),
  /** Why it was switched off by itself; null otherwise. */
  problem: z.string().nullable(),
  /** Given by a variable at the start; it is changed there. */
  heldBy: z.string().nullable(),
  createdAt: z.number(),
  /** How often the secret was made anew. */
  secretVersion: z.number(),
  /** The newest that was taken, and how many failed since. */
  lastDeliveredAt: z.number().nullable(),
  failuresSince: z.number(),
});
export type Webhook = z.infer<typeof webhookSchema>;

export const webhookDeliverySchema = z.object({
  id: z.string(),
  webhookId: webhookIdSchema,
  event: z.enum(webhookEvents),
  at: z.number(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.number(),
  /** When it is tried again; null once it is over. */
  nextAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** HTTP status of the last answer; null when there was none. */
  status: z.number().nullable(),
  /** The beginning of the last answer, or why there was none. */
  answer: z.string().nullable(),
  /** What was sent, as it was signed. */
  body: z.string(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

const ref = z.object({ id: webhookIdSchema });
const choice = z.object({
  name: lineOf(80),
  url: webhookUrlSchema,
  events: z.array(z.enum(webhookEvents)).min(1),
  enabled: z.boolean().default(true),
});

/**
 * Addresses that are told of events by POST, signed as standardwebhooks.com says: headers `webhook-id`,
 * `webhook-timestamp` and `webhook-signature`. Events of sessions hold `changeType`, `before`, `after` and `timestamp`.
 */
export const webhooksContract = {
  list: procedure('admin')
    .route({ method: 'GET', path: '/api/webhooks' })
    .output(z.object({ items: z.array(webhookSchema) })),
  /** The same, and again whenever one of them or its deliveries change. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/webhooks/watch' })
    .output(eventIterator(z.object({ items: z.array(webhookSchema) }))),
  /** Answers with the secret of its signatures, which `secret` tells again. */
  add: procedure('admin')
    .route({ method: 'POST', path: '/api/webhooks', successStatus: 201 })
    .input(choice)
    .output(webhookSchema.extend({ secret: z.string() })),
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/webhooks/{id}' })
    .input(choice.partial().extend(ref.shape))
    .output(webhookSchema),
  remove: procedure('admin').route({ method: 'DELETE', path: '/api/webhooks/{id}' }).input(ref).output(ref),
  /** The secret of its signatures; `renew` makes another one, and the old one holds no longer. */
  secret: procedure('admin')
    .route({ method: 'POST', path: '/api/webhooks/{id}/secret' })
    .input(ref.extend({ renew: z.boolean().default(false) }))
    .output(z.object({ secret: z.string() })),
  /** Sends an event "test" at once and tells how it went. */
  test: procedure('admin')
    .route({ method: 'POST', path: '/api/webhooks/{id}/test' })
    .input(ref)
    .output(webhookDeliverySchema),
  /** Newest first. */
  deliveries: procedure('admin')
    .route({ method: 'GET', path: '/api/webhooks/{id}/deliveries' })
    .input(pageQuery.extend(ref.shape))
    .output(pageOf(webhookDeliverySchema)),
  /** Sends what was sent once more, under the same id, and tells how it went. */
  replay: procedure('admin')
    .route({ method: 'POST', path: '/api/webhooks/deliveries/{id}/replay' })
    .input(ref)
    .output(webhookDeliverySchema),
};
