import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import { inboxOf } from '../../shared/inbox-items.ts';
import type { Project } from '../../shared/projects.ts';
import type { Worker } from '../../shared/workers.ts';
import { useNow } from '../data/clock.ts';
import { usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { byUrgency, type InboxSum, inboxSum, isUnread, waitingApproval } from '../data/worker-state.ts';
import { usePending } from './actions.ts';

/** All workers, most urgent first. Their order follows the clock in steps of 15 s. */
export function useWorkers(): Worker[] {
  const workers = useStore((state) => state.rows.workers);
  const now = useNow(15_000);
  return useMemo(() => Object.values(workers).sort(byUrgency(now)), [workers, now]);
}

/** All projects by name. */
export function useProjects(): Project[] {
  const projects = useStore((state) => state.rows.projects);
  return useMemo(() => Object.values(projects).sort((a, b) => a.name.localeCompare(b.name)), [projects]);
}

export function useWorker(id: string): Worker | undefined {
  return useStore((state) => state.rows.workers[id]);
}

export function useProject(id: string | undefined): Project | undefined {
  return useStore((state) => (id ? state.rows.projects[id] : undefined));
}

/** The oldest request of a worker that waits. */
export function useWaitingApproval(workerId: string): Approval | undefined {
  return useStore((state) => waitingApproval(state.rows.approvals, workerId));
}

/**
 * Everything that waits for a person, in the order to deal with it; what is snoozed comes last. What was decided here
 * has left it at once.
 */
export function useInbox(): InboxItem[] {
  const { approvals, workers, projects } = useStore(
    useShallow((state) => ({
      approvals: state.rows.approvals,
      workers: state.rows.workers,
      projects: state.rows.projects,
    })),
  );
  const decisions = usePending((state) => state.decisions);
  const now = useNow(15_000);
  return useMemo(
    () =>
      inboxOf(
        {
          approvals: Object.values(approvals).filter(({ id }) => decisions[id]?.error !== null),
          workers: Object.values(workers),
          projects: Object.values(projects),
        },
        now,
      ),
    [approvals, workers, projects, decisions, now],
  );
}

/** What the inbox comes to: everything that says "waiting" shows this. */
export function useInboxSum(): InboxSum {
  const inbox = useInbox();
  const now = useNow(15_000);
  return useMemo(() => inboxSum(inbox, now), [inbox, now]);
}

/** Whether something happened to a worker since it was last opened here. */
export function useUnread(worker: Worker): boolean {
  return usePreferences((state) => isUnread(worker, state.seenAt[worker.id] ?? state.firstUsedAt));
}
