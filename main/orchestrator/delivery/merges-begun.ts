import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MergeMethod } from '../../../shared/delivery.ts';
import type { MergeId, WorktreeId } from '../../../shared/ids.ts';
import type { Database } from '../database/database.ts';
import type { Git } from '../git/git.ts';
import { diffTrees } from '../git/tree-diff.ts';
import { ChangedMeanwhile, type WorkingCopies } from '../git/working-copy.ts';

/** So long a command of git that outlived the program may hold the index. */
const stillAtWorkMs = 10_000;

/** A merge, or the undoing of one, that was begun: enough to tell afterwards what came of it. */
export interface BegunMerge {
  id: MergeId;
  worktreeId: WorktreeId;
  into: string;
  before: string;
  after: string;
  method: MergeMethod;
  at: number;
  /** What is to be done: bring `into` from `before` to `after`, or back. */
  kind: 'merge' | 'undo';
  /** The working copy that has `into` checked out. */
  place: string | null;
}

/** The journal of merges: kept before the first step, forgotten with the transaction that records the last. */
export function createMergesBegun(deps: { database: Database; git: Git; copies: WorkingCopies }) {
  const { database, git, copies } = deps;

  /** Waits for a git that outlived the program, and takes away the lock of one that did not. */
  async function freeIndex(place: string): Promise<void> {
    const lock = join((await copies.folders(place)).own, 'index.lock');
    const there = () =>
      lstat(lock).then(
        () => true,
        () => false,
      );
    for (const until = Date.now() + stillAtWorkMs; (await there()) && Date.now() < until; )
      await new Promise((resolve) => setTimeout(resolve, 100));
    await rm(lock, { force: true });
  }

  return {
    put: (begun: BegunMerge) =>
      void database.run('INSERT INTO merges_begun (id, row) VALUES (?, ?)', begun.id, JSON.stringify(begun)),
    has: (id: MergeId) => database.get('SELECT id FROM merges_begun WHERE id = ?', id) !== undefined,
    remove: (id: MergeId) => void database.run('DELETE FROM merges_begun WHERE id = ?', id),
    list: () =>
      database.all<{ row: string }>('SELECT row FROM merges_begun').map(({ row }) => JSON.parse(row) as BegunMerge),

    /**
     * Brings a working copy in which git was cut off back to where its branch stands. Only what is of one of the two sides,
     * file by file, is changed: with anything else in it, somebody works there, and it stays as it is.
     */
    async mendPlace(place: string, begun: BegunMerge, snapshot: string | null): Promise<void> {
      await freeIndex(place);
      const [from, to] = begun.kind === 'merge' ? [begun.before, begun.after] : [begun.after, begun.before];
      const wanted = snapshot ?? from;
      const state = await copies.look(place);
      const tree = (await git.run(place, 'rev-parse', `${wanted}^{tree}`)).trim();
      if (state.head !== from || state.tree === tree) return;
      const moving = new Map((await diffTrees(git, place, from, to, { renames: false })).map((one) => [one.path, one]));
      const odd = (await diffTrees(git, place, tree, state.tree, { renames: false })).some(({ path, newId }) => {
        const side = moving.get(path);
        return !side || newId !== side.newId;
      });
      if (odd) return;
      await copies.switchFiles(place, state.tree, tree).catch((error: unknown) => {
        if (!(error instanceof ChangedMeanwhile)) throw error;
      });
      await git.bytes(place, ['update-index', '-q', '--refresh']);
    },
  };
}
