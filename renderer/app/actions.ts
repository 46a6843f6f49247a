import { create } from 'zustand';
import type { Approval } from '../../shared/approvals.ts';
import type { ContractClient } from '../../shared/contract.ts';
import type { ApprovalId, ProjectId, WorkerId } from '../../shared/ids.ts';
import type { Worker } from '../../shared/workers.ts';
import { errorCode, errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { go, parseRoute } from './router.ts';
import { tell } from './ui-state.ts';

export type Decision =
  | { decision: 'allow'; updatedInput?: Record<string, unknown> }
  | { decision: 'deny'; message?: string }
  | { decision: 'answer'; answers: Record<string, string> };

/** What is under way with something a button stands for, by the id of the thing. */
interface Pending {
  /** Decisions that were sent or failed, by approval. */
  decisions: Readonly<Record<string, { sent: Decision; error: string | null }>>;
  /** What a worker was told to do and has not done yet, or why it could not. */
  workers: Readonly<Record<string, { doing: WorkerAction; error: string | null }>>;
}

export type WorkerAction = 'interrupt' | 'stop' | 'resume' | 'switch' | 'remove' | 'aside';

export const usePending = create<Pending>(() => ({ decisions: {}, workers: {} }));

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
  async function decide(approval: Pick<Approval, 'id'>, sent: Decision): Promise<void> {
    const before = usePending.getState().decisions[approval.id];
    if (before && before.error === null) return;
    setDecision(approval.id, { sent, error: null });
    try {
      await client.approvals.decide({ id: approval.id as ApprovalId, scope: 'once', ...sent });
    } catch (error) {
      if (errorCode(error) === 'CONFLICT') tell(errorText(error));
      setDecision(approval.id, errorCode(error) === 'CONFLICT' ? null : { sent, error: errorText(error) });
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

  return {
    decide,
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
    async openTerminal(where: { workerId?: string; projectId?: string }): Promise<void> {
      try {
        const terminal = await client.terminals.create({
          workerId: where.workerId as WorkerId | undefined,
          projectId: where.projectId as ProjectId | undefined,
        });
        go({ view: 'terminal', id: terminal.id });
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
      }
    },
  };
}

export type Actions = ReturnType<typeof createActions>;

// A decision is over when its approval says so: forget that it was under way.
useStore.subscribe(({ rows }, before) => {
  if (rows.approvals === before.rows.approvals) return;
  for (const id of Object.keys(usePending.getState().decisions)) {
    if (rows.approvals[id]?.state !== 'waiting') setDecision(id, null);
  }
});
