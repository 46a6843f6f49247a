import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { ChangedFile, Worktree, WorktreeStatus } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { fault } from '../fault.ts';
import type { Git } from '../git/git.ts';
import { diffTrees } from '../git/tree-diff.ts';
import type { Turns } from '../git/turns.ts';
import type { WorkingCopies, WorkingState } from '../git/working-copy.ts';
import { newId } from '../new-id.ts';
import { copyIncludedFiles, includedFiles } from './included-files.ts';
import { addWorktree, checkFreeSpace, removeFolder } from './making.ts';
import type { Pool } from './pool.ts';
import { createRemoval, exists } from './removal.ts';
import { createWorktreeStore } from './store.ts';

/** Longest diff that is given at once, in characters: about what a page shows without stalling. */
const maxPatchLength = 2_000_000;
/** Blocks of ten ports for worktrees lie in here: above what programs commonly listen on, below what systems hand out. */
const firstPort = 21_000;
const lastPort = 30_000;
const portsEach = 10;

export type Worktrees = ReturnType<typeof createWorktrees>;

/** One git worktree and branch for each worker: made, looked at, and removed without losing work. */
export function createWorktrees(deps: {
  database: Database;
  publish: Publish;
  git: Git;
  copies: WorkingCopies;
  turns: Turns;
  now: () => number;
  /** Folder that holds all worktrees. */
  folder: string;
  settings: () => { undoDays: number; minimumFreeGib: number; portBlocks: boolean };
  getProject: (id: ProjectId) => Project;
  findProject: (id: ProjectId) => Project | undefined;
  /** Worktrees that wait for a worker. */
  pool: Pick<Pool, 'take' | 'took' | 'fillSoon' | 'release' | 'forgetProject'>;
  /** Name of the live worker in it, if any. */
  liveWorkerName: (id: WorkerId) => string | undefined;
  /** Further patterns of ignored files that the repository's configuration wants copied. */
  includePatterns: (project: Project) => Promise<string[]>;
  log: { warn(details: object, message: string): void };
}) {
  const { database, publish, git, copies, now } = deps;
  const { inTurn } = deps.turns;
  const store = createWorktreeStore(database);
  const beingMade = new Set<WorktreeId>();
  const removal = createRemoval({
    database,
    git,
    copies,
    store,
    now,
    undoMs: () => deps.settings().undoDays * 86_400_000,
    forget,
    keep,
    included: async (project, path) => includedFiles(git, project.path, path, await deps.includePatterns(project)),
    freePath: (project, wanted) => freePath(dirname(wanted), basename(wanted), project),
    log: deps.log,
  });

  function get(id: WorktreeId): Worktree {
    const worktree = store.get(id);
    if (!worktree)
      throw new AppError('NOT_FOUND', `There is no worktree ${id}. GET /api/worktrees lists them.`, { id });
    return worktree;
  }

  function keep(worktree: Worktree): Worktree {
    database.transaction(() => {
      store.put(worktree);
      publish({ type: 'worktree.changed', worktree });
    });
    return worktree;
  }

  function forget(id: WorktreeId): void {
    database.transaction(() => {
      store.remove(id);
      publish({ type: 'worktree.removed', id });
    });
  }

  async function freePath(parent: string, wanted: string, project: Project): Promise<string> {
    for (let number = 1; ; number += 1) {
      const path = join(parent, number === 1 ? wanted : `${wanted}-${number}`);
      if (!store.byPath(path) && !(await exists(path)) && path !== project.path) return path;
    }
  }

  /** Branch and folder that nobody has yet, from the worker's name. */
  async function freeNames(project: Project, wanted: string, prefix: string) {
    const parent = join(deps.folder, slugOf(basename(project.path)));
    for (let number = 1; ; number += 1) {
      const slug = number === 1 ? wanted : `${wanted}-${number}`;
      const branch = `${prefix}${slug}`;
      const path = join(parent, slug);
      if (store.byPath(path) || (await exists(path))) continue;
      const { code } = await git.try(project.path, 'show-ref', '--verify', '--quiet', `refs/heads/${branch}`);
      if (code !== 0) return { branch, path };
    }
  }

  function freePorts(): number | null {
    if (!deps.settings().portBlocks) return null;
    const taken = new Set(store.list().map(({ portBase }) => portBase));
    for (let port = firstPort; port < lastPort; port += portsEach) if (!taken.has(port)) return port;
    return null;
  }

  /** Takes away a worktree that was begun and never handed out, with its branch when that has no commit of its own. */
  async function undoHalfMade(project: Project, worktree: Worktree): Promise<void> {
    await git.try(project.path, 'worktree', 'remove', '--force', '--force', worktree.path);
    fault('undo:worktree-removed');
    await removeFolder(worktree.path);
    await removal.unregister(project, worktree.path);
    fault('undo:pruned');
    // A branch that was there before is not ours to delete.
    if (worktree.notes.includes(onOwnBranch)) return;
    const tip = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `refs/heads/${worktree.branch}`);
    if (tip.code === 0 && tip.stdout.trim() === worktree.baseCommit) {
      await git.try(project.path, 'branch', '-D', '--', worktree.branch);
    }
  }

  /**
   * Makes a worktree on a new branch for a worker (or on `branch`, which is there) and copies what `.worktreeinclude` names.
   * The row is kept before git is asked, so a start that is cut off is found and undone by `settle`.
   */
  async function create(input: {
    project: Project;
    /** null: for one that comes to it later. */
    workerId: WorkerId | null;
    name: string;
    branchPrefix: string;
    baseBranch: string;
    branch?: string | undefined;
    /** Where the new branch begins, when not at the base; and the files it begins with, when others than those there. */
    start?: { commit: string; tree: string } | undefined;
  }): Promise<Worktree> {
    const { project, baseBranch } = input;
    await needSpace();
    return inTurn(project.path, async () => {
      if (!(await exists(project.path))) {
        throw new AppError(
          'UNPROCESSABLE',
          `The folder of ${project.name} is gone: ${project.path}. Put it back, or add the repository from its new place.`,
          { code: 'FOLDER_GONE' },
        );
      }
      const from = input.start?.commit ?? input.branch ?? baseBranch;
      const base = await git.try(
        project.path,
        'rev-parse',
        '--verify',
        '--quiet',
        '--end-of-options',
        `${from}^{commit}`,
      );
      if (base.code !== 0) {
        const any = await git.try(project.path, 'rev-list', '--all', '--max-count=1');
        if (any.stdout === '')
          throw new AppError(
            'UNPROCESSABLE',
            `${project.name} has no commit yet, so no branch can begin there. Commit once: git commit --allow-empty -m "First commit"`,
            { code: 'BRANCH_GONE', field: 'baseBranch' },
          );
        throw new AppError(
          'UNPROCESSABLE',
          `${project.name} has no branch or commit "${from}" any more. Choose another base branch.`,
          { code: 'BRANCH_GONE', field: input.branch ? 'branch' : 'baseBranch' },
        );
      }
      const names = input.branch
        ? await existingBranch(project, input.branch)
        : await freeNames(project, slugOf(input.name), input.branchPrefix);
      const id = newId<WorktreeId>('t');
      beingMade.add(id);
      const worktree = keep({
        id,
        projectId: project.id,
        workerId: input.workerId,
        ...names,
        baseBranch,
        baseCommit: base.stdout.trim(),
        state: 'creating',
        createdAt: now(),
        origin: 'made',
        portBase: freePorts(),
        notes: input.branch ? [onOwnBranch] : [],
        scripts: [],
        pullRequest: null,
        merged: null,
        suggestion: null,
      });
      fault('worktree:kept');
      try {
        const notes = await fillFolder(project, worktree, input);
        fault('worktree:added');
        await copyIncludedFiles(git, project.path, worktree.path, await deps.includePatterns(project));
        fault('worktree:copied');
        deps.pool.fillSoon(project.id);
        return keep({ ...worktree, state: 'ready', notes: [...worktree.notes, ...notes] });
      } catch (error) {
        await undoHalfMade(project, worktree);
        forget(worktree.id);
        throw error;
      } finally {
        beingMade.delete(id);
      }
    });
  }

  /** Refuses while the disk is nearly full; what only waits for workers goes before that. */
  async function needSpace(): Promise<void> {
    const minimumBytes = deps.settings().minimumFreeGib * 1024 ** 3;
    try {
      await checkFreeSpace(deps.folder, minimumBytes);
    } catch (error) {
      if ((await deps.pool.release()) === 0) throw error;
      await checkFreeSpace(deps.folder, minimumBytes);
    }
  }

  /** Files and branch of a new worktree: a prepared one, or one that is checked out now. Gives what is worth knowing of it. */
  async function fillFolder(
    project: Project,
    worktree: Worktree,
    { branch, start }: { branch?: string | undefined; start?: { tree: string } | undefined },
  ): Promise<string[]> {
    const { path, branch: name, baseCommit: commit } = worktree;
    if (branch === undefined && start === undefined && (await deps.pool.take(project, { path, branch: name, commit })))
      return [];
    const from = now();
    const notes = await addWorktree({ git, copies }, project.path, worktree, {
      newBranch: branch === undefined,
      tree: start?.tree,
    });
    deps.pool.took(project.id, now() - from);
    return notes;
  }

  /** A branch that is to be worked on itself, and a folder for it. */
  async function existingBranch(project: Project, branch: string) {
    const known = await git.try(project.path, 'show-ref', '--verify', '--quiet', `refs/heads/${branch}`);
    if (known.code !== 0)
      throw new AppError(
        'UNPROCESSABLE',
        `${project.name} has no local branch "${branch}". Make it first, or start on a new branch.`,
        {
          code: 'BRANCH_GONE',
          field: 'branch',
        },
      );
    const listed = (await git.run(project.path, 'worktree', 'list', '--porcelain')).split('\n\n');
    const holder = listed.find((entry) => entry.split('\n').includes(`branch refs/heads/${branch}`));
    const place = holder?.split('\n')[0]?.replace(/^worktree /, '');
    if (place)
      throw new AppError(
        'UNPROCESSABLE',
        `The branch "${branch}" is checked out in ${place} already. Work in that worktree, or choose another branch.`,
        {
          field: 'branch',
          path: place,
        },
      );
    const parent = join(deps.folder, slugOf(basename(project.path)));
    return { branch, path: await freePath(parent, slugOf(branch), project) };
  }

  /** What cannot be taken away now hinders nothing else: it is tried again at the next start. */
  async function settleHalfMade(worktree: Worktree): Promise<void> {
    const project = deps.getProject(worktree.projectId);
    try {
      await inTurn(project.path, () => undoHalfMade(project, worktree));
      forget(worktree.id);
    } catch (error) {
      deps.log.warn({ path: worktree.path, error }, 'a half-made worktree could not be taken away yet');
    }
  }

  /** Finishes a removal that was cut off; what has a live worker by now stays. */
  async function finishRemoval(worktree: Worktree): Promise<void> {
    const project = deps.getProject(worktree.projectId);
    try {
      refuseLive(worktree);
      await inTurn(project.path, () => removal.remove(project, worktree));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** Puts rows right that a kill left behind: half-made worktrees are undone, folders that are gone are marked. */
  async function settle(): Promise<void> {
    const begun = await removal.settle((worktree) => deps.findProject(worktree.projectId));
    for (const worktree of store.list()) {
      if (beingMade.has(worktree.id)) continue;
      if (begun.has(worktree.id)) await finishRemoval(worktree);
      if (!store.get(worktree.id)) continue;
      if (worktree.state === 'creating') {
        await settleHalfMade(worktree);
      } else {
        const state = (await exists(worktree.path)) ? 'ready' : 'missing';
        if (state !== worktree.state) keep({ ...worktree, state });
      }
    }
  }

  /** A worktree whose folder is there. */
  function present(id: WorktreeId): Worktree {
    const worktree = get(id);
    if (worktree.state === 'ready') return worktree;
    throw new AppError(
      'CONFLICT',
      `The worktree ${worktree.path} is ${worktree.state}. ${worktree.state === 'creating' ? 'Wait until it is ready.' : 'Its branch is still there: remove it here and restore it, or put the folder back.'}`,
      { id: worktree.id },
    );
  }

  /** The commit that changes are shown against: where the branch left its base. */
  async function forkPoint(worktree: Worktree): Promise<string> {
    const shared = await git.try(worktree.path, 'merge-base', 'HEAD', worktree.baseBranch);
    return shared.code === 0 ? shared.stdout.trim() : worktree.baseCommit;
  }

  /** What differs from the base, as rows show it. */
  async function changedFiles(worktree: Worktree, state: WorkingState): Promise<ChangedFile[]> {
    const changes = await diffTrees(git, worktree.path, await forkPoint(worktree), state.tree);
    return changes.map(({ path, oldPath, status: kind, additions, deletions }) => ({
      path,
      oldPath,
      status: kind === 'added' && state.untracked.has(path) ? 'untracked' : kind,
      additions,
      deletions,
    }));
  }

  async function status(id: WorktreeId): Promise<WorktreeStatus> {
    const worktree = present(id);
    const { path } = worktree;
    const [state, counts] = await Promise.all([
      copies.look(path),
      git.try(path, 'rev-list', '--left-right', '--count', `HEAD...${worktree.baseBranch}`),
    ]);
    const files = await changedFiles(worktree, state);
    const staged =
      state.indexTree && state.indexTree !== state.headTree
        ? await diffTrees(git, path, state.headTree, state.indexTree, { renames: false })
        : [];
    const [ahead = 0, behind = 0] = counts.code === 0 ? counts.stdout.trim().split('\t').map(Number) : [];
    return {
      id,
      branch: state.branch,
      head: state.head ?? '',
      ahead,
      behind,
      files,
      uncommitted: [...new Set([...state.unstaged, ...staged.map((one) => one.path)])].sort(),
    };
  }

  async function diff(input: {
    id: WorktreeId;
    path?: string | undefined;
  }): Promise<{ patch: string; truncated: boolean }> {
    const worktree = present(input.id);
    const { tree } = await copies.look(worktree.path);
    const base = await forkPoint(worktree);
    const only = input.path === undefined ? [] : ['--', `:(literal,top)${input.path}`];
    const patch = await git.run(
      worktree.path,
      'diff',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
      '-M',
      base,
      tree,
      ...only,
    );
    return { patch: patch.slice(0, maxPatchLength), truncated: patch.length > maxPatchLength };
  }

  function refuseLive(worktree: Worktree): void {
    const live = worktree.workerId && deps.liveWorkerName(worktree.workerId);
    if (live)
      throw new AppError('CONFLICT', `${live} works in ${worktree.path}. Stop it first.`, {
        id: worktree.id,
        workerId: worktree.workerId,
      });
  }

  return {
    list: store.list,
    get,
    find: store.get,
    present,
    keep,
    forget,
    ofWorker: store.ofWorker,
    ofProject: store.ofProject,
    byPath: store.byPath,
    create,
    settle,
    status,
    diff,
    forkPoint,
    changedFiles,
    refuseLive,
    freePorts,
    unregister: removal.unregister,
    undoHalfMade,

    async remove(id: WorktreeId) {
      const worktree = get(id);
      refuseLive(worktree);
      const project = deps.getProject(worktree.projectId);
      return inTurn(project.path, () => removal.remove(project, worktree));
    },

    removed: () => ({ items: removal.list() }),

    async restore(id: WorktreeId): Promise<Worktree> {
      const kept = store.removed.get(id)?.removed;
      if (!kept && store.get(id)) throw new AppError('CONFLICT', 'This worktree was not removed: it is there.', { id });
      if (!kept)
        throw new AppError(
          'NOT_FOUND',
          `There is nothing kept of a worktree ${id}. GET /api/worktrees/removed lists what can be brought back.`,
          { id },
        );
      const project = deps.getProject(kept.projectId);
      return inTurn(project.path, () => removal.restore(project, id));
    },

    /** Forgets removed worktrees whose time is over; gives their ids. */
    async expire(projects: readonly Project[]): Promise<WorktreeId[]> {
      const over = await removal.expire((worktree) => deps.findProject(worktree.projectId));
      for (const project of projects) if (await exists(project.path)) await removal.dropOld(project);
      return over;
    },

    /** Keeps a removed worker's worktree, no longer bound to it. */
    detachWorker(workerId: WorkerId): void {
      const worktree = store.ofWorker(workerId);
      if (worktree) keep({ ...worktree, workerId: null });
    },

    /** Binds a worktree that is there to a worker that is to work in it. */
    attachWorker(id: WorktreeId, workerId: WorkerId): Worktree {
      const worktree = present(id);
      refuseLive(worktree);
      return keep({ ...worktree, workerId });
    },

    /** Forgets the rows of a project that is forgotten; folders and branches stay on disk. */
    forgetProject(projectId: ProjectId): void {
      deps.pool.forgetProject(projectId);
      for (const { id } of store.ofProject(projectId)) forget(id);
      for (const { removed } of store.removed.list())
        if (removed.projectId === projectId) store.removed.remove(removed.id);
    },
  };
}

/** A worktree on a branch that was there before it. */
const onOwnBranch = 'It works on a branch that was there before.';

/** A name as it may stand in branches and folders: lower case words joined by hyphens, at most 40 characters. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return slug || 'worker';
}
