import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { RemovedWorktree, Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import { fault } from '../fault.ts';
import type { Git } from '../git/git.ts';
import { ignoredPaths } from '../git/ignored-paths.ts';
import { mergedInto } from '../git/merged.ts';
import { joinNul } from '../git/path-bytes.ts';
import { inFolder, quietly, type WorkingCopies, type WorkingState } from '../git/working-copy.ts';
import { keepInside, reflogCommits, restoreInside, unreadable } from './inside.ts';
import type { Kept, Recipe, WorktreeStore } from './store.ts';

/** Ignored single files are kept up to this size each, and all together. */
const maxIgnoredBytes = 5 * 1024 * 1024;
const maxAllIgnoredBytes = 50 * 1024 * 1024;

/** Sockets, pipes and the like hold nothing. */
const holdsNothing = async (path: string, name: string) => {
  const entry = await lstat(inFolder(path, name)).catch(() => undefined);
  return !entry || !(entry.isFile() || entry.isSymbolicLink());
};

const removedRef = (id: WorktreeId) => `refs/control-room/removed/${id}`;

export const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Takes worktrees away so that they can be brought back: snapshot first, then the folder, then the branch if it is merged. */
export function createRemoval(deps: {
  database: Database;
  git: Git;
  copies: WorkingCopies;
  store: WorktreeStore;
  now: () => number;
  undoMs: () => number;
  /** Publishes and forgets the row. */
  forget: (id: WorktreeId) => void;
  /** Keeps and publishes the row. */
  keep: (worktree: Worktree) => Worktree;
  /** Ignored files that the repository wants in every worktree. */
  included: (project: Project, path: string) => Promise<string[]>;
  freePath: (project: Project, wanted: string) => Promise<string>;
  log: { warn(details: object, message: string): void };
}) {
  const { database, git, copies, store, now } = deps;

  /** Ignored files on their own (`.env`) as a tree, and what is left behind: folders that are ignored wholly. */
  async function keepIgnored(
    project: Project,
    path: string,
  ): Promise<{ tree: string | null; kept: number; dropped: string[] }> {
    const names = await ignoredPaths(git, path);
    const dropped = names.filter((name) => name.endsWith('/'));
    const files = [...names.filter((name) => !name.endsWith('/')), ...(await deps.included(project, path))];
    const kept: string[] = [];
    let all = 0;
    for (const name of new Set(files)) {
      const entry = await lstat(inFolder(path, name)).catch(() => undefined);
      if (!entry || !(entry.isFile() || entry.isSymbolicLink())) continue;
      if (entry.size > maxIgnoredBytes || all + entry.size > maxAllIgnoredBytes) {
        dropped.push(name);
        continue;
      }
      all += entry.size;
      kept.push(name);
    }
    if (kept.length === 0) return { tree: null, kept: 0, dropped };
    const tree = await copies.withIndex(
      path,
      async (own) => {
        await own.need(path, [...quietly, 'update-index', '-z', '--add', '--stdin'], joinNul(kept));
        return (await own.run(path, ...quietly, 'write-tree')).trim();
      },
      true,
    );
    return { tree, kept: kept.length, dropped };
  }

  async function sparseOf(path: string): Promise<Recipe['sparse']> {
    const on = await git.try(path, 'config', '--type=bool', '--get', 'core.sparseCheckout');
    if (on.stdout.trim() !== 'true') return null;
    const cone = await git.try(path, 'config', '--type=bool', '--get', 'core.sparseCheckoutCone');
    const { own } = await copies.folders(path);
    return {
      cone: cone.stdout.trim() === 'true',
      patterns: await readFile(join(own, 'info', 'sparse-checkout'), 'utf8').catch(() => ''),
    };
  }

  /** Keeps all that a worktree holds under a hidden ref. */
  async function snapshot(
    project: Project,
    worktree: Worktree,
    path: string,
  ): Promise<{ state: WorkingState; recipe: Recipe; ignored: { kept: number; dropped: string[] } }> {
    const state = await copies.look(path);
    const left = [];
    for (const name of state.left) if (!(await holdsNothing(path, name))) left.push(name);
    if (left.length > 0) throw unreadable(path, left);
    const ref = removedRef(worktree.id);
    const inside = await keepInside({ git, copies }, project.path, path, state, ref);
    const ignored = await keepIgnored(project, path);
    const also = await reflogCommits(git, path, ...(state.branch ? [`refs/heads/${state.branch}`] : []));
    const tip = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `refs/heads/${worktree.branch}`);
    if (tip.code === 0 && tip.stdout.trim() !== state.head) also.push(tip.stdout.trim());
    const earlier = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `${ref}/tree`);
    if (earlier.code === 0) also.push(earlier.stdout.trim());
    if (ignored.tree) {
      const commit = await copies.keep(
        path,
        { head: null, headTree: '', indexTree: null, tree: ignored.tree },
        `${ref}/ignored`,
        'ignored files',
      );
      also.push(commit);
    }
    const commit = await copies.keep(path, state, `${ref}/tree`, `removed ${worktree.branch}`, also);
    return {
      state,
      ignored,
      recipe: {
        path: worktree.path,
        aside: `${worktree.path}.removing-${worktree.id}`,
        commit,
        tree: state.tree,
        indexTree: state.indexTree,
        ignoredTree: ignored.tree,
        head: state.head,
        branch: state.branch,
        deletedTip: null,
        sparse: await sparseOf(path),
        inside,
      },
    };
  }

  /** A worktree whose folder is gone already: only where its branch stood can be kept. */
  async function withoutFolder(project: Project, worktree: Worktree): Promise<Recipe> {
    const tip = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `refs/heads/${worktree.branch}`);
    const head = tip.code === 0 ? tip.stdout.trim() : null;
    if (head) await git.run(project.path, ...quietly, 'update-ref', `${removedRef(worktree.id)}/tree`, head);
    return {
      path: worktree.path,
      aside: `${worktree.path}.removing-${worktree.id}`,
      commit: head,
      tree: null,
      indexTree: null,
      ignoredTree: null,
      head,
      branch: head ? worktree.branch : null,
      deletedTip: null,
      sparse: null,
      inside: [],
    };
  }

  /** To be called in the repository's turn. */
  async function remove(
    project: Project,
    worktree: Worktree,
  ): Promise<{ id: WorktreeId; branchKept: boolean; undoUntil: number }> {
    const { id, path } = worktree;
    const removedAt = now();
    const removed: RemovedWorktree = {
      id,
      projectId: project.id,
      worktree,
      removedAt,
      expiresAt: removedAt + deps.undoMs(),
      uncommitted: 0,
      ignoredKept: 0,
      ignoredDropped: [],
      branchKept: true,
    };
    // A folder that is no working copy any more has lost its link: git cannot tell what in it is whose.
    const there =
      (await exists(path)) && (await git.try(path, 'rev-parse', '--is-inside-work-tree')).stdout.trim() === 'true';
    if (!there && (await exists(path)))
      throw new AppError(
        'CONFLICT',
        `${path} is no worktree of ${project.name} any more: git's link to it is broken. "Repair" mends the link; then remove it. Nothing was touched.`,
        { id, path },
      );
    let recipe: Recipe;
    if (there) {
      const kept = await snapshot(project, worktree, path);
      recipe = kept.recipe;
      removed.uncommitted = kept.state.unstaged.length;
      removed.ignoredKept = kept.ignored.kept;
      removed.ignoredDropped = kept.ignored.dropped.slice(0, 20);
      store.removed.put({ removed, recipe, state: 'removing' });
      fault('removal:kept');
      await rename(path, recipe.aside);
      // What was written while it was snapshotted: nobody finds the folder by its path any more.
      const after = await copies.look(recipe.aside);
      if (after.tree !== recipe.tree || after.indexTree !== recipe.indexTree || after.head !== recipe.head)
        recipe = (await snapshot(project, worktree, recipe.aside)).recipe;
    } else {
      recipe = await withoutFolder(project, worktree);
      store.removed.put({ removed, recipe, state: 'removing' });
    }
    await unregister(project, path);
    fault('removal:folder-gone');
    const deletedTip = await dropBranch(project, worktree);
    fault('removal:branch-gone');
    database.transaction(() => {
      store.removed.put({
        removed: { ...removed, branchKept: deletedTip === null },
        recipe: { ...recipe, deletedTip },
        state: 'removed',
      });
      deps.forget(id);
    });
    fault('removal:forgotten');
    await discardFolder(recipe.aside);
    return { id, branchKept: deletedTip === null && (recipe.head !== null || there), undoUntil: removed.expiresAt };
  }

  /** Has git forget this one worktree, whose folder is not there, locked or not. Others that were moved by hand stay known. */
  async function unregister(project: Project, path: string): Promise<void> {
    await git.try(project.path, 'worktree', 'remove', '--force', '--force', path);
  }

  async function discardFolder(aside: string): Promise<void> {
    await rm(aside, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      // What cannot be deleted now (a program has it open) is tried again at the next start.
      deps.log.warn({ aside, error }, 'the folder of a removed worktree could not be deleted yet'),
    );
  }

  /** Deletes a branch whose work is all in the base; gives where it stood. */
  async function dropBranch(project: Project, worktree: Worktree): Promise<string | null> {
    const ref = `refs/heads/${worktree.branch}`;
    if (worktree.branch === project.defaultBranch || worktree.branch === worktree.baseBranch) return null;
    const tip = await git.try(project.path, 'rev-parse', '--verify', '--quiet', ref);
    const base = await git.try(
      project.path,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${worktree.baseBranch}^{commit}`,
    );
    if (tip.code !== 0 || base.code !== 0) return null;
    const at = tip.stdout.trim();
    if ((await mergedInto(git, project.path, at, base.stdout.trim())) === 'no') return null;
    const { code } = await git.try(project.path, 'branch', '-D', '--', worktree.branch);
    return code === 0 ? at : null;
  }

  async function restore(project: Project, id: WorktreeId): Promise<Worktree> {
    const kept = store.removed.get(id);
    if (!kept)
      throw new AppError(
        'NOT_FOUND',
        `There is nothing kept of a worktree ${id}. GET /api/worktrees/removed lists what can be brought back.`,
        { id },
      );
    if (kept.state === 'restoring') throw new AppError('CONFLICT', 'It is being brought back already.', { id });
    const { removed, recipe } = kept;
    if (recipe.head === null && recipe.commit === null)
      throw new AppError(
        'UNPROCESSABLE',
        'Folder and branch were gone before it was removed: there is nothing to bring back.',
        { id },
      );
    const path = (await exists(recipe.path)) ? await deps.freePath(project, recipe.path) : recipe.path;
    const branch = await branchFor(project, recipe);
    store.removed.put({ ...kept, recipe: { ...recipe, path }, state: 'restoring' });
    try {
      await mkdir(dirname(path), { recursive: true });
      await git.run(
        project.path,
        ...quietly,
        'worktree',
        'add',
        '--quiet',
        '--force',
        '--no-checkout',
        ...(branch ? [path, branch] : ['--detach', path, recipe.head ?? recipe.commit ?? '']),
      );
      await fill(project, path, recipe);
    } catch (error) {
      await git.try(project.path, 'worktree', 'remove', '--force', '--force', path);
      store.removed.put({ ...kept, state: 'removed' });
      throw error;
    }
    const worktree = deps.keep({
      ...removed.worktree,
      path,
      branch: branch ?? removed.worktree.branch,
      state: 'ready',
    });
    // Its hidden refs stay until their time is over: they hold what only its log named.
    store.removed.remove(id);
    return worktree;
  }

  /** The branch it stood on, made again where it is gone; another name where it went on elsewhere. */
  async function branchFor(project: Project, recipe: Recipe): Promise<string | null> {
    if (!recipe.branch || !recipe.head) return null;
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? recipe.branch : `${recipe.branch}-restored${number === 2 ? '' : `-${number - 1}`}`;
      const there = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`);
      if (there.code !== 0) {
        await git.run(project.path, ...quietly, 'branch', '--no-track', '--', name, recipe.head);
        return name;
      }
      const inUse = (await git.run(project.path, 'worktree', 'list', '--porcelain')).includes(
        `\nbranch refs/heads/${name}\n`,
      );
      if (there.stdout.trim() === recipe.head && !inUse) return name;
    }
  }

  /** Writes the files of a snapshot into a worktree that has none yet. */
  async function fill(project: Project, path: string, recipe: Recipe): Promise<void> {
    const own = await copies.withoutMissingLfs(path);
    if (recipe.sparse)
      await git.need(
        path,
        ['sparse-checkout', 'set', recipe.sparse.cone ? '--cone' : '--no-cone', '--stdin'],
        Buffer.from(recipe.sparse.cone ? coneFolders(recipe.sparse.patterns) : recipe.sparse.patterns),
      );
    await own.run(path, ...quietly, 'read-tree', '--reset', '-u', recipe.tree ?? 'HEAD');
    await copies.setIndex(path, recipe.indexTree ?? 'HEAD');
    const { ignoredTree } = recipe;
    if (ignoredTree)
      await copies.withIndex(
        path,
        async (ignored) => {
          await ignored.run(path, ...quietly, 'read-tree', ignoredTree);
          await ignored.run(path, ...quietly, 'checkout-index', '--all', '--force', '--quiet');
        },
        true,
      );
    await restoreInside({ git }, project.path, path, recipe.inside);
  }

  async function dropRefs(project: Project, id: WorktreeId): Promise<void> {
    const refs = (await git.run(project.path, 'for-each-ref', '--format=%(refname)', `${removedRef(id)}/`))
      .split('\n')
      .filter(Boolean);
    if (refs.length > 0)
      await git.need(
        project.path,
        [...quietly, 'update-ref', '--stdin'],
        Buffer.from(refs.map((ref) => `delete ${ref}\n`).join('')),
      );
  }

  /** A removal that was cut off: undone while git still knows the folder, else finished. */
  async function settleRemoving(kept: Kept, project: Project | undefined): Promise<void> {
    const { removed, recipe } = kept;
    if (await exists(recipe.aside)) {
      const linked = await git.try(recipe.aside, 'rev-parse', '--is-inside-work-tree');
      if (linked.code !== 0 || (await exists(recipe.path))) {
        const there = project !== undefined && (await exists(project.path));
        const deletedTip = there ? await dropBranch(project, removed.worktree) : null;
        database.transaction(() => {
          store.removed.put({
            removed: { ...removed, branchKept: deletedTip === null },
            recipe: { ...recipe, deletedTip },
            state: 'removed',
          });
          deps.forget(removed.id);
        });
        await discardFolder(recipe.aside);
        return;
      }
      await rename(recipe.aside, recipe.path);
    }
    store.removed.remove(removed.id);
    if (project && (await exists(project.path))) await dropRefs(project, removed.id);
  }

  return {
    remove,
    restore,
    unregister,
    dropRefs,
    list: (): RemovedWorktree[] =>
      store.removed
        .list()
        .filter(({ state }) => state === 'removed')
        .map(({ removed }) => removed),

    /** Takes up removals and restores that a kill cut off; gives the worktrees that are there and were to be removed. */
    async settle(getProject: (worktree: Worktree) => Project | undefined): Promise<Set<WorktreeId>> {
      const begun = new Set<WorktreeId>();
      for (const kept of store.removed.list()) {
        const { removed, recipe, state } = kept;
        const project = getProject(removed.worktree);
        if (state === 'removing') {
          await settleRemoving(kept, project);
          if (store.get(removed.id)) begun.add(removed.id);
        } else if (state === 'restoring') {
          if (store.get(removed.id)) {
            store.removed.remove(removed.id);
            if (project && (await exists(project.path))) await dropRefs(project, removed.id);
            continue;
          }
          // Half filled, and all of it still under its hidden ref.
          if (project) await git.try(project.path, 'worktree', 'remove', '--force', '--force', recipe.path);
          store.removed.put({ ...kept, state: 'removed' });
        } else if (await exists(recipe.aside)) await discardFolder(recipe.aside);
      }
      return begun;
    },

    /** Lets go of what was kept for a worktree that was brought back since, once its time is over. */
    async dropOld(project: Project): Promise<void> {
      const listed = await git.run(
        project.path,
        'for-each-ref',
        '--format=%(refname) %(creatordate:unix)',
        'refs/control-room/removed/',
      );
      const kept = new Set<string>(store.removed.list().map(({ removed }) => removed.id));
      const old = listed.split('\n').filter((line) => {
        const [ref = '', at = ''] = line.split(' ');
        return ref !== '' && !kept.has(ref.split('/')[3] ?? '') && Number(at) * 1000 < now() - deps.undoMs();
      });
      for (const id of new Set(old.map((line) => line.split('/')[3] ?? ''))) await dropRefs(project, id as WorktreeId);
    },

    /** Forgets what can no longer be brought back; gives the ids. */
    async expire(getProject: (worktree: Worktree) => Project | undefined): Promise<WorktreeId[]> {
      const over = store.removed
        .list()
        .filter(({ removed, state }) => state === 'removed' && removed.expiresAt <= now());
      for (const { removed } of over) {
        const project = getProject(removed.worktree);
        if (project && (await exists(project.path))) await dropRefs(project, removed.id);
        store.removed.remove(removed.id);
      }
      return over.map(({ removed }) => removed.id);
    },
  };
}

/** The folders that a cone's patterns show: `/src/` among "/*", "!/STAR/", "/src/". */
function coneFolders(patterns: string): string {
  const lines = patterns
    .split('\n')
    .filter((line) => line.startsWith('/') && line.endsWith('/') && !line.endsWith('*/'));
  return `${lines.map((line) => line.slice(1, -1)).join('\n')}\n`;
}
