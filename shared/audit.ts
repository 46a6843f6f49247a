import * as z from 'zod';
import { pageOf, pageQuery, procedure } from './procedure.ts';

/** Something that somebody did, or tried to do, and how it went. */
export const auditEntrySchema = z.object({
  id: z.number(),
  at: z.number(),
  /** The credential's name, "terminal" for a worker's own screen, "rule" for a standing rule. */
  actor: z.string(),
  /** Where it came from: "desktop window", an address, "inside". */
  from: z.string(),
  /** The procedure (`workers.spawn`) or the event (`approvals.decide`). */
  action: z.string(),
  /** Id of what it was done to. */
  subject: z.string().nullable(),
  /** `ok`, or the code of the error it was answered with. */
  outcome: z.string(),
  /** What was given, long texts cut and secrets masked. */
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Whether the book is as it was written. */
export const auditCheckSchema = z.object({
  whole: z.boolean(),
  /** Entries that were followed. */
  checked: z.number(),
  reason: z.string().nullable(),
  /** The first entry that does not fit. */
  brokenAt: z.number().nullable(),
});
export type AuditCheck = z.infer<typeof auditCheckSchema>;

/** A moment: milliseconds since 1970, or a date such as 2026-01-31 or 2026-01-31T12:00:00Z. */
const moment = z
  .union([z.number(), z.string()])
  .transform((given) => (/^\d+$/.test(String(given)) ? Number(given) : Date.parse(String(given))))
  .refine(Number.isFinite, 'is no moment: give milliseconds since 1970 or a date such as 2026-01-31');

const filters = z.object({
  /** Matched from its beginning. */
  action: z.string().max(100).optional(),
  subject: z.string().max(4096).optional(),
  actor: z.string().max(200).optional(),
  from: moment.optional(),
  to: moment.optional(),
});

export const auditFormats = ['csv', 'jsonl'] as const;

export const auditContract = {
  /** Newest first. */
  list: procedure('admin')
    .route({ method: 'GET', path: '/api/audit' })
    .input(pageQuery.extend(filters.shape))
    .output(pageOf(auditEntrySchema)),
  /** All that fits, oldest first, as the text of a file. */
  export: procedure('admin')
    .route({ method: 'GET', path: '/api/audit/export' })
    .input(filters.extend({ format: z.enum(auditFormats).default('csv') }))
    .output(z.object({ fileName: z.string(), mediaType: z.string(), content: z.string() })),
  /** Follows what ties each entry to the one before it. */
  check: procedure('admin').route({ method: 'GET', path: '/api/audit/check' }).output(auditCheckSchema),
};
