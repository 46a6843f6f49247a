import type { Approval } from './approvals.ts';
import type { InboxItem } from './inbox.ts';
import type { Project } from './projects.ts';
import type { Trouble, Worker } from './workers.ts';

/* Apart from the schemas, so that the page does not carry those. */

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
