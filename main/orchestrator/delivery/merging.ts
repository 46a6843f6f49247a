import type { MergeMethod, MergeResult } from '../../../shared/delivery.ts';
import { AppError } from '../../../shared/errors.ts';
import type { MergeId, WorktreeId } from '../../../shared/ids.ts';
import { readablePath } from '../../../shared/repository-path.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import { fault } from '../fault.ts';
import { commitTree, identityFor, mergeCommits, replay, type TreeConflict } from '../git/merge-tree.ts';
import { countChanges, diffTrees } from '../git/tree-diff.ts';
import { quietly } from '../git/working-copy.ts';
import { newId } from '../new-id.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { type BegunMerge, createMergesBegun } from './merges-begun.ts';
import { operationIn } from './operation.ts';

/** Where the commits of merges that can be undone are kept. */
const mergeRef = (id: string) => `refs/control-room/merges/${id}`;

/** What the working copy of the base held. */
const beforeRef = (id: string) => `${mergeRef(id)}-before`;

interface MergeRow {
  id: MergeId;
  worktree_id: WorktreeId;
  branch: string;
  before: string;
  after: string;
  at: number;
}

export interface MergeInput {
  id: WorktreeId;
  dryRun: boolean;
  method: MergeMethod;
  into?: string | undefined;
  message?: string | undefined;
  leaveUncommitted: boolean;
  besideChanges: boolean;
  expected?: { head: string; base: string } | undefined;
}

