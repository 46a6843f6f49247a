import * as z from 'zod';
import { approvalSchema } from './approvals.ts';
import { approvalIdSchema, projectIdSchema, workerIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';
import { troubleKinds } from './workers.ts';

/** One thing that waits for a person. */
export const inboxItemSchema = z.object({
  /** The approval's id, `<worker id>:<kind of trouble>` or `<project id>:trust`. */
  id: z.string(),
  kind: z.enum(['tool', 'question', 'plan', 'trust', ...troubleKinds]),
  /** `now`: nothing goes on without an answer. `soon`: something ended or will stop. `info`: worth knowing. */
  urgency: z.enum(['now', 'soon', 'info']),
  since: z.number(),
  snoozedUntil: z.number().nullable(),
  workerId: workerIdSchema.nullable(),
  projectId: projectIdSchema,
  approvalId: approvalIdSchema.nullable(),
  /** What it is about, in one line that is never cut: the command, the question, the reason of the trouble. */
  text: z.string(),
  /** What helps, for a trouble. */
  fix: z.string().nullable(),
});
export type InboxItem = z.infer<typeof inboxItemSchema>;

const itemRef = z.object({ id: z.string().min(1).max(200) });

export const inboxContract = {
  list: procedure('view')
    .route({ method: 'GET', path: '/api/inbox' })
    .output(z.object({ items: z.array(inboxItemSchema), approvals: z.array(approvalSchema) })),
  /** Puts an item off until a time (null: not any more). It comes back by itself. */
  snooze: procedure('approve')
    .route({ method: 'POST', path: '/api/inbox/{id}/snooze' })
    .input(itemRef.extend({ until: z.number().int().positive().nullable() }))
    .output(itemRef),
  /** Puts a trouble or a trust question aside for good. A request cannot be put aside: decide it. */
  dismiss: procedure('approve')
    .route({ method: 'POST', path: '/api/inbox/{id}/dismiss' })
    .input(itemRef)
    .output(itemRef),
};
