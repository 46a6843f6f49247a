import type { Checkpoint } from '../../../shared/checkpoints.ts';
import type { CheckpointId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Database } from '../database/database.ts';

/** A checkpoint with what only the orchestrator needs of it: what stood in the index, where that was something else. */
export interface KeptCheckpoint extends Checkpoint {
  indexTree: string | null;
}

/** The checkpoints table. */
export function createCheckpointStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as KeptCheckpoint;
  const one = (found: { row: string } | undefined) => found && parse(found);
  return {
    list: (id: WorktreeId) =>
      database.all<{ row: string }>('SELECT row FROM checkpoints WHERE worktree_id = ? ORDER BY seq', id).map(parse),
    get: (id: CheckpointId) => one(database.get<{ row: string }>('SELECT row FROM checkpoints WHERE id = ?', id)),
    newest: (id: WorktreeId) =>
      one(
        database.get<{ row: string }>(
          'SELECT row FROM checkpoints WHERE worktree_id = ? ORDER BY seq DESC LIMIT 1',
          id,
        ),
      ),
    lastTurn: (id: WorktreeId, workerId: WorkerId) =>
      database.get<{ turn: number | null }>(
        "SELECT max(turn) AS turn FROM checkpoints WHERE worktree_id = ? AND row ->> '$.workerId' = ?",
        id,
        workerId,
      )?.turn ?? 0,
    count: (id: WorktreeId) =>
      database.get<{ count: number }>('SELECT count(*) AS count FROM checkpoints WHERE worktree_id = ?', id)?.count ??
      0,
    add: (checkpoint: KeptCheckpoint) =>
      void database.run('INSERT INTO checkpoints (id, row) VALUES (?, ?)', checkpoint.id, JSON.stringify(checkpoint)),
    remove: (id: CheckpointId) => void database.run('DELETE FROM checkpoints WHERE id = ?', id),
    /** Those older than `before` and those beyond the newest `most` of their worktree; the newest of each stays. */
    prunable: (before: number, most: number) =>
      database
        .all<{ row: string }>(
          `SELECT row FROM (
             SELECT row, at, row_number() OVER (PARTITION BY worktree_id ORDER BY seq DESC) AS place FROM checkpoints
           ) WHERE place > 1 AND (at < ? OR place > ?)`,
          before,
          most,
        )
        .map(parse),
  };
}
