import { AppError } from '../../../shared/errors.ts';
import type { CheckpointId, WorktreeId } from '../../../shared/ids.ts';
import type { Comparison, Selection } from '../../../shared/review.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import { pathToBytes } from '../git/path-bytes.ts';
import type { TreeChange } from '../git/tree-diff.ts';
import type { Turns } from '../git/turns.ts';
import { ChangedMeanwhile, quietly, type WorkingCopies } from '../git/working-copy.ts';
import { type Choice, unknownHunks, withChanges } from './hunks.ts';
import type { Reviewer } from './review.ts';

/** What stands at a path in an index; null: nothing. */
interface Entry {
  path: string;
  is: { mode: string; id: string } | null;
}

/** How often and how long it is waited for another git command that holds the index. */
const lockAttempts = 15;
const lockWaitMs = 100;

/** Takes chosen changes into the index, out of it, or back in the files. Files are composed here, byte by byte. */
export function createStaging(deps: {
  git: Git;
  turns: Turns;
  copies: WorkingCopies;
  reviewer: Reviewer;
  worktree: (id: WorktreeId) => Worktree;
  repository: (worktree: Worktree) => string;
  checkpoint: (worktree: Worktree) => Promise<CheckpointId>;
}) {
  const { git, copies, reviewer } = deps;

  /** The change that a selection means, as it is now. */
  function changeOf(selection: Selection, changes: readonly TreeChange[]): TreeChange {
    const change = changes.find(({ path }) => path === selection.path);
    const { expected } = selection;
    const partly = selection.hunks !== undefined || selection.lines !== undefined;
    if (partly && !expected)
      throw new AppError(
        'BAD_REQUEST',
        'expected: hunks and lines are chosen on a content; send its oldId and newId.',
        {
          field: 'expected',
        },
      );
    if (!change || (expected && (expected.oldId !== change.oldId || expected.newId !== change.newId)))
      throw stale(selection.path);
    return change;
  }

  const choiceOf = ({ hunks, lines }: Selection): Choice | null =>
    hunks === undefined && lines === undefined
      ? null
      : {
          hunks: new Set(hunks),
          lines: new Map(lines?.map(({ hunk, lines: places }) => [hunk, new Set(places)])),
        };

  /** What is to stand in an index when the chosen changes are made there (`apply`), or taken back (`revert`). */
  async function entriesOf(
    path: string,
    selection: Selection,
    change: TreeChange,
    how: 'apply' | 'revert',
  ): Promise<Entry[]> {
    const old = change.oldId ? { mode: change.oldMode, id: change.oldId } : null;
    const fresh = change.newId ? { mode: change.newMode, id: change.newId } : null;
    const choice = choiceOf(selection);
    const oldPath = change.oldPath ?? change.path;
    if (!choice) {
      const moved = oldPath !== change.path;
      if (how === 'apply') return [...(moved ? [{ path: oldPath, is: null }] : []), { path: change.path, is: fresh }];
      return [...(moved ? [{ path: change.path, is: null }] : []), { path: oldPath, is: old }];
    }
    if ([change.oldMode, change.newMode].some((mode) => mode === '160000'))
      throw new AppError('BAD_REQUEST', `${change.path} is a submodule: it can only be taken as a whole.`, {
        path: change.path,
      });
    const hunks = await reviewer.hunks(path, change);
    if (unknownHunks(hunks, choice).length > 0) throw stale(change.path);
    const side = how === 'apply' ? change.oldId : change.newId;
    const content = withChanges(side ? await reviewer.blob(path, side) : Buffer.alloc(0), hunks, choice, how);
    const other = how === 'apply' ? fresh : old;
    // With all of a deletion made, or all of an addition taken back, nothing is left of the file.
    if (content.length === 0 && other === null) return [{ path: change.path, is: null }];
    const id = (await git.need(path, ['hash-object', '-w', '-t', 'blob', '--stdin'], content)).toString('utf8').trim();
    const mode = (how === 'apply' ? (old ?? fresh) : (fresh ?? old))?.mode ?? '100644';
    const entry = { path: change.path, is: { mode, id } };
    return how === 'apply' && oldPath !== change.path ? [{ path: oldPath, is: null }, entry] : [entry];
  }

  function indexInfo(entries: readonly Entry[], idLength: number): Buffer {
    return Buffer.concat(
      entries.flatMap(({ path, is }) => [
        Buffer.from(is ? `${is.mode} ${is.id}\t` : `0 ${'0'.repeat(idLength)}\t`),
        pathToBytes(path),
        Buffer.from([0]),
      ]),
    );
  }

  /** Writes entries into the worktree's own index; waits for a git command of the worker that holds it. */
  async function writeIndex(path: string, entries: readonly Entry[], idLength: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await git.need(path, [...quietly, 'update-index', '-z', '--index-info'], indexInfo(entries, idLength));
        return;
      } catch (error) {
        if (attempt === lockAttempts || !(error instanceof AppError) || !error.details?.lock) throw error;
        await new Promise((resolve) => setTimeout(resolve, lockWaitMs));
      }
    }
  }

  async function stage(input: {
    id: WorktreeId;
    selections: Selection[];
    unstage: boolean;
  }): Promise<{ staged: number }> {
    const worktree = deps.worktree(input.id);
    return deps.turns.inTurn(deps.repository(worktree), async () => {
      const { path } = worktree;
      const comparison: Comparison = { scope: input.unstage ? 'staged' : 'unstaged' };
      const { oldTree, newTree, state } = await reviewer.treesOf(worktree, comparison);
      const changes = await reviewer.changes(path, oldTree, newTree);
      const entries: Entry[] = [];
      for (const selection of input.selections) {
        const change = changeOf(selection, changes);
        entries.push(...(await entriesOf(path, selection, change, input.unstage ? 'revert' : 'apply')));
      }
      // What stands in the index alone, in no commit and no file, would be gone with its entry.
      const { headTree = '', indexTree = null, tree = '' } = state ?? {};
      if (indexTree !== null && indexTree !== headTree && indexTree !== tree) await deps.checkpoint(worktree);
      await writeIndex(path, entries, newTree.length);
      return { staged: input.selections.length };
    });
  }

  async function discard(input: {
    id: WorktreeId;
    selections: Selection[];
    scope: 'unstaged' | 'uncommitted';
  }): Promise<{ undo: CheckpointId }> {
    const worktree = deps.worktree(input.id);
    return deps.turns.inTurn(deps.repository(worktree), async () => {
      const { path } = worktree;
      const { oldTree, newTree, state } = await reviewer.treesOf(worktree, { scope: input.scope });
      if (!state) throw new Error('unreachable');
      const changes = await reviewer.changes(path, oldTree, newTree);
      const entries: Entry[] = [];
      for (const selection of input.selections)
        entries.push(...(await entriesOf(path, selection, changeOf(selection, changes), 'revert')));
      const undo = await deps.checkpoint(worktree);
      const target = await copies.withIndex(
        path,
        async (own) => {
          await own.need(path, [...quietly, 'read-tree', newTree]);
          await own.need(path, [...quietly, 'update-index', '-z', '--index-info'], indexInfo(entries, newTree.length));
          return (await own.run(path, ...quietly, 'write-tree')).trim();
        },
        true,
      );
      try {
        await copies.switchFiles(path, newTree, target);
      } catch (error) {
        if (error instanceof ChangedMeanwhile) throw stale(input.selections[0]?.path ?? path);
        throw error;
      }
      if (input.scope === 'uncommitted' && state.indexTree) {
        const staged = new Map(
          (await reviewer.changes(path, state.headTree, state.indexTree)).map((one) => [one.path, one]),
        );
        const wholly = new Set(input.selections.filter((one) => !choiceOf(one)).map((one) => one.path));
        // What was chosen by lines leaves the index alone, unless that held the very content the lines were chosen in.
        const back = entries.filter(({ path: name }) => {
          const change = staged.get(name);
          const now = changes.find((one) => one.path === name || one.oldPath === name);
          return change && (wholly.has(now?.path ?? name) || change.newId === now?.newId);
        });
        if (back.length > 0) await writeIndex(path, back, newTree.length);
      }
      return { undo };
    });
  }

  return { stage, discard };
}

function stale(path: string): AppError {
  return new AppError(
    'CONFLICT',
    `${path} is not what it was when this was chosen. Look at it again and choose anew; nothing was touched.`,
    {
      path,
      stale: true,
    },
  );
}
