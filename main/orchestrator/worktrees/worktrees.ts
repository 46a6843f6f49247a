import { copyFile, lstat, mkdir, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Worktree, WorktreeStatus } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { fault } from '../fault.ts';
import type { Git } from '../git/git.ts';
import { newId } from '../new-id.ts';
import { parseDiff, parseStatus } from './changes.ts';
import { copyIncludedFiles } from './included-files.ts';
import { createWorktreeStore } from './store.ts';

/** Longest diff that is given at once, in characters: about what a page shows without stalling. */
const maxPatchLength = 2_000_000;

export type Worktrees = ReturnType<typeof createWorktrees>;

/** One git worktree and branch for each worker: made, looked at, and removed without losing work. */
export function createWorktrees(deps: {
  database: Database;
  publish: Publish;
  git: Git;
  now: () => number;
  /** Folder that holds all worktrees. */
  folder: string;
  getProject: (id: ProjectId) => Project;
  /** Name of the live worker in it, if any. */
  liveWorkerName: (id: WorkerId) => string | undefined;
}) {
  const { database, publish, git, now } = deps;
  const store = createWorktreeStore(database);
  const queues = new Map<string, Promise<unknown>>();
  const beingMade = new Set<WorktreeId>();

  /** One changing command at a time in a repository: git's own locks fail rather than wait. */
  function inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
    const before = queues.get(repository) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    queues.set(repository, settled);
    return turn;
  }

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

  const exists = (path: string) =>
    lstat(path).then(
      () => true,
      () => false,
    );

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

  /** Takes away a worktree that was begun and never handed out, with its branch when that has no commit of its own. */
  async function undoHalfMade(project: Project, worktree: Worktree): Promise<void> {
    await git.try(project.path, 'worktree', 'remove', '--force', '--force', worktree.path);
    fault('undo:worktree-removed');
    await rm(worktree.path, { recursive: true, force: true });
    await git.try(project.path, 'worktree', 'prune');
    fault('undo:pruned');
    const tip = await git.try(project.path, 'rev-parse', '--verify', '--quiet', `refs/heads/${worktree.branch}`);
    if (tip.code === 0 && tip.stdout.trim() === worktree.baseCommit) {
      await git.try(project.path, 'branch', '-D', '--', worktree.branch);
    }
  }

  /**
   * Makes a worktree on a new branch for a worker and copies what `.worktreeinclude` names. The row is kept before git
   * is asked, so a start that is cut off is found and undone by `settle`.
   */
  async function create(input: {
    project: Project;
    workerId: WorkerId;
    name: string;
    branchPrefix: string;
    baseBranch: string;
  }): Promise<Worktree> {
    const { project, baseBranch } = input;
    return inTurn(project.path, async () => {
      if (!(await exists(project.path))) {
        throw new AppError(
          'UNPROCESSABLE',
          `The folder of ${project.name} is gone: ${project.path}. Put it back, or add the repository from its new place.`,
          { code: 'FOLDER_GONE' },
        );
      }
      const base = await git.try(
        project.path,
        'rev-parse',
        '--verify',
        '--quiet',
        '--end-of-options',
        `${baseBranch}^{commit}`,
      );
      if (base.code !== 0) {
        throw new AppError(
          'UNPROCESSABLE',
          `${project.name} has no branch or commit "${baseBranch}" any more. Choose another base branch.`,
          { code: 'BRANCH_GONE', field: 'baseBranch' },
        );
      }
      const names = await freeNames(project, slugOf(input.name), input.branchPrefix);
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
      });
      fault('worktree:kept');
      try {
        await mkdir(resolve(worktree.path, '..'), { recursive: true });
        await git.run(
          project.path,
          'worktree',
          'add',
          '--quiet',
          '-b',
          worktree.branch,
          worktree.path,
          worktree.baseCommit,
        );
        fault('worktree:added');
        await copyIncludedFiles(git, project.path, worktree.path);
        fault('worktree:copied');
      } catch (error) {
        await undoHalfMade(project, worktree);
        forget(worktree.id);
        throw error;
      } finally {
        beingMade.delete(id);
      }
      return keep({ ...worktree, state: 'ready' });
    });
  }

  /** Goes on with a removal that was cut off; where there is work in the folder by now, it stays. */
  async function finishRemoval(worktree: Worktree): Promise<void> {
    store.setRemoving(worktree.id, false);
    await remove(worktree.id).catch(async (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      const state = (await exists(worktree.path)) ? 'ready' : 'missing';
      if (state !== worktree.state) keep({ ...worktree, state });
    });
  }

  /** Puts rows right that a kill left behind: half-made worktrees are undone, folders that are gone are marked. */
  async function settle(): Promise<void> {
    const removing = store.removing();
    for (const worktree of store.list()) {
      if (removing.has(worktree.id)) await finishRemoval(worktree);
      if (removing.has(worktree.id) || beingMade.has(worktree.id)) continue;
      if (worktree.state === 'creating') {
        const project = deps.getProject(worktree.projectId);
        await inTurn(project.path, () => undoHalfMade(project, worktree));
        forget(worktree.id);
      } else {
        const state = (await exists(worktree.path)) ? 'ready' : 'missing';
        if (state !== worktree.state) keep({ ...worktree, state });
      }
    }
  }

  function present(worktree: Worktree): void {
    if (worktree.state === 'ready') return;
    throw new AppError(
      'CONFLICT',
      `The worktree ${worktree.path} is ${worktree.state}. ${worktree.state === 'creating' ? 'Wait until it is ready.' : 'Its branch is still there: git worktree add it again, or remove it here.'}`,
      { id: worktree.id },
    );
  }

  /** The commit that changes are shown against: where the branch left its base. */
  async function forkPoint(worktree: Worktree): Promise<string> {
    const shared = await git.try(worktree.path, 'merge-base', 'HEAD', worktree.baseBranch);
    return shared.code === 0 ? shared.stdout.trim() : worktree.baseCommit;
  }

  /** Runs `work` with an index in which untracked files count as added; the worktree's own index stays as it is. */
  async function withAllFiles<T>(worktree: Worktree, work: (git: Git) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'control-room-index-'));
    try {
      const index = join(folder, 'index');
      const own = (await git.run(worktree.path, 'rev-parse', '--git-path', 'index')).trim();
      const source = resolve(worktree.path, own);
      await copyFile(source, index);
      // git looks into files that are as young as the index; a copy that seems younger would hide their last change.
      const writtenAt = (await stat(source)).mtimeMs / 1000 - 1;
      await utimes(index, writtenAt, writtenAt);
      const scratch = git.with({ GIT_INDEX_FILE: index });
      await scratch.run(worktree.path, 'add', '--intent-to-add', '--all', '--', '.');
      return await work(scratch);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function status(id: WorktreeId): Promise<WorktreeStatus> {
    const worktree = get(id);
    present(worktree);
    const { path } = worktree;
    const base = await forkPoint(worktree);
    const [head, branch, porcelain, counts, files] = await Promise.all([
      git.run(path, 'rev-parse', 'HEAD'),
      git.try(path, 'symbolic-ref', '--short', '--quiet', 'HEAD'),
      git.run(path, 'status', '--porcelain=v1', '-z', '--untracked-files=all'),
      git.try(path, 'rev-list', '--left-right', '--count', `HEAD...${worktree.baseBranch}`),
      withAllFiles(worktree, async (all) =>
        parseDiff(await all.run(path, 'diff', '--no-ext-diff', '--raw', '--numstat', '-z', '-M', base)),
      ),
    ]);
    const { changed, untracked } = parseStatus(porcelain);
    const fresh = new Set(untracked);
    const [ahead = 0, behind = 0] = counts.code === 0 ? counts.stdout.trim().split('\t').map(Number) : [];
    return {
      id,
      branch: branch.code === 0 ? branch.stdout.trim() : null,
      head: head.trim(),
      ahead,
      behind,
      files: files.map((file) => (fresh.has(file.path) ? { ...file, status: 'untracked' } : file)),
      uncommitted: [...changed, ...untracked].sort(),
    };
  }

  async function diff(input: {
    id: WorktreeId;
    path?: string | undefined;
  }): Promise<{ patch: string; truncated: boolean }> {
    const worktree = get(input.id);
    present(worktree);
    const base = await forkPoint(worktree);
    const only = input.path === undefined ? [] : ['--', `:(literal,top)${input.path}`];
    const patch = await withAllFiles(worktree, (all) =>
      all.run(worktree.path, 'diff', '--no-ext-diff', '--no-color', '-M', base, ...only),
    );
    return { patch: patch.slice(0, maxPatchLength), truncated: patch.length > maxPatchLength };
  }

  async function remove(id: WorktreeId): Promise<{ id: WorktreeId; branchKept: boolean }> {
    const worktree = get(id);
    const live = worktree.workerId && deps.liveWorkerName(worktree.workerId);
    if (live)
      throw new AppError('CONFLICT', `${live} works in ${worktree.path}. Stop it first.`, {
        id,
        workerId: worktree.workerId,
      });
    const project = deps.getProject(worktree.projectId);
    return inTurn(project.path, async () => {
      if (await exists(worktree.path)) {
        const { changed, untracked } = parseStatus(
          await git.run(worktree.path, 'status', '--porcelain=v1', '-z', '--untracked-files=all'),
        );
        const files = [...changed, ...untracked];
        if (files.length > 0) {
          const some = files.slice(0, 5).join(', ') + (files.length > 5 ? ` and ${files.length - 5} more` : '');
          throw new AppError(
            'CONFLICT',
            `${worktree.path} holds work that is in no commit: ${some}. Commit it (or discard it yourself) and remove it again; nothing was touched.`,
            { id, files },
          );
        }
        store.setRemoving(id, true);
        fault('removal:kept');
        await git.run(project.path, 'worktree', 'remove', worktree.path);
      } else {
        store.setRemoving(id, true);
        await git.try(project.path, 'worktree', 'prune');
      }
      fault('removal:folder-gone');
      const merged = await git.try(
        project.path,
        'merge-base',
        '--is-ancestor',
        `refs/heads/${worktree.branch}`,
        worktree.baseBranch,
      );
      if (merged.code === 0) await git.try(project.path, 'branch', '-D', '--', worktree.branch);
      fault('removal:branch-gone');
      forget(id);
      fault('removal:forgotten');
      const left = await git.try(project.path, 'show-ref', '--verify', '--quiet', `refs/heads/${worktree.branch}`);
      return { id, branchKept: left.code === 0 };
    });
  }

  return {
    list: store.list,
    get,
    ofWorker: store.ofWorker,
    create,
    settle,
    status,
    diff,
    remove,
    /** Keeps a removed worker's worktree, no longer bound to it. */
    detachWorker(workerId: WorkerId): void {
      const worktree = store.ofWorker(workerId);
      if (worktree) keep({ ...worktree, workerId: null });
    },
    /** Forgets the rows of a project that is forgotten; folders and branches stay on disk. */
    forgetProject(projectId: ProjectId): void {
      for (const { id } of store.ofProject(projectId)) forget(id);
    },
  };
}

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
