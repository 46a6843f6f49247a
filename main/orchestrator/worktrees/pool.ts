import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import { fault } from '../fault.ts';
import type { Git } from '../git/git.ts';
import type { Turns } from '../git/turns.ts';
import { watchBranch } from '../git/watch-ref.ts';
import { quietly, type WorkingCopies } from '../git/working-copy.ts';
import { newId } from '../new-id.ts';
import { checkFreeSpace, removeFolder } from './making.ts';
import { exists } from './removal.ts';

/** Where prepared worktrees lie, in the folder of all worktrees: no project has a folder of that name. */
const poolFolder = '.prepared';
/** In git's own data of a prepared worktree: it is whole. What lacks it was begun and never finished, or is being taken. */
const wholeFile = 'control-room-whole';
/** A project gets prepared worktrees when making one took longer, or when it has more files than this. */
const slowMs = 300;
const manyFiles = 5000;
/** So long after a worktree was made or the base moved is seen to it: a worker that starts comes first. */
const settleMs = 2000;
/** Longest that the end of the program waits for a checkout; what is half made then goes at the next start. */
const closeMs = 2000;

export type Pool = ReturnType<typeof createPool>;

/**
 * Worktrees that wait for a worker: checked out while nobody waits, taken by moving one and naming its branch. They have no
 * row: the folder they lie in says whose they are, and git's own data of each whether it is whole.
 */
