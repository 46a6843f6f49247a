import type { ProjectId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { RemovedWorktree, Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';

/** What brings a removed worktree back. */
export interface Recipe {
  /** Where it was, and where it lies while it is being removed. */
  path: string;
  aside: string;
  /** Of what was in it; null when its folder was gone already. */
  commit: string | null;
  tree: string | null;
  indexTree: string | null;
  ignoredTree: string | null;
  /** Where it stood: on a branch, or on a commit. */
  head: string | null;
  branch: string | null;
  /** The tip of the branch it was made with, when that was deleted. */
  deletedTip: string | null;
  /** What of a sparse checkout it showed. */
  sparse: { cone: boolean; patterns: string } | null;
  /** Repositories inside of it, kept under hidden refs of this one. */
  inside: {
    path: string;
    ref: string;
    branch: string | null;
    remote: string | null;
    commit: string;
    head: string | null;
  }[];
}

export interface Kept {
  removed: RemovedWorktree;
  recipe: Recipe;
  state: 'removing' | 'removed' | 'restoring';
}

export type WorktreeStore = ReturnType<typeof createWorktreeStore>;

/** The worktrees table, and that of removed ones. */
export function createWorktreeStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Worktree;
  const one = (found: { row: string } | undefined) => found && parse(found);
  const kept = ({ row, recipe, state }: { row: string; recipe: string; state: string }): Kept => ({
    removed: JSON.parse(row) as RemovedWorktree,
    recipe: JSON.parse(recipe) as Recipe,
    state: state as Kept['state'],
  });
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
    remove: (id: WorktreeId) => void database.run('DELETE FROM worktrees WHERE id = ?', id),

    removed: {
      /** Newest first. */
      list: () =>
        database
          .all<{ row: string; recipe: string; state: string }>(
            'SELECT row, recipe, state FROM removed_worktrees ORDER BY removed_at DESC, id',
          )
          .map(kept),
      get(id: WorktreeId): Kept | undefined {
        const found = database.get<{ row: string; recipe: string; state: string }>(
          'SELECT row, recipe, state FROM removed_worktrees WHERE id = ?',
          id,
        );
        return found && kept(found);
      },
      put({ removed, recipe, state }: Kept): void {
        database.run(
          `INSERT INTO removed_worktrees (id, row, recipe, state) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT (id) DO UPDATE SET row = ?2, recipe = ?3, state = ?4`,
          removed.id,
          JSON.stringify(removed),
          JSON.stringify(recipe),
          state,
        );
      },
      remove: (id: WorktreeId) => void database.run('DELETE FROM removed_worktrees WHERE id = ?', id),
    },
  };
}