/** Brings branches into their base: first without touching anything, then by moving one ref. */
export function createMerging(deps: DeliveryDeps & { database: Database }) {
  const { git, copies, database, now } = deps;
  const begun = createMergesBegun(deps);

  async function localBranch(folder: string, name: string): Promise<string> {
    const { code, stdout } = await git.try(folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`);
    if (code !== 0)
      throw new AppError(
        'UNPROCESSABLE',
        `"${name}" is no local branch of this repository, so nothing can be merged into it. Name another with "into", or open a pull request.`,
        { field: 'into', branch: name },
      );
    return stdout.trim();
  }

  /** What the base would be, as commits that no ref holds yet. */
  async function plan(folder: string, input: MergeInput, branch: string, into: string, head: string, base: string) {
    const merged = await mergeCommits(git, folder, base, head);
    const list = (await git.run(folder, 'rev-list', '--reverse', '--no-merges', `${base}..${head}`))
      .split('\n')
      .filter(Boolean);
    const none = { commit: null, conflicts: merged.conflicts, tree: merged.tree, commits: list.length };
    if (merged.conflicts.length > 0) return none;
    const author = await identityFor(git, folder);
    if (input.method === 'rebase') {
      const done = await replay(git, folder, list, base, author);
      if (done.conflicts.length > 0) return { ...none, conflicts: done.conflicts };
      const tree = (await git.run(folder, 'rev-parse', `${done.commit}^{tree}`)).trim();
      // A merge among the commits resolved something that they alone do not.
      const lost: TreeConflict[] =
        tree === merged.tree
          ? []
          : [
              {
                path: branch,
                kind: 'merges',
                message: 'Its commits alone do not give what its merges made of them. Merge or squash instead.',
              },
            ];
      return { commit: lost.length > 0 ? null : done.commit, conflicts: lost, tree, commits: list.length };
    }
    const parents = input.method === 'merge' ? [base, head] : [base];
    const message = input.message ?? (await defaultMessage(folder, input.method, branch, into, list));
    return {
      commit: await commitTree(git, folder, merged.tree, parents, message, author),
      conflicts: [],
      tree: merged.tree,
      commits: list.length,
    };
  }

  async function defaultMessage(
    folder: string,
    method: MergeMethod,
    branch: string,
    into: string,
    commits: readonly string[],
  ): Promise<string> {
    if (method === 'merge') return `Merge branch '${branch}' into ${into}`;
    const subjects = await Promise.all(
      commits.slice(-50).map((one) => git.run(folder, 'log', '-1', '--format=%s', one)),
    );
    const [first = branch, ...others] = subjects.map((subject) => subject.trim());
    return others.length === 0 ? first : [first, '', ...[first, ...others].map((subject) => `* ${subject}`)].join('\n');
  }

  /** The folder that has a branch checked out. */
  async function checkedOutAt(folder: string, branch: string): Promise<string | null> {
    const listed = (await git.run(folder, 'worktree', 'list', '--porcelain')).split('\n\n');
    const entry = listed.find((one) => one.split('\n').includes(`branch refs/heads/${branch}`));
    return entry?.split('\n')[0]?.replace(/^worktree /, '') ?? null;
  }

  /** What in the working copy of the base stands against its moving along. */
  async function blockedBy(
    place: string,
    into: string,
    before: string,
    tree: string,
    besideChanges: boolean,
  ): Promise<string | null> {
    const operation = await operationIn(git, copies, place);
    if (operation)
      return `${into} is checked out in ${place}, where a ${operation.kind} stands half way. Finish or abort it there first.`;
    const state = await copies.look(place);
    const staged = state.indexTree
      ? await diffTrees(git, place, state.headTree, state.indexTree, { renames: false })
      : [];
    const dirty = new Set([...state.unstaged, ...staged.map(({ path }) => path)]);
    const touched = (await diffTrees(git, place, before, tree, { renames: false })).map(({ path }) => path);
    const both = touched.filter((path) => dirty.has(path));
    const names = (paths: readonly string[]) =>
      paths.slice(0, 3).map(readablePath).join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
    if (both.length > 0)
      return `${into} is checked out in ${place}, and ${names(both)} there ${both.length === 1 ? 'has' : 'have'} changes in no commit that this would touch. Commit or stash them there, merge into another branch, or open a pull request.`;
    const tracked = [...dirty].filter((path) => !state.untracked.has(path));
    if (tracked.length > 0 && !besideChanges)
      return `${into} is checked out in ${place} with changes in no commit (${names(tracked)}); this touches none of them. Go on beside them, or commit them first.`;
    return null;
  }

  async function merge(input: MergeInput): Promise<MergeResult> {
    const worktree = deps.worktree(input.id);
    return deps.turns.inTurn(deps.repository(worktree), async () => {
      const folder = deps.repository(worktree);
      const into = input.into ?? worktree.baseBranch;
      const before = await localBranch(folder, into);
      const state = await copies.look(worktree.path);
      const { head } = state;
      if (!head)
        throw new AppError('CONFLICT', `${worktree.path} has no commit. Commit its work first.`, { id: worktree.id });
      if (state.branch === into)
        throw new AppError(
          'BAD_REQUEST',
          `${worktree.path} is on ${into} itself, so there is nothing to bring into it.`,
          { field: 'into' },
        );
      if (input.expected && (input.expected.head !== head || input.expected.base !== before))
        throw new AppError(
          'CONFLICT',
          `${state.branch ?? 'The branch'} or ${into} moved since the dry run. Look at it again.`,
          { head, base: before },
        );
      const name = state.branch ?? worktree.branch;
      const operation = await operationIn(git, copies, worktree.path);
      const planned = await plan(folder, input, name, into, head, before);
      const beforeTree = (await git.run(folder, 'rev-parse', `${before}^{tree}`)).trim();
      const changes = planned.conflicts.length > 0 ? [] : await diffTrees(git, folder, beforeTree, planned.tree);
      const result: MergeResult = {
        dryRun: input.dryRun,
        method: input.method,
        into,
        state: planned.conflicts.length > 0 ? 'conflicts' : changes.length === 0 ? 'nothing' : 'clean',
        conflicts: planned.conflicts,
        commits: planned.commits,
        ...countChanges(changes),
        before,
        after: planned.commit,
        blocked: null,
        mergeId: null,
      };
      const place = await checkedOutAt(folder, into);
      const uncommitted =
        state.tree !== state.headTree || (state.indexTree !== null && state.indexTree !== state.headTree);
      if (operation)
        result.blocked = `A ${operation.kind} stands half way in ${worktree.path}. Finish or abort it first.`;
      else if (uncommitted && !input.leaveUncommitted)
        result.blocked =
          planned.commits === 0
            ? `Nothing in ${worktree.path} is committed yet. Commit its changes first; then they can be merged.`
            : `${worktree.path} has changes in no commit, which would stay behind. Commit them first, or leave them.`;
      else if (place && result.state === 'clean')
        result.blocked = await blockedBy(place, into, before, planned.tree, input.besideChanges);
      if (input.dryRun) return result;
      if (result.state === 'conflicts')
        throw new AppError(
          'CONFLICT',
          `${name} cannot be merged into ${into}: ${planned.conflicts
            .map(({ path }) => readablePath(path))
            .slice(0, 5)
            .join(
              ', ',
            )} conflict. Nothing was touched. Bring ${into} into the branch and resolve there, or ask the worker to.`,
          { conflicts: planned.conflicts },
        );
      if (result.blocked) throw new AppError('CONFLICT', result.blocked, { blocked: result.blocked });
      if (result.state === 'nothing' || !planned.commit) return result;
      return move(worktree, result, planned.commit, place, folder);
    });
  }

  /** Moves the base, and the working copy that has it checked out with it. */
  async function move(
    worktree: Worktree,
    result: MergeResult,
    after: string,
    place: string | null,
    folder: string,
  ): Promise<MergeResult> {
    const { into, before, method } = result;
    const id = newId<MergeId>('m');
    const at = now();
    const one: BegunMerge = { id, worktreeId: worktree.id, into, before, after, method, at, kind: 'merge', place };
    begun.put(one);
    fault('merge:begun');
    await git.run(folder, ...quietly, 'update-ref', mergeRef(id), after);
    fault('merge:kept');
    try {
      await moveBase(worktree, result, after, place, folder, id);
    } catch (error) {
      // git refuses as a whole, but a full disk stops it half way. What still cannot be done stays in the journal.
      await settleInTurn(one, folder, worktree).catch(() => undefined);
      throw error;
    }
    fault('merge:moved');
    record(one, worktree);
    fault('merge:recorded');
    return { ...result, state: 'merged', mergeId: id };
  }

  async function moveBase(
    worktree: Worktree,
    { into, before }: MergeResult,
    after: string,
    place: string | null,
    folder: string,
    id: MergeId,
  ): Promise<void> {
    if (place) {
      await copies.keep(place, await copies.look(place), beforeRef(id), `before merging into ${into}`);
      fault('merge:base-kept');
      // A fast-forward touches what differs and refuses, as a whole, when that would overwrite anything.
      await git.run(place, '-c', 'merge.autoStash=false', 'merge', '--ff-only', '--quiet', after);
    } else await git.run(folder, 'update-ref', '-m', `merged ${worktree.branch}`, `refs/heads/${into}`, after, before);
  }

  function record({ id, into, before, after, method, at }: BegunMerge, worktree: Worktree): void {
    database.transaction(() => {
      database.run(
        'INSERT INTO merges (id, worktree_id, project_id, branch, before, after, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        worktree.id,
        worktree.projectId,
        into,
        before,
        after,
        at,
      );
      begun.remove(id);
      deps.keep({ ...deps.worktree(worktree.id), merged: { into, commit: after, at, by: method, mergeId: id } });
    });
  }

  function recordUndone(worktree: Worktree, id: MergeId): Worktree {
    return database.transaction(() => {
      database.run('DELETE FROM merges WHERE id = ?', id);
      begun.remove(id);
      return deps.keep({ ...deps.worktree(worktree.id), merged: null });
    });
  }

  async function dropRefs(folder: string, id: string): Promise<void> {
    for (const ref of [mergeRef(id), beforeRef(id)]) await git.try(folder, ...quietly, 'update-ref', '-d', ref);
  }

  /** What came of a merge, or of its undoing, that a kill cut off: the record follows where the base stands. */
  async function settleOne(one: BegunMerge): Promise<void> {
    const folder = deps.repositoryOf(one.worktreeId);
    const worktree = folder === undefined ? undefined : deps.find(one.worktreeId);
    if (folder === undefined || !worktree) return begun.remove(one.id);
    await deps.turns.inTurn(folder, async () => {
      if (begun.has(one.id)) await settleInTurn(one, folder, worktree);
    });
  }

  async function settleInTurn(one: BegunMerge, folder: string, worktree: Worktree): Promise<void> {
    const tip = await git.try(folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${one.into}`);
    if (one.place && (await checkedOutAt(folder, one.into)) === one.place) {
      const kept = await git.try(folder, 'rev-parse', '--verify', '--quiet', beforeRef(one.id));
      await begun.mendPlace(one.place, one, one.kind === 'merge' && kept.code === 0 ? kept.stdout.trim() : null);
    }
    const has = await git.try(folder, 'merge-base', '--is-ancestor', one.after, tip.stdout.trim());
    if (one.kind === 'undo') {
      if (tip.code === 0 && has.code === 0) begun.remove(one.id);
      else recordUndone(worktree, one.id);
    } else if (tip.code === 0 && has.code === 0) record(one, worktree);
    else {
      await dropRefs(folder, one.id);
      begun.remove(one.id);
    }
  }

  async function undo(id: WorktreeId, mergeId: MergeId): Promise<Worktree> {
    const worktree = deps.worktree(id);
    const row = database.get<MergeRow>('SELECT * FROM merges WHERE id = ? AND worktree_id = ?', mergeId, id);
    if (!row)
      throw new AppError('NOT_FOUND', `There is no merge ${mergeId} of this worktree that can be undone (any more).`, {
        mergeId,
      });
    const folder = deps.repository(worktree);
    return deps.turns.inTurn(folder, async () => {
      const tip = await localBranch(folder, row.branch);
      if (tip !== row.after)
        throw new AppError(
          'CONFLICT',
          `${row.branch} has moved on since this merge, so it cannot be taken back without what came after. Revert it instead: git revert ${row.after.slice(0, 10)}.`,
          { branch: row.branch, tip },
        );
      const place = await checkedOutAt(folder, row.branch);
      // "keep" takes back what the merge changed and refuses, as a whole, where that would touch changes in no commit.
      const { branch: into, before, after } = row;
      const method = worktree.merged?.by === 'content' ? 'merge' : (worktree.merged?.by ?? 'merge');
      const one: BegunMerge = {
        id: mergeId,
        worktreeId: id,
        into,
        before,
        after,
        method,
        at: now(),
        kind: 'undo',
        place,
      };
      begun.put(one);
      fault('unmerge:begun');
      try {
        if (place) await git.run(place, 'reset', '--quiet', '--keep', before);
        else await git.run(folder, 'update-ref', '-m', 'merge undone', `refs/heads/${into}`, before, after);
      } catch (error) {
        // What still cannot be done stays in the journal for the next start.
        await settleInTurn(one, folder, worktree).catch(() => undefined);
        throw error;
      }
      fault('unmerge:moved');
      return recordUndone(worktree, mergeId);
    });
  }

  return {
    merge,
    undo,
    localBranch,
    checkedOutAt,

    /** Takes up what a kill cut off. */
    async settle(): Promise<void> {
      for (const one of begun.list()) await settleOne(one);
    },

    /** Forgets merges that are too old to be undone. */
    async expire(before: number): Promise<void> {
      const old = database.all<MergeRow & { project_id: string }>('SELECT * FROM merges WHERE at < ?', before);
      for (const row of old) {
        const folder = deps.repositoryOf(row.worktree_id);
        if (folder) await dropRefs(folder, row.id);
        database.run('DELETE FROM merges WHERE id = ?', row.id);
      }
    },
  };
}
