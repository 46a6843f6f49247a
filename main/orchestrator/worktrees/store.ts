import type { ProjectId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';

/** The worktrees table. */
export function createWorktreeStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Worktree;
  const one = (found: { row: string } | undefined) => found && parse(found);
  return {
    list: () => database.all<{ row: string }>('SELECT row FROM worktrees ORDER BY created_at DESC, id').map(parse),
    get: (id: WorktreeId) => one(database.get<{ row: string }>('SELECT row FROM worktrees WHERE id = ?', id)),
    byPath: (path: string) => one(database.get<{ row: string }>('SELECT row FROM worktrees WHERE path = ?', path)),
    ofProject: (id: ProjectId) =>
      database.all<{ row: string }>('SELECT row FROM worktrees WHERE project_id = ?', id).map(parse),
    ofWorker: (id: WorkerId) =>
      one(database.get<{ row: string }>("SELECT row FROM worktrees WHERE row ->> '$.workerId' = ?", id)),
    put(worktree: Worktree): void {
      database.run(
        'INSERT INTO worktrees (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        worktree.id,
        JSON.stringify(worktree),
      );
    },
    setRemoving: (id: WorktreeId, removing: boolean) =>
      void database.run('UPDATE worktrees SET removing = ? WHERE id = ?', removing ? 1 : 0, id),
    /** Those whose removal was begun. */
    removing: () =>
      new Set(database.all<{ id: WorktreeId }>('SELECT id FROM worktrees WHERE removing = 1').map(({ id }) => id)),
    remove: (id: WorktreeId) => void database.run('DELETE FROM worktrees WHERE id = ?', id),
  };
}
