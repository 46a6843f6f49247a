import { create } from 'zustand';
import type { Approval } from '../../shared/approvals.ts';
import type { ContractClient } from '../../shared/contract.ts';
import type { ApprovalId, ProjectId, RuleId, TerminalId, WorkerId } from '../../shared/ids.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Worker } from '../../shared/workers.ts';
import { errorCode, errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { clockTime } from '../ui/format.ts';
import { go, parseRoute } from './router.ts';
import { tell } from './ui-state.ts';

/** How long a decision holds, and the rule it makes when that is longer than once. */
export interface Lasting {
  scope?: 'once' | 'session' | 'project' | 'always';
  rule?: string;
}

export type Decision =
  | ({ decision: 'allow'; updatedInput?: Record<string, unknown> } & Lasting)
  | ({ decision: 'deny'; message?: string; interrupt?: boolean } & Lasting)
  | { decision: 'answer'; answers: Record<string, string> };

/** A decision that fits several requests. */
export type SharedDecision = Exclude<Decision, { decision: 'answer' } | { updatedInput: unknown }>;

/** What is under way with something a button stands for, by the id of the thing. */
interface Pending {
  /** Decisions that were sent or failed, by approval. */
  decisions: Readonly<Record<string, { sent: Decision; error: string | null }>>;
  /** Requests that this page decided. */
  mine: Readonly<Record<string, boolean>>;
  /** What a worker was told to do and has not done yet, or why it could not. */
  workers: Readonly<Record<string, { doing: WorkerAction; error: string | null }>>;
}

export type WorkerAction =
  | 'interrupt'
  | 'stop'
  | 'resume'
  | 'switch'
  | 'remove'
  | 'aside'
  | 'compact'
  | 'leave'
  | 'limits';

export const usePending = create<Pending>(() => ({ decisions: {}, mine: {}, workers: {} }));

/** Whether a request was decided from this page: its end is no news here. */
export function wasDecidedHere(approvalId: string): boolean {
  return usePending.getState().mine[approvalId] === true;
}

function setMine(ids: readonly string[], own: boolean): void {
  usePending.setState(({ mine }) => ({ mine: { ...mine, ...Object.fromEntries(ids.map((id) => [id, own])) } }));
}

function setDecision(id: string, value: Pending['decisions'][string] | null): void {
  usePending.setState(({ decisions }) => {
    const { [id]: _old, ...rest } = decisions;
    return { decisions: value ? { ...rest, [id]: value } : rest };
  });
}

function setWorker(id: string, value: Pending['workers'][string] | null): void {
  usePending.setState(({ workers }) => {
    const { [id]: _old, ...rest } = workers;
    return { workers: value ? { ...rest, [id]: value } : rest };
  });
}

/** What the page can do to the world. Each shows its intent at once and leaves its error where it arose. */
export function createActions(client: ContractClient) {
  /** Sends a decision; until it is known the request counts as decided, and comes back when it fails. */
  async function decide(approval: Pick<Approval, 'id'>, sent: Decision): Promise<void> {
    const before = usePending.getState().decisions[approval.id];
    if (before && before.error === null) return;
    setMine([approval.id], true);
    setDecision(approval.id, { sent, error: null });
    try {
      await client.approvals.decide({ id: approval.id as ApprovalId, scope: 'once', ...sent });
    } catch (error) {
      setMine([approval.id], false);
      giveBack(approval.id, sent, errorCode(error), errorText(error));
      if (!isInView(approval.id)) tell(errorText(error), { tone: 'error' });
    }
  }

  /** The request is as it was before, with what went wrong; one that is over elsewhere is left to its own event. */
  function giveBack(id: string, sent: Decision, code: string | null, message: string): void {
    setDecision(id, code === 'CONFLICT' ? null : { sent, error: message });
  }

  /** The same decision for several requests at once. Those that fail come back, and it is said how many. */
  async function decideMany(approvals: readonly Pick<Approval, 'id'>[], sent: SharedDecision): Promise<void> {
    const ids = approvals
      .map(({ id }) => id as ApprovalId)
      .filter((id) => usePending.getState().decisions[id]?.error !== null);
    if (ids.length === 0) return;
    setMine(ids, true);
    for (const id of ids) setDecision(id, { sent, error: null });
    try {
      const { failed } = await client.approvals.decideMany({ ids, scope: 'once', ...sent });
      setMine(
        failed.map(({ id }) => id),
        false,
      );
      for (const { id, message } of failed) setDecision(id, { sent, error: message });
      const [first] = failed;
      if (first) tell(`${failed.length} of ${ids.length} could not be decided: ${first.message}`, { tone: 'error' });
    } catch (error) {
      setMine(ids, false);
      for (const id of ids) giveBack(id, sent, errorCode(error), errorText(error));
      tell(`None of the ${ids.length} was decided: ${errorText(error)}`, { tone: 'error' });
    }
  }

  async function act<T>(worker: Pick<Worker, 'id'>, doing: WorkerAction, call: () => Promise<T>): Promise<T | null> {
    setWorker(worker.id, { doing, error: null });
    try {
      const result = await call();
      setWorker(worker.id, null);
      return result;
    } catch (error) {
      setWorker(worker.id, { doing, error: errorText(error) });
      return null;
    }
  }

  const resume = (worker: Pick<Worker, 'id'>, prompt?: string) =>
    act(worker, 'resume', () => client.workers.resume({ id: worker.id as WorkerId, ...(prompt ? { prompt } : {}) }));

  /** Something small that has no place of its own for its error: says it. Answers whether it was done. */
  async function attempt(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return false;
    }
  }

  async function snooze(item: Pick<InboxItem, 'id'>, until: number | null): Promise<void> {
    // The orchestrator's clock is known to a part of a millisecond.
    const at = until === null ? null : Math.round(until);
    const done = await attempt(() => client.inbox.snooze({ id: item.id, until: at }));
    if (!done || until === null) return;
    tell(`Snoozed until ${clockTime(until)}.`, { action: { label: 'Undo', run: () => void snooze(item, null) } });
  }

  return {
    decide,
    decideMany,
    snooze,
    /** Puts a trouble or a trust question aside for good. */
    dismiss: (item: Pick<InboxItem, 'id'>) => attempt(() => client.inbox.dismiss({ id: item.id })),
    trust: (projectId: string) =>
      attempt(() => client.projects.update({ id: projectId as ProjectId, trusted: true, resetSpent: false })),
    removeRule: (ruleId: string) => attempt(() => client.rules.remove({ id: ruleId as RuleId })),
    compact: (worker: Pick<Worker, 'id'>) =>
      act(worker, 'compact', () => client.workers.compact({ id: worker.id as WorkerId })),
    /** An ended worker is not resumed by itself any more. */
    leaveEnded: (worker: Pick<Worker, 'id'>) =>
      act(worker, 'leave', () => client.workers.cancelRecovery({ id: worker.id as WorkerId })),
    resume,
    dismissError: (workerId: string) => setWorker(workerId, null),
    interrupt: (worker: Pick<Worker, 'id'>) =>
      act(worker, 'interrupt', () => client.workers.interrupt({ id: worker.id as WorkerId })),
    async stop(worker: Pick<Worker, 'id' | 'name' | 'state'>): Promise<void> {
      const queued = worker.state === 'queued';
      const stopped = await act(worker, 'stop', () => client.workers.stop({ id: worker.id as WorkerId }));
      // Where the worker is open its head says so already, with the same button.
      const here = parseRoute(location.hash);
      if (!stopped || (here?.view === 'worker' && here.id === worker.id)) return;
      tell(queued ? `${worker.name} was taken out of the queue.` : `${worker.name} was stopped.`, {
        action: { label: queued ? 'Queue it again' : 'Resume', run: () => void resume(worker) },
      });
    },
    switchKind: (worker: Pick<Worker, 'id'>, kind: Worker['kind']) =>
      act(worker, 'switch', () => client.workers.switchKind({ id: worker.id as WorkerId, kind })),
    /** Lets be what is known of a worker's end: it leaves the inbox for good and stays under "Ended". */
    setAside: (worker: Pick<Worker, 'id' | 'name' | 'troubles'>) =>
      act(worker, 'aside', async () => {
        for (const { kind } of worker.troubles) await client.inbox.dismiss({ id: `${worker.id}:${kind}` });
        tell(`${worker.name} was put aside. It stays under “Ended”.`);
      }),
    remove: (worker: Pick<Worker, 'id'>) =>
      act(worker, 'remove', () => client.workers.remove({ id: worker.id as WorkerId })),
    /** Opens a shell and goes there. Answers its id, or null when it could not be opened. */
    async openTerminal(where: {
      workerId?: string | null;
      projectId?: string | null;
      profile?: string;
    }): Promise<TerminalId | null> {
      try {
        const terminal = await client.terminals.create({
          workerId: (where.workerId ?? undefined) as WorkerId | undefined,
          projectId: (where.projectId ?? undefined) as ProjectId | undefined,
          ...(where.profile ? { profile: where.profile } : {}),
        });
        go({ view: 'terminal', id: terminal.id });
        return terminal.id;
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
        return null;
      }
    },
  };
}

/** Whether the page shows a request on its own, with room for its error. */
function isInView(approvalId: string): boolean {
  const route = parseRoute(location.hash);
  if (route?.view === 'inbox') return route.id === approvalId;
  return route?.view === 'worker' && useStore.getState().rows.approvals[approvalId]?.workerId === route.id;
}

export type Actions = ReturnType<typeof createActions>;

// A decision is over when its approval says so: forget that it was under way.
useStore.subscribe(({ rows }, before) => {
  if (rows.approvals === before.rows.approvals) return;
  for (const id of Object.keys(usePending.getState().decisions)) {
    if (rows.approvals[id]?.state !== 'waiting') setDecision(id, null);
  }
});
