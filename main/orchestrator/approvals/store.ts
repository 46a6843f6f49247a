import type { Approval, approvalStates } from '../../../shared/approvals.ts';
import type { ApprovalId, WorkerId } from '../../../shared/ids.ts';
import type { Database } from '../database/database.ts';

/** How an approval's request is answered: the run it came from and the run's own name for it. */
export interface ApprovalOrigin {
  runId: string;
  requestId: string;
}

interface Found {
  row: string;
  run_id: string;
  request_id: string;
}

/** The approvals table. */
export function createApprovalStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Approval;
  const withOrigin = (found: Found | undefined) =>
    found && { approval: parse(found), origin: { runId: found.run_id, requestId: found.request_id } };
  return {
    /** Newest first; `before` is the id of the last one of the page before. */
    page(filter: {
      state: (typeof approvalStates)[number] | null;
      workerId: WorkerId | null;
      before: ApprovalId | null;
      limit: number;
    }): Approval[] {
      return database
        .all<{ row: string }>(
          `SELECT row FROM approvals
           WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR worker_id = ?2)
             AND (?3 IS NULL OR (created_at, id) < (SELECT created_at, id FROM approvals WHERE id = ?3))
           ORDER BY created_at DESC, id DESC LIMIT ?4`,
          filter.state,
          filter.workerId,
          filter.before,
          filter.limit,
        )
        .map(parse);
    },
    waiting: () =>
      database
        .all<{ row: string }>("SELECT row FROM approvals WHERE state = 'waiting' ORDER BY created_at, id")
        .map(parse),
    waitingOfRun: (runId: string) =>
      database
        .all<Found>(
          "SELECT row, run_id, request_id FROM approvals WHERE state = 'waiting' AND run_id = ? ORDER BY created_at, id",
          runId,
        )
        .map((found) => ({
          approval: parse(found),
          requestId: found.request_id,
        })),
    get: (id: ApprovalId) =>
      withOrigin(database.get<Found>('SELECT row, run_id, request_id FROM approvals WHERE id = ?', id)),
    byRequest: ({ runId, requestId }: ApprovalOrigin) =>
      withOrigin(
        database.get<Found>(
          'SELECT row, run_id, request_id FROM approvals WHERE run_id = ? AND request_id = ?',
          runId,
          requestId,
        ),
      ),
    wasDenied: (runId: string, toolUseId: string) =>
      database.get(
        "SELECT 1 FROM approvals WHERE run_id = ? AND state = 'denied' AND row ->> '$.toolUseId' = ?",
        runId,
        toolUseId,
      ) !== undefined,
    add(approval: Approval, { runId, requestId }: ApprovalOrigin): void {
      database.run(
        'INSERT INTO approvals (id, row, run_id, request_id) VALUES (?, ?, ?, ?)',
        approval.id,
        JSON.stringify(approval),
        runId,
        requestId,
      );
    },
    update: (approval: Approval) =>
      void database.run('UPDATE approvals SET row = ? WHERE id = ?', JSON.stringify(approval), approval.id),
  };
}
