import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { alertUnits } from './alert-values.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

export const alertStates = ['inactive', 'pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

export const alertSeveritySchema = z.enum(['critical', 'warning']);

/** The longest time a condition may have to hold, in seconds: a day. */
const longestSeconds = 86_400;

const unitSchema = z.enum(alertUnits);
const directionSchema = z.enum(['above', 'below']);

/** What somebody may say of every rule, ours or their own. */
const valuesSchema = z.object({
  enabled: z.boolean(),
  threshold: z.number(),
  /** For how long it has to be so before it fires. */
  forSeconds: z.number(),
  severity: alertSeveritySchema,
  /** Where it is told: by notices of the desktop and the page, and by webhooks that listen for alerts. */
  notice: z.boolean().default(true),
  webhook: z.boolean().default(true),
});

/** A rule that is watched, and how it stands. */
export const alertSchema = z.object({
  /** `error-rate` */
  id: z.string(),
  title: z.string(),
  /** What is measured, in words. */
  measure: z.string(),
  unit: unitSchema,
  /** It fires above the threshold, or below it; `failed` has none: it fires while the thing fails. */
  direction: directionSchema,
  ...valuesSchema.shape,
  /** What holds unless it was changed. */
  defaults: valuesSchema,
  /** Somebody made it; the others come with Control Room. */
  own: z.boolean().default(false),
  /** The figure it looks at, of a rule that somebody made. */
  figure: z.string().nullable().default(null),
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
  /** It came and went so often, or so many of somebody's own fired, that it is told of no more until it is calm. */
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
  what: z.enum([
    'firing',
    'resolved',
    'acknowledged',
    'silenced',
    'unsilenced',
    'changed',
    'added',
    'removed',
    'restored',
  ]),
  value: z.number().nullable(),
  text: z.string().nullable(),
  /** Who did it; null for what came by itself. */
  by: z.string().nullable(),
});
export type AlertEntry = z.infer<typeof alertEntrySchema>;

/** What a rule of somebody's own may look at. */
export const alertFigureSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** How it is reckoned, in words. */
  measure: z.string(),
  unit: unitSchema,
  /** What it belongs to: figures of one group stand together. */
  group: z.string(),
  /** It never is more than this; null where there is no end. */
  most: z.number().nullable(),
  /** As it is now; null while it is not known. */
  value: z.number().nullable(),
});
export type AlertFigure = z.infer<typeof alertFigureSchema>;

const ref = z.object({ id: z.string().regex(/^[a-z][a-z0-9_-]{0,40}$/, 'is not the id of an alert') });
const thresholdSchema = z.number().min(0).max(1e12);
const forSecondsSchema = z.number().int().min(0).max(longestSeconds);
/** What is told with it, so that who reads it knows what to do. */
const fixSchema = z.string().trim().max(500);

/** A rule that somebody makes. */
export const ownAlertSchema = z.object({
  title: lineOf(80),
  figure: z.string().max(60),
  direction: directionSchema.default('above'),
  /** Of a component there is none: it fires while it fails. */
  threshold: thresholdSchema.default(0),
  forSeconds: forSecondsSchema.default(300),
  severity: alertSeveritySchema.default('warning'),
  enabled: z.boolean().default(true),
  notice: z.boolean().default(true),
  webhook: z.boolean().default(true),
  fix: fixSchema.default(''),
});
export type OwnAlert = z.infer<typeof ownAlertSchema>;

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
  /** What rules of one's own may look at, with the present values. */
  figures: procedure('view')
    .route({ method: 'GET', path: '/api/alerts/figures' })
    .output(z.object({ items: z.array(alertFigureSchema) })),
  /** Makes a rule of one's own; 100 at most. */
  add: procedure('admin')
    .route({ method: 'POST', path: '/api/alerts', successStatus: 201 })
    .input(ownAlertSchema)
    .output(alertSchema),
  /** Changes when it fires and where it is told; of a rule of one's own also what it looks at and its words. */
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/alerts/{id}' })
    .input(
      ref.extend({
        enabled: z.boolean().optional(),
        threshold: thresholdSchema.optional(),
        forSeconds: forSecondsSchema.optional(),
        severity: alertSeveritySchema.optional(),
        notice: z.boolean().optional(),
        webhook: z.boolean().optional(),
        title: lineOf(80).optional(),
        figure: z.string().max(60).optional(),
        direction: directionSchema.optional(),
        fix: fixSchema.optional(),
      }),
    )
    .output(alertSchema),
  /** Takes a rule of one's own away. It can be brought back for two weeks. */
  remove: procedure('admin').route({ method: 'DELETE', path: '/api/alerts/{id}' }).input(ref).output(ref),
  restore: procedure('admin')
    .route({ method: 'POST', path: '/api/alerts/{id}/restore' })
    .input(ref)
    .output(alertSchema),
  /** Back to what it came with. */
  reset: procedure('admin').route({ method: 'POST', path: '/api/alerts/{id}/reset' }).input(ref).output(alertSchema),
};
