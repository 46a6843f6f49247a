import { lstat, opendir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Disk, Worktree, WorktreeSize } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import { ignoredPaths } from '../git/ignored-paths.ts';
import { mergedInto } from '../git/merged.ts';
import { inFolder, type WorkingCopies } from '../git/working-copy.ts';
import { createWatchers } from '../watchers.ts';
import type { Worktrees } from './worktrees.ts';

/** Most ignored folders of a worktree that are told one by one. */
const mostFolders = 50;
/** Sizes are good for so long when somebody asks again. */
const freshMs = 30_000;

/** What worktrees take on disk, what of it can go, and what speaks against it. Measured when somebody looks, never else. */
export function createDisk(deps: {
  git: Git;
  copies: WorkingCopies;
  worktrees: Pick<Worktrees, 'list' | 'present' | 'refuseLive' | 'removed'>;
  now: () => number;
  folder: string;
  guardBytes: () => number;
  /** Worktrees that wait for workers. */
  prepared: () => Promise<string[]>;
  findProject: (id: Project['id']) => Project | undefined;
  included: (project: Project, path: string) => Promise<string[]>;
  liveWorkerName: (worktree: Worktree) => string | undefined;
  lastActivityAt: (worktree: Worktree) => number;
  log: { warn(details: object, message: string): void };
}) {
  const { git, copies, worktrees, now } = deps;
  const watchers = createWatchers();
  const sizes = new Map<WorktreeId, WorktreeSize>();
  let preparedBytes: number | null = null;
  let measuredAt = 0;
  let measuring: Promise<void> | undefined;
  let closed = false;

  /** Bytes that a folder takes on disk; what vanishes meanwhile counts nothing. */
  async function sizeOf(folder: string | Buffer): Promise<number> {
    const entry = await lstat(folder).catch(() => undefined);
    if (!entry) return 0;
    const own = entry.blocks === undefined ? entry.size : entry.blocks * 512;
    if (!entry.isDirectory()) return own;
    let sum = own;
    // Names as latin1 are bytes: any name leads to its file.
    const items = await opendir(folder, { encoding: 'latin1' as BufferEncoding }).catch(() => undefined);
    if (!items) return sum;
    const place = typeof folder === 'string' ? Buffer.from(folder) : folder;
    for await (const item of items) {
      if (closed) break;
      sum += await sizeOf(Buffer.concat([place, Buffer.from('/'), Buffer.from(item.name, 'latin1')]));
    }
    return sum;
  }

  /** Folders that git ignores wholly, but none that holds what the repository wants in every worktree. */
  async function ignoredFolders(project: Project, path: string): Promise<string[]> {
    const ignored = await ignoredPaths(git, path);
    const wanted = await deps.included(project, path);
    return ignored
      .filter((name) => name.endsWith('/') && !wanted.some((file) => file.startsWith(name)))
      .map((name) => name.slice(0, -1));
  }

  async function measure(worktree: Worktree): Promise<WorktreeSize> {
    const { path } = worktree;
    const project = deps.findProject(worktree.projectId);
    const size: WorktreeSize = { ...unmeasured(worktree), sizeBytes: 0, reclaimableBytes: 0, removal: 'safe' };
    const live = deps.liveWorkerName(worktree);
    if (live) {
      size.removal = 'blocked';
      size.reasons.push(`${live} works in it`);
    }
    if (worktree.state !== 'ready' || !project) {
      size.reasons.push('its folder is gone');
      return size;
    }
    const folders = await ignoredFolders(project, path);
    for (const name of folders.slice(0, mostFolders))
      size.reclaimable.push({ path: name, sizeBytes: await sizeOf(inFolder(path, name)) });
    size.reclaimable.sort((a, b) => b.sizeBytes - a.sizeBytes);
    size.reclaimableBytes = size.reclaimable.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    size.sizeBytes = await sizeOf(path);
    await judge(worktree, project, size);
    return size;
  }

  /** The same for one that may be moved, damaged or deleted by hand: it says so, and the others are measured all the same. */
  async function measureAny(worktree: Worktree): Promise<WorktreeSize> {
    try {
      return await measure(worktree);
    } catch (error) {
      const gone = !(await lstat(worktree.path).catch(() => undefined));
      if (!gone) deps.log.warn({ worktree: worktree.id, error }, 'a worktree could not be measured');
      const reason = gone
        ? 'its folder is not there any more: Repair finds it, or makes it again'
        : 'git cannot read it: Repair says what is wrong';
      const live = deps.liveWorkerName(worktree);
      return {
        ...unmeasured(worktree),
        sizeBytes: 0,
        reclaimableBytes: 0,
        removal: live ? 'blocked' : 'keeps',
        reasons: live ? [`${live} works in it`, reason] : [reason],
      };
    }
  }

  function unmeasured(worktree: Worktree): WorktreeSize {
    return {
      id: worktree.id,
      projectId: worktree.projectId,
      path: worktree.path,
      branch: worktree.branch,
      sizeBytes: null,
      reclaimableBytes: null,
      reclaimable: [],
      lastActivityAt: deps.lastActivityAt(worktree),
      removal: 'keeps',
      reasons: [],
    };
  }

  /** Says what of it is elsewhere already, and what only the snapshot would keep. */
  async function judge(worktree: Worktree, project: Project, size: WorktreeSize): Promise<void> {
    const state = await copies.look(worktree.path);
    const keeps = (reason: string): void => {
      if (size.removal === 'safe') size.removal = 'keeps';
      size.reasons.push(reason);
    };
    const count = state.unstaged.length || (state.indexTree !== state.headTree ? 1 : 0);
    if (count > 0) keeps(`${count} ${count === 1 ? 'file' : 'files'} in no commit would be kept as a snapshot`);
    if (state.nested.length > 0) keeps(`a repository inside (${state.nested[0]}) would be kept as a snapshot`);
    const base = await git.try(
      project.path,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${worktree.baseBranch}^{commit}`,
    );
    const merged =
      state.head && base.code === 0 ? await mergedInto(git, project.path, state.head, base.stdout.trim()) : 'no';
    if (merged === 'no') keeps(`${worktree.branch} is not in ${worktree.baseBranch}; the branch stays`);
    else if (size.removal === 'safe')
      size.reasons.push(
        merged === 'content'
          ? `its content is in ${worktree.baseBranch}`
          : `all its commits are in ${worktree.baseBranch}`,
      );
  }

  async function measureAll(): Promise<void> {
    const all = worktrees.list();
    for (const id of [...sizes.keys()]) if (!all.some((one) => one.id === id)) sizes.delete(id);
    for (const worktree of all) {
      if (closed) return;
      if (worktree.state === 'creating') continue;
      sizes.set(worktree.id, await measureAny(worktree));
      watchers.tell();
    }
    let sum = 0;
    for (const path of await deps.prepared()) sum += await sizeOf(path);
    preparedBytes = sum;
    measuredAt = now();
  }

  function begin(): Promise<void> {
    measuring ??= measureAll().finally(() => {
      measuring = undefined;
      watchers.tell();
    });
    return measuring;
  }

  async function picture(): Promise<Disk> {
    const { bavail, bsize, blocks } = await statfs(deps.folder).catch(() => statfs(join(deps.folder, '..')));
    const list = worktrees.list().filter(({ state }) => state !== 'creating');
    return {
      at: measuredAt || now(),
      measuring: measuring !== undefined,
      worktrees: list
        .map((worktree) => sizes.get(worktree.id) ?? unmeasured(worktree))
        .sort((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0)),
      removed: worktrees.removed().items,
      prepared: { count: (await deps.prepared()).length, sizeBytes: preparedBytes },
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      guardBytes: deps.guardBytes(),
      folder: deps.folder,
    };
  }

  return {
    async disk(): Promise<Disk> {
      await begin();
      return picture();
    },
    watchDisk(signal: AbortSignal | undefined): AsyncGenerator<Disk, void, void> {
      if (now() - measuredAt > freshMs)
        void begin().catch((error: unknown) => deps.log.warn({ error }, 'worktrees could not be measured'));
      return watchers.watch(signal, picture);
    },
    /** Worktrees came or went. */
    changed: watchers.tell,

    async reclaim(ids: readonly WorktreeId[]) {
      let freedBytes = 0;
      const results: { id: WorktreeId; done: boolean; message: string }[] = [];
      for (const id of ids) {
        try {
          const worktree = worktrees.present(id);
          worktrees.refuseLive(worktree);
          const project = deps.findProject(worktree.projectId);
          let bytes = 0;
          for (const name of project ? await ignoredFolders(project, worktree.path) : []) {
            const place = inFolder(worktree.path, name);
            bytes += await sizeOf(place);
            // Only the folder itself: a link to one elsewhere is no build output.
            if ((await lstat(place)).isDirectory()) await rm(place, { recursive: true, force: true });
          }
          freedBytes += bytes;
          sizes.set(id, await measure(worktree));
          results.push({ id, done: true, message: `${bytes} bytes freed` });
        } catch (error) {
          results.push({ id, done: false, message: error instanceof Error ? error.message : String(error) });
        }
        watchers.tell();
      }
      return { freedBytes, results };
    },
    async close(): Promise<void> {
      closed = true;
      watchers.close();
      await measuring?.catch(() => undefined);
    },
  };
}
