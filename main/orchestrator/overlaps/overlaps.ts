import type { ProjectId, WorktreeId } from '../../../shared/ids.ts';
import type { Overlap, Radar } from '../../../shared/overlaps.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Publish } from '../events.ts';
import type { Git } from '../git/git.ts';
import { commitTree, mergeCommits, mergeInOrder } from '../git/merge-tree.ts';
import type { Observer } from '../git/observer.ts';
import { countChanges, diffTrees, type TreeChange } from '../git/tree-diff.ts';
import type { WorkingState } from '../git/working-copy.ts';
import {
  byLevel,
  changedRanges,
  commonRanges,
  levelOf,
  mergeOrder,
  overlapFiles,
  type Range,
  sharedChanges,
} from './compare.ts';

/** Most files of a pair, and most pairs of a project, that are told. */
const mostFiles = 100;
const mostPairs = 300;

/** A worktree as the radar sees it. */
interface Blip {
  worktree: Worktree;
  state: WorkingState;
  /** What is there now as a commit that no ref holds. */
  commit: string;
  fork: string;
  changes: TreeChange[];
  baseConflicts: string[];
  at: number;
}

interface Sight {
  blips: Map<WorktreeId, Blip>;
  pairs: Map<string, Overlap>;
  queue: Promise<void>;
  last: Radar;
}

