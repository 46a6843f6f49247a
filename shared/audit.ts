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

export const auditContract = {
  /** Newest first. `action` matches from its beginning. */
  list: procedure('admin')
    .route({ method: 'GET', path: '/api/audit' })
    .input(
      pageQuery.extend({
        action: z.string().max(100).optional(),
        subject: z.string().max(200).optional(),
        actor: z.string().max(200).optional(),
        since: z.coerce.number<number>().optional(),
        until: z.coerce.number<number>().optional(),
      }),
    )
    .output(pageOf(auditEntrySchema)),
};
