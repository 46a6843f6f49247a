import { AppError } from '../../../shared/errors.ts';
import type { ApprovalId, WorkerId } from '../../../shared/ids.ts';
import { hookDecision } from '../claude/hooks.ts';
import { allowLine, denyLine } from '../claude/stream.ts';
import type { Database } from '../database/database.ts';
import type { ApprovalHooks } from './apply-facts.ts';
import type { Outbox } from './outbox.ts';
import type { WorkerStore } from './store.ts';
import { withState } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

/** Brings what was decided about a request to the process that asked. */
export function createAnswers(deps: {
  database: Database;
  store: WorkerStore;
  rows: WorkerRows;
  outbox: Outbox;
  approvals: Pick<ApprovalHooks, 'firstWaiting'>;
  now: () => number;
}) {
  const { database, store, rows, outbox, approvals, now } = deps;
  return {
    /** Hands an answer over, in the transaction that decided it. Refused with CONFLICT when the process is gone. */
    deliver(
      origin: { runId: string; requestId: string },
      answer:
        | { behavior: 'allow'; updatedInput: Record<string, unknown> }
        | { behavior: 'deny'; message: string; interrupt: boolean },
      approval: { id: ApprovalId },
    ): void {
      const run = store.getRun(origin.runId);
      if (!run || run.endedAt !== null)
        throw new AppError('CONFLICT', 'The process that asked is gone. Resume the worker: it will ask again.', {
          id: approval.id,
        });
      if (run.kind === 'headless') {
        const data =
          answer.behavior === 'allow'
            ? allowLine(origin.requestId, answer.updatedInput)
            : denyLine(origin.requestId, answer);
        store.addToOutbox(run.id, { type: 'write', data });
      } else {
        store.addToOutbox(run.id, { type: 'answer-hook', hookId: origin.requestId, body: hookDecision(answer) });
      }
      database.afterCommit(() => void outbox.flush(run.id));
    },
    /** The worker's state follows what still waits of its run. */
    settled(workerId: WorkerId, runId: string): void {
      const more = approvals.firstWaiting(runId);
      const waitingFor = more && (more.kind === 'tool' ? 'approval' : more.kind);
      rows.keep(
        waitingFor
          ? withState(rows.get(workerId), 'waiting', 'another request waits', now(), waitingFor)
          : withState(rows.get(workerId), 'working', 'decided', now()),
      );
    },
  };
}
