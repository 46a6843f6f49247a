import * as z from 'zod';
import { type Approval, approvalSchema } from './approvals.ts';
import { approvalIdSchema, projectIdSchema, workerIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';
import type { Project } from './projects.ts';
import { type Trouble, troubleKinds, type Worker } from './workers.ts';

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

const urgencies: Record<Trouble['kind'], InboxItem['urgency']> = {
  login: 'now',
  setup: 'now',
  crash: 'soon',
  failed: 'soon',
  stall: 'soon',
  limit: 'soon',
  retry: 'info',
  'limit-warning': 'info',
  context: 'info',
};
const weights: Record<InboxItem['urgency'], number> = { now: 0, soon: 1, info: 2 };

/**
 * Everything that waits for a person, in the order to deal with it: what holds a worker up first, then the oldest. What
 * is snoozed past `now` comes last.
 */
export function inboxOf(
  rows: { approvals: Iterable<Approval>; workers: Iterable<Worker>; projects: Iterable<Project> },
  now: number,
): InboxItem[] {
  const items: InboxItem[] = [];
  for (const approval of rows.approvals) {
    if (approval.state !== 'waiting') continue;
    items.push({
      id: approval.id,
      kind: approval.kind,
      urgency: 'now',
      since: approval.createdAt,
      snoozedUntil: approval.snoozedUntil,
      workerId: approval.workerId,
      projectId: approval.projectId,
      approvalId: approval.id,
      text: approval.summary,
      fix: null,
    });
  }
  for (const worker of rows.workers) {
    for (const trouble of worker.troubles) {
      items.push({
        id: `${worker.id}:${trouble.kind}`,
        kind: trouble.kind,
        urgency: urgencies[trouble.kind],
        since: trouble.since,
        snoozedUntil: trouble.snoozedUntil,
        workerId: worker.id,
        projectId: worker.projectId,
        approvalId: null,
        text: trouble.text,
        fix: trouble.fix,
      });
    }
  }
  for (const project of rows.projects) {
    const question = project.trustQuestion;
    if (!question || project.trusted) continue;
    items.push({
      id: `${project.id}:trust`,
      kind: 'trust',
      urgency: 'soon',
      since: question.since,
      snoozedUntil: question.snoozedUntil,
      workerId: null,
      projectId: project.id,
      approvalId: null,
      text: `${project.name} brings ${question.files.join(', ')}: its own hooks or servers, which do not run unless you trust it.`,
      fix: 'Trust the repository if you know what they do, or leave them off.',
    });
  }
  const later = (item: InboxItem) => (isSnoozed(item, now) ? 1 : 0);
  return items.sort(
    (a, b) =>
      later(a) - later(b) ||
      weights[a.urgency] - weights[b.urgency] ||
      a.since - b.since ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** Whether an item is put off at this moment: it is not counted and does not notify. */
export function isSnoozed(item: Pick<InboxItem, 'snoozedUntil'>, now: number): boolean {
  return item.snoozedUntil !== null && item.snoozedUntil > now;
}

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