export function createPool(deps: {
  git: Git;
  copies: WorkingCopies;
  turns: Turns;
  /** Folder that holds all worktrees. */
  folder: string;
  /** How many each project has; 0: none. */
  count: () => number;
  guardBytes: () => number;
  projects: () => readonly Project[];
  /** Whether workers work in it, so that it is worth the space. */
  isUsed: (id: ProjectId) => boolean;
  log: { warn(details: object, message: string): void };
}) {
  const { git, copies, log } = deps;
  const root = join(deps.folder, poolFolder);
  const tookMs = new Map<ProjectId, number>();
  /** Projects that cannot have any, until the next start. */
  const unfit = new Set<ProjectId>();
  const filling = new Map<ProjectId, Promise<void>>();
  const watching = new Map<ProjectId, () => void>();
  const timers = new Map<ProjectId, NodeJS.Timeout>();
  let closed = false;

  const folderOf = (id: ProjectId) => join(root, id);

  async function placesOf(id: ProjectId): Promise<string[]> {
    const names = await readdir(folderOf(id)).catch(() => []);
    return names.sort().map((name) => join(folderOf(id), name));
  }

  const marker = async (path: string) => join((await copies.folders(path)).own, wholeFile);

  async function isWhole(path: string): Promise<boolean> {
    // A folder without git's link would lead to whatever repository it lies in.
    if (!(await exists(join(path, '.git')))) return false;
    return exists(await marker(path)).catch(() => false);
  }

  async function wholeOf(id: ProjectId): Promise<string[]> {
    const whole: string[] = [];
    for (const path of await placesOf(id)) if (await isWhole(path)) whole.push(path);
    return whole;
  }

  /** Takes one away, known to git or not. */
  async function discard(path: string): Promise<void> {
    const link = /^gitdir: (.*)$/m.exec(await readFile(join(path, '.git'), 'utf8').catch(() => ''))?.[1];
    const common = link && (await copies.folders(path).catch(() => undefined))?.common;
    if (common && (await exists(common))) await git.try(common, 'worktree', 'remove', '--force', '--force', path);
    await removeFolder(path);
  }

  /** Whether a project is worth it: its checkout takes long, and nothing about it has to be done for each worktree anew. */
  async function isWorth(project: Project): Promise<boolean> {
    if (unfit.has(project.id) || !deps.isUsed(project.id) || !(await exists(project.path))) return false;
    const took = tookMs.get(project.id);
    if ((took === undefined || took < slowMs) && (await filesIn(project)) < manyFiles) return false;
    const { defaultBranch, path } = project;
    const [submodules, sparse] = await Promise.all([
      // git moves no worktree that has some.
      git.try(path, 'cat-file', '-e', `${defaultBranch}:.gitmodules`),
      git.try(path, 'config', '--type=bool', '--get', 'core.sparseCheckout'),
    ]);
    return submodules.code !== 0 && sparse.stdout.trim() !== 'true';
  }

  /** How many files the index of a project's own folder names, as the head of that file says. */
  async function filesIn(project: Project): Promise<number> {
    const { own } = await copies.folders(project.path);
    const file = await open(join(own, 'index')).catch(() => undefined);
    if (!file) return 0;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
      return bytesRead === 12 ? buffer.readUInt32BE(8) : 0;
    } finally {
      await file.close();
    }
  }

  async function make(project: Project): Promise<void> {
    await checkFreeSpace(deps.folder, deps.guardBytes());
    const path = join(folderOf(project.id), newId('t'));
    try {
      // Only this needs the repository's turn; files are written while others go on.
      await deps.turns.inTurn(project.path, () =>
        git.run(
          project.path,
          ...quietly,
          'worktree',
          'add',
          '--quiet',
          '--detach',
          '--no-checkout',
          path,
          project.defaultBranch,
        ),
      );
      await git.run(path, ...quietly, 'reset', '--hard', '--quiet');
      await writeFile(await marker(path), '');
    } catch (error) {
      await discard(path);
      throw error;
    }
  }

  /** Makes as many as there are to be, and brings those that are there to where the base is. */
  async function fillNow(project: Project): Promise<void> {
    const wanted = (await isWorth(project)) ? deps.count() : 0;
    const whole = await wholeOf(project.id);
    for (const path of whole.slice(wanted)) await deps.turns.inTurn(project.path, () => discard(path));
    for (const path of whole.slice(0, wanted)) await refresh(project, path);
    for (let there = whole.length; there < wanted && !closed; there += 1) await make(project);
    if (wanted > 0) await watchBase(project);
    else unwatch(project.id);
  }

  async function refresh(project: Project, path: string): Promise<void> {
    const [at, base] = await Promise.all([
      git.try(path, 'rev-parse', '--verify', '--quiet', 'HEAD'),
      git.try(project.path, 'rev-parse', '--verify', '--quiet', `${project.defaultBranch}^{commit}`),
    ]);
    if (base.code !== 0 || at.stdout === base.stdout) return;
    await deps.turns.inTurn(project.path, async () => {
      if (!(await isWhole(path))) return;
      const moved = await git.try(path, ...quietly, 'checkout', '--quiet', '--detach', base.stdout.trim());
      if (moved.code !== 0) await discard(path);
    });
  }

  async function watchBase(project: Project): Promise<void> {
    if (watching.has(project.id) || closed) return;
    watching.set(project.id, () => undefined);
    const { common } = await copies.folders(project.path);
    if (closed || !watching.has(project.id)) return;
    watching.set(
      project.id,
      watchBranch(common, project.defaultBranch, () => fillSoon(project.id)),
    );
  }

  function fillSoon(id: ProjectId): void {
    if (closed || deps.count() === 0) return;
    clearTimeout(timers.get(id));
    const timer = setTimeout(() => fill(id), settleMs);
    timer.unref();
    timers.set(id, timer);
  }

  function unwatch(id: ProjectId): void {
    watching.get(id)?.();
    watching.delete(id);
    clearTimeout(timers.get(id));
    timers.delete(id);
  }

  /** Sees in the background to it that a project has as many as it is to have. */
  function fill(id: ProjectId): void {
    const project = deps.projects().find((one) => one.id === id);
    if (closed || !project || filling.has(id)) return;
    const work = fillNow(project)
      .catch((error: unknown) => {
        // Not again and again: the next start tries anew.
        unfit.add(id);
        if (!closed) log.warn({ project: project.path, error }, 'no worktree could be prepared');
      })
      .finally(() => filling.delete(id));
    filling.set(id, work);
  }

  async function discardAllOf(id: ProjectId): Promise<number> {
    unwatch(id);
    await filling.get(id);
    const places = await placesOf(id);
    for (const path of places) await discard(path);
    await rm(folderOf(id), { recursive: true, force: true });
    return places.length;
  }

  const idsOnDisk = async () => (await readdir(root).catch(() => [])) as ProjectId[];

  return {
    /** Sees to it in a moment that a project has as many as it is to have. */
    fillSoon,

    /** Whether a path is one of these: they are nobody's worktree. */
    holds: (path: string) => path.startsWith(`${root}/`) || path.startsWith(`${root}\\`),

    /** All of them that are on disk. */
    async list(): Promise<string[]> {
      return (await Promise.all((await idsOnDisk()).map(placesOf))).flat();
    },

    /** Notes how long making a worktree of a project took, without one of these. */
    took: (id: ProjectId, ms: number) => void tookMs.set(id, ms),

    /**
     * Makes a prepared worktree the one at `path` on a new branch, in the repository's turn. false: there is none, or it is
     * not as it was made; then nothing is at `path`.
     */
    async take(project: Project, to: { path: string; branch: string; commit: string }): Promise<boolean> {
      if (deps.count() === 0) return false;
      const [path] = await wholeOf(project.id);
      if (!path) return false;
      await rm(await marker(path), { force: true });
      const status = await git.try(path, ...quietly, 'status', '--porcelain', '--ignored');
      if (status.code !== 0 || status.stdout !== '') {
        await discard(path);
        return false;
      }
      await mkdir(dirname(to.path), { recursive: true });
      const moved = await git.try(project.path, 'worktree', 'move', path, to.path);
      if (moved.code !== 0) {
        log.warn({ path, said: moved.stderr }, 'a prepared worktree could not be moved');
        await discard(path);
        return false;
      }
      fault('worktree:taken');
      const switched = await git.try(to.path, 'switch', '--quiet', '--no-track', '-c', to.branch, to.commit);
      if (switched.code === 0) return true;
      log.warn({ path: to.path, said: switched.stderr }, 'a prepared worktree could not be put on its branch');
      await discard(to.path);
      return false;
    },

    /** Takes away what a kill left half made, and what no project wants; then makes what is missing. */
    async settle(): Promise<void> {
      for (const id of await idsOnDisk()) {
        const project = deps.projects().find((one) => one.id === id);
        if (!project || deps.count() === 0) await discardAllOf(id);
        else for (const path of await placesOf(id)) if (!(await isWhole(path))) await discard(path);
      }
      if (deps.count() > 0) for (const { id } of deps.projects()) fill(id);
    },

    /** Gives the space that all of them take; gives how many there were. */
    async release(): Promise<number> {
      let count = 0;
      for (const id of await idsOnDisk()) count += await discardAllOf(id);
      return count;
    },

    /** Takes away those of a project that is forgotten. */
    forgetProject(id: ProjectId): void {
      void discardAllOf(id).catch((error: unknown) =>
        log.warn({ id, error }, 'prepared worktrees could not be deleted yet; the next start does it'),
      );
    },

    /** Does what the settings say now; settles when it is done. */
    async adjust(): Promise<void> {
      unfit.clear();
      const ids = new Set([...(await idsOnDisk()), ...deps.projects().map(({ id }) => id)]);
      for (const id of ids) {
        if (deps.count() === 0) await discardAllOf(id);
        else fill(id);
      }
      await Promise.allSettled([...filling.values()]);
    },

    async close(): Promise<void> {
      closed = true;
      for (const id of [...watching.keys()]) unwatch(id);
      const late = new Promise<void>((resolve) => void setTimeout(resolve, closeMs).unref());
      await Promise.race([Promise.allSettled([...filling.values()]), late]);
    },
  };
}
