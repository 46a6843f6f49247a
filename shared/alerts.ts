import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { pageOf, pageQuery, procedure } from './procedure.ts';

export const alertStates = ['inactive', 'pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

export const alertSeveritySchema = z.enum(['critical', 'warning']);

/** What the threshold of an alert counts: how to write and read its numbers. */
export const alertUnits = ['percent', 'per-second', 'seconds', 'hours', 'failed'] as const;

/** The longest time a condition may have to hold, in seconds: a day. */
const longestSeconds = 86_400;

/** A rule that is watched, and how it stands. */
export const alertSchema = z.object({
  /** `error-rate` */
  id: z.string(),
  title: z.string(),
  /** What is measured, in words. */
  measure: z.string(),
  unit: z.enum(alertUnits),
  /** It fires above the threshold, or below it; `failed` has none: it fires while the thing fails. */
  direction: z.enum(['above', 'below']),
  threshold: z.number(),
  /** For how long it has to be so before it fires. */
  forSeconds: z.number(),
  severity: alertSeveritySchema,
  enabled: z.boolean(),
  /** What holds unless it was changed. */
  defaults: z.object({
    threshold: z.number(),
    forSeconds: z.number(),
    severity: alertSeveritySchema,
    enabled: z.boolean(),
  }),
  state: z.enum(alertStates),
  /** When the present state began. */
  since: z.number(),
  /** The last value that was seen; null while it cannot be known. */
  value: z.number().nullable(),
  /** What is wrong, in words, as of the last change; null while nothing is. */
  text: z.string().nullable(),
  fix: z.string(),
  /** The fragment of the page that shows it. */
  place: z.string(),
  /** It came and went so often that it is told of no more until it is calm. */
  flapping: z.boolean(),
  acknowledgedAt: z.number().nullable(),
  acknowledgedBy: z.string().nullable(),
  /** Nobody is told of it until then. */
  silencedUntil: z.number().nullable(),
});
export type Alert = z.infer<typeof alertSchema>;

/** A change of an alert: what is kept of the past. */
export const alertEntrySchema = z.object({
  seq: z.number(),
  at: z.number(),
  alertId: z.string(),
  title: z.string(),
  severity: alertSeveritySchema,
  what: z.enum(['firing', 'resolved', 'acknowledged', 'silenced', 'unsilenced', 'changed']),
  value: z.number().nullable(),
  text: z.string().nullable(),
  /** Who did it; null for what came by itself. */
  by: z.string().nullable(),
});
export type AlertEntry = z.infer<typeof alertEntrySchema>;

const ref = z.object({ id: z.string().regex(/^[a-z][a-z-]{0,40}$/, 'is not the id of an alert') });
const all = z.object({ items: z.array(alertSchema) });

export const alertsContract = {
  list: procedure('view').route({ method: 'GET', path: '/api/alerts' }).output(all),
  /** The same, again whenever one of them changes, and with the newest values every ten seconds. */
  watch: procedure('view').route({ method: 'GET', path: '/api/alerts/watch' }).output(eventIterator(all)),
  /** Newest first; those of 90 days are kept, 2,000 at most. */
  history: procedure('view')
    .route({ method: 'GET', path: '/api/alerts/history' })
    .input(pageQuery.extend({ alertId: ref.shape.id.optional() }))
    .output(pageOf(alertEntrySchema)),
  /** Somebody has seen it: it is not brought to attention again until it was over. */
  acknowledge: procedure('reply')
    .route({ method: 'POST', path: '/api/alerts/{id}/acknowledge' })
    .input(ref)
    .output(alertSchema),
  /** Nobody is told of it for so long; 0 ends that. */
  silence: procedure('approve')
    .route({ method: 'POST', path: '/api/alerts/{id}/silence' })
    .input(
      ref.extend({
        minutes: z
          .number()
          .int()
          .min(0)
          .max(28 * 24 * 60),
      }),
    )
    .output(alertSchema),
  /** Changes when it fires. */
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/alerts/{id}' })
    .input(
      ref.extend({
        enabled: z.boolean().optional(),
        threshold: z.number().min(0).max(1e12).optional(),
        forSeconds: z.number().int().min(0).max(longestSeconds).optional(),
        severity: alertSeveritySchema.optional(),
      }),
    )
    .output(alertSchema),
  /** Back to what it came with. */
  reset: procedure('admin').route({ method: 'POST', path: '/api/alerts/{id}/reset' }).input(ref).output(alertSchema),
};