/** Sees while they still work which workers change the same: files, lines, and what git could not join. */
export function createOverlaps(deps: {
  git: Git;
  observer: Observer;
  publish: Publish;
  now: () => number;
  repository: (worktree: Worktree) => string;
  forkPoint: (worktree: Worktree) => Promise<string>;
  /** What a worktree changes, as it is counted on its worker's card. */
  counted: (worktree: Worktree, changes: { files: number; additions: number; deletions: number }) => void;
  log: { warn(details: object, message: string): void };
}) {
  const { git, now, log } = deps;
  const sights = new Map<ProjectId, Sight>();
  const ends = new Map<WorktreeId, () => void>();
  let closed = false;

  function sightOf({ projectId, baseBranch }: Worktree): Sight {
    let sight = sights.get(projectId);
    if (!sight) {
      sight = {
        blips: new Map(),
        pairs: new Map(),
        queue: Promise.resolve(),
        last: { projectId, at: now(), base: baseBranch, worktrees: [], overlaps: [], order: [] },
      };
      sights.set(projectId, sight);
    }
    return sight;
  }

  /** One thing after the other for each project: what is compared must not change meanwhile. */
  function queued(sight: Sight, work: () => Promise<void>): void {
    sight.queue = sight.queue.then(async () => {
      if (closed) return;
      try {
        await work();
      } catch (error) {
        if (!closed) log.warn({ project: sight.last.projectId, error }, 'overlaps could not be looked at');
      }
    });
  }

  const pairOf = (a: WorktreeId, b: WorktreeId): [WorktreeId, WorktreeId] => (a < b ? [a, b] : [b, a]);

  async function seen(worktree: Worktree, state: WorkingState, anew = false): Promise<void> {
    const sight = sightOf(worktree);
    const folder = deps.repository(worktree);
    const before = sight.blips.get(worktree.id);
    const fork = await deps.forkPoint(worktree);
    if (!anew && before?.state.tree === state.tree && before.state.head === state.head && before.fork === fork) return;
    const changes = await diffTrees(git, folder, fork, state.tree);
    const parents = state.head ? [state.head] : [fork];
    const commit =
      state.head && state.tree === state.headTree
        ? state.head
        : await commitTree(git, folder, state.tree, parents, 'seen');
    const blip: Blip = {
      worktree,
      state,
      commit,
      fork,
      changes,
      baseConflicts: changes.length > 0 ? await conflictsWithBase(folder, worktree, fork, commit) : [],
      at: now(),
    };
    sight.blips.set(worktree.id, blip);
    deps.counted(worktree, countChanges(changes));
    for (const other of sight.blips.values()) if (other !== blip) await compare(sight, folder, blip, other);
    await tell(sight, folder);
  }

  async function conflictsWithBase(
    folder: string,
    worktree: Worktree,
    fork: string,
    commit: string,
  ): Promise<string[]> {
    const base = await git.try(
      folder,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${worktree.baseBranch}^{commit}`,
    );
    const tip = base.stdout.trim();
    if (base.code !== 0 || tip === fork) return [];
    return (await mergeCommits(git, folder, tip, commit)).conflicts.map(({ path }) => path).slice(0, mostFiles);
  }

  async function compare(sight: Sight, folder: string, one: Blip, other: Blip): Promise<void> {
    const [a, b] = pairOf(one.worktree.id, other.worktree.id);
    const key = `${a} ${b}`;
    const shared = sharedChanges(one.changes, other.changes);
    if (shared.length === 0) {
      sight.pairs.delete(key);
      return;
    }
    const { conflicts } = await mergeCommits(git, folder, one.commit, other.commit);
    const looked = await Promise.all(
      shared.slice(0, mostFiles).map(async ({ path, a: mine, b: theirs }) => ({
        path,
        same: mine.newId === theirs.newId && mine.path === theirs.path,
        ranges:
          mine.oldId === theirs.oldId ? commonRanges(await rangesOf(folder, mine), await rangesOf(folder, theirs)) : [],
      })),
    );
    const files = overlapFiles(looked, conflicts);
    if (files.length === 0) {
      sight.pairs.delete(key);
      return;
    }
    const before = sight.pairs.get(key);
    const level = levelOf(files);
    sight.pairs.set(key, {
      a,
      b,
      level,
      files: files.slice(0, mostFiles),
      fileCount: Math.max(files.length, shared.length),
      since: before?.level === level ? before.since : now(),
    });
  }

  const ranges = new Map<string, Range[]>();
  /** Lines of the older side that a change touches. */
  async function rangesOf(folder: string, { oldId, newId, oldMode, newMode }: TreeChange): Promise<Range[]> {
    // Of a new, deleted or linked file every line is touched.
    if (!oldId || !newId || oldMode === '160000' || newMode === '160000') return [{ from: 1, to: 1_000_000_000 }];
    const key = `${oldId} ${newId}`;
    const known = ranges.get(key);
    if (known) return known;
    const patch = await git.need(folder, ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '-U0', oldId, newId]);
    const found = changedRanges(patch);
    if (ranges.size > 2000) ranges.clear();
    ranges.set(key, found);
    return found;
  }

  async function tell(sight: Sight, folder: string): Promise<void> {
    const blips = [...sight.blips.values()];
    const overlaps = [...sight.pairs.values()].sort(byLevel).slice(0, mostPairs);
    const changed = blips.filter(({ changes }) => changes.length > 0);
    const sizes = changed.map((blip) => {
      const { additions, deletions } = countChanges(blip.changes);
      return { id: blip.worktree.id, branch: blip.worktree.branch, size: additions + deletions, commit: blip.commit };
    });
    const base = await git.try(
      folder,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${sight.last.base}^{commit}`,
    );
    const ordered = mergeOrder(sizes, overlaps);
    const steps =
      base.code === 0 && ordered.length > 1
        ? await mergeInOrder(
            git,
            folder,
            base.stdout.trim(),
            ordered.map(({ item, reason }) => ({ ...item, reason })),
          )
        : [];
    const radar: Radar = {
      projectId: sight.last.projectId,
      at: now(),
      base: sight.last.base,
      worktrees: blips.map(({ worktree, changes, baseConflicts, at }) => ({
        worktreeId: worktree.id,
        workerId: worktree.workerId,
        branch: worktree.branch,
        files: changes.length,
        baseConflicts,
        at,
      })),
      overlaps,
      order: steps.map(({ item, state, conflicts }) => ({
        worktreeId: item.id,
        reason: item.reason,
        state,
        conflicts: conflicts.map(({ path }) => path).slice(0, mostFiles),
      })),
    };
    const without = ({ at: _at, worktrees, ...rest }: Radar) =>
      JSON.stringify([rest, worktrees.map(({ at: _seen, ...one }) => one)]);
    const news = without(radar) !== without(sight.last);
    sight.last = radar;
    if (news) deps.publish({ type: 'overlaps.changed', radar });
  }

  function forget(id: WorktreeId): void {
    ends.get(id)?.();
    ends.delete(id);
    for (const sight of sights.values()) {
      const blip = sight.blips.get(id);
      if (!blip) continue;
      queued(sight, async () => {
        sight.blips.delete(id);
        for (const [key, { a, b }] of sight.pairs) if (a === id || b === id) sight.pairs.delete(key);
        await tell(sight, deps.repository(blip.worktree));
      });
    }
  }

  return {
    /** A worker is at work in it: it is watched from now on. */
    follow(worktree: Worktree): void {
      if (closed || ends.has(worktree.id)) return;
      ends.set(
        worktree.id,
        deps.observer.watch(worktree, (state) => queued(sightOf(worktree), () => seen(worktree, state))),
      );
    },
    /** Nobody works in it any more: what it changes still counts, and is not watched. */
    rest(id: WorktreeId): void {
      ends.get(id)?.();
      ends.delete(id);
    },
    forget,
    /** The base of a project moved, or something was merged: everything is compared anew. */
    baseMoved(projectId: ProjectId): void {
      const sight = sights.get(projectId);
      if (!sight) return;
      queued(sight, async () => {
        for (const blip of [...sight.blips.values()]) await seen(blip.worktree, blip.state, true);
      });
    },
    followed: () => [...ends.keys()],
    list: (projectId?: ProjectId): Radar[] =>
      [...sights.values()]
        .map(({ last }) => last)
        .filter((radar) => projectId === undefined || radar.projectId === projectId),
    async close(): Promise<void> {
      closed = true;
      for (const end of ends.values()) end();
      await Promise.allSettled([...sights.values()].map(({ queue }) => queue));
    },
  };
}
