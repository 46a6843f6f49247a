import { useMemo } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { go, parseRoute } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { clockTime, plural } from '../ui/format.ts';

/** What is done to whole worktrees; what is removed comes back with the toast's Undo, or from the list of removed ones. */
export function useWorktreeActions() {
  const { connection } = useApp();
  return useMemo(() => {
    const { client } = connection;
    const restore = async (ids: readonly WorktreeId[]): Promise<void> => {
      for (const id of ids) {
        try {
          const row = await client.worktrees.restore({ id });
          if (ids.length === 1) tell(`${row.branch} is back, with everything that was in it.`);
        } catch (error) {
          tell(errorText(error), { tone: 'error' });
          return;
        }
      }
      if (ids.length > 1) tell(`${plural(ids.length, 'worktree')} are back.`);
    };
    return {
      restore,
      /** Removes one, after a snapshot. Throws what went wrong. */
      async remove(id: WorktreeId): Promise<void> {
        const branch = useStore.getState().rows.worktrees[id]?.branch ?? 'The worktree';
        const { undoUntil } = await client.worktrees.remove({ id });
        const here = parseRoute(location.hash);
        if (here?.view === 'review' && here.id === id) go({ view: 'disk' });
        tell(`${branch} was archived. It can be brought back until ${clockTime(undoUntil)}.`, {
          action: { label: 'Undo', run: () => void restore([id]) },
        });
      },
      /** Removes several; answers those that stayed, with why. */
      async removeMany(ids: WorktreeId[]): Promise<{ id: string; message: string }[]> {
        const { results } = await client.worktrees.removeMany({ ids });
        const gone = results.filter(({ done }) => done).map(({ id }) => id);
        if (gone.length > 0)
          tell(`${plural(gone.length, 'worktree')} removed.`, {
            action: { label: 'Undo', run: () => void restore(gone) },
          });
        return results.filter(({ done }) => !done);
      },
    };
  }, [connection]);
}
