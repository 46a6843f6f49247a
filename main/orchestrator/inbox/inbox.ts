import type { Approval } from '../../../shared/approvals.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ApprovalId, ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { InboxItem } from '../../../shared/inbox.ts';
import { inboxOf, isSnoozed } from '../../../shared/inbox-items.ts';
import type { Project } from '../../../shared/projects.ts';
import { type Trouble, troubleKinds, type Worker } from '../../../shared/workers.ts';

export type Inbox = ReturnType<typeof createInbox>;

/** One ordered list of what waits for a person, over the rows that each feature keeps. */
export function createInbox(deps: {
  now: () => number;
  approvals: {
    waiting(): Approval[];
    get(id: ApprovalId): Approval;
    snooze(id: ApprovalId, until: number | null): Approval;
  };
  workers: {
    troubled(): Worker[];
    snoozeTrouble(id: WorkerId, kind: Trouble['kind'], until: number | null): void;
    dismissTrouble(id: WorkerId, kind: Trouble['kind']): void;
  };
  projects: {
    list(): Project[];
    snoozeTrust(id: ProjectId, until: number | null): void;
    dismissTrust(id: ProjectId): void;
  };
}) {
  const { now, approvals, workers, projects } = deps;

  function items(): InboxItem[] {
    return inboxOf({ approvals: approvals.waiting(), workers: workers.troubled(), projects: projects.list() }, now());
  }

  function find(id: string): InboxItem {
    const item = items().find((candidate) => candidate.id === id);
    if (!item)
      throw new AppError('NOT_FOUND', `Nothing waits under ${id} any more. GET /api/inbox lists what does.`, { id });
    return item;
  }

  const isTrouble = (kind: InboxItem['kind']): kind is Trouble['kind'] => troubleKinds.some((name) => name === kind);

  return {
    list: () => ({ items: items(), approvals: approvals.waiting() }),
    /** What waits and is not put off. */
    waiting: () => items().filter((item) => !isSnoozed(item, now())),
    snooze(id: string, until: number | null): { id: string } {
      if (until !== null && until <= now())
        throw new AppError(
          'BAD_REQUEST',
          'That time is over. Give one in the future, or null to take the item up again.',
          {
            field: 'until',
          },
        );
      const item = find(id);
      if (item.approvalId !== null) approvals.snooze(item.approvalId, until);
      else if (item.workerId !== null && isTrouble(item.kind)) workers.snoozeTrouble(item.workerId, item.kind, until);
      else projects.snoozeTrust(item.projectId, until);
      return { id };
    },
    dismiss(id: string): { id: string } {
      const item = find(id);
      if (item.approvalId !== null)
        throw new AppError('CONFLICT', 'A worker waits for this: allow, deny or answer it, or snooze it.', { id });
      if (item.workerId !== null && isTrouble(item.kind)) workers.dismissTrouble(item.workerId, item.kind);
      else projects.dismissTrust(item.projectId);
      return { id };
    },
  };
}
