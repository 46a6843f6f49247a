import type { ProjectId, WorktreeId } from '../../../shared/ids.ts';
import type { Overlap, Radar } from '../../../shared/overlaps.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Publish } from '../events.ts';
import type { FollowedState } from '../git/followed-copy.ts';
import type { Git } from '../git/git.ts';
import { commitTree, mergeInOrder, mergePairs, type TreeConflict, type Tried } from '../git/merge-tree.ts';
import type { Observer } from '../git/observer.ts';
import { countChanges, diffTrees, type TreeChange } from '../git/tree-diff.ts';
import {
  byLevel,
  changedRanges,
  commonRanges,
  levelOf,
  mergeOrder,
  overlapFiles,
  type Range,
  type SharedChange,
  sharedChanges,
} from './compare.ts';

/** Most files of a pair, and most pairs of a project, that are told. */
const mostFiles = 100;
const mostPairs = 300;
/** Merges of a project that are remembered. */
const mostKnown = 2000;
const anewMs = 60_000;

/** A worktree as the radar sees it. */
interface Blip {
  worktree: Worktree;
  state: FollowedState;
  /** What is there now as a commit that no ref holds. */
  commit: string;
  fork: string;
  /** Where the base is; undefined: there is none. */
  base: { commit: string; tree: string } | undefined;
  changes: TreeChange[];
  baseConflicts: string[];
  at: number;
}

interface Sight {
  blips: Map<WorktreeId, Blip>;
  pairs: Map<string, Overlap>;
  /** Conflicts of pairs of commits. */
  joined: Map<string, readonly TreeConflict[]>;
  /** Steps of merge orders. */
  tried: Map<string, Tried>;
  anewAt: number;
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
  /** Which of a worktree's states is the newest. */
  const turns = new Map<WorktreeId, number>();
  const counting = new Set<Promise<void>>();
  let closed = false;

  function sightOf({ projectId, baseBranch }: Worktree): Sight {
    let sight = sights.get(projectId);
    if (!sight) {
      sight = {
        blips: new Map(),
        pairs: new Map(),
        joined: new Map(),
        tried: new Map(),
        anewAt: Number.NEGATIVE_INFINITY,
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
        if (closed) return;
        log.warn({ project: sight.last.projectId, error }, 'overlaps could not be looked at');
        seeAnew(sight);
      }
    });
  }

  /** What only the radar knew may be gone: somebody had git throw away what no branch holds. Once a minute at most. */
  function seeAnew(sight: Sight): void {
    if (now() - sight.anewAt < anewMs) return;
    sight.anewAt = now();
    sight.joined.clear();
    sight.tried.clear();
    const blips = [...sight.blips.keys()];
    sight.blips.clear();
    for (const id of blips) if (ends.has(id)) deps.observer.again(id);
  }

  /** What a worktree changes is told at once; what meets it, in its turn. */
  function arrived(worktree: Worktree, state: FollowedState): void {
    const sight = sightOf(worktree);
    const turn = (turns.get(worktree.id) ?? 0) + 1;
    turns.set(worktree.id, turn);
    const outdated = () => closed || turns.get(worktree.id) !== turn;
    const work: Promise<void> = changesOf(worktree, state)
      .then((found) => {
        if (outdated()) return;
        deps.counted(worktree, countChanges(found.changes));
        queued(sight, async () => {
          if (outdated()) return;
          const before = sight.blips.get(worktree.id);
          if (before?.state.tree === state.tree && before.state.head === state.head && before.fork === found.fork)
            return;
          const blip = await placed(sight, worktree, state, found);
          await compare(sight, [blip]);
          await tell(sight, deps.repository(worktree));
        });
      })
      .catch((error: unknown) => {
        if (!outdated()) log.warn({ worktree: worktree.path, error }, 'what a worktree changes could not be counted');
      })
      .finally(() => counting.delete(work));
    counting.add(work);
  }

  /** What a state changes, asked at once of where its branch left the base before: that seldom moves. */
  async function changesOf(worktree: Worktree, state: FollowedState): Promise<Pick<Blip, 'fork' | 'changes' | 'base'>> {
    const folder = deps.repository(worktree);
    const before = sightOf(worktree).blips.get(worktree.id)?.fork;
    const since = async (from: string) => ({ from, changes: await diffTrees(git, folder, from, state.tree) });
    const [fork, base, guessed] = await Promise.all([
      deps.forkPoint(worktree),
      tipOf(folder, worktree.baseBranch),
      // What was known of may be gone; then it is asked below, and said if that fails.
      before === undefined ? undefined : since(before).catch(() => undefined),
    ]);
    const { changes } = guessed?.from === fork ? guessed : await since(fork);
    return { fork, changes, base };
  }

  async function placed(
    sight: Sight,
    worktree: Worktree,
    state: FollowedState,
    { fork, changes, base }: Pick<Blip, 'fork' | 'changes' | 'base'>,
  ): Promise<Blip> {
    const before = sight.blips.get(worktree.id);
    const commit =
      state.head && state.tree === state.headTree
        ? state.head
        : before?.state.tree === state.tree && before.state.head === state.head
          ? before.commit
          : await commitTree(git, deps.repository(worktree), state.tree, [state.head ?? fork], 'seen');
    const blip: Blip = { worktree, state, commit, fork, changes, base, baseConflicts: [], at: now() };
    sight.blips.set(worktree.id, blip);
    return blip;
  }

  /** The commit that a base is at now, and its tree; undefined when there is none. */
  async function tipOf(folder: string, base: string): Promise<{ commit: string; tree: string } | undefined> {
    const [commit, tree] = await Promise.all(
      ['commit', 'tree'].map((kind) =>
        git.try(folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{${kind}}`),
      ),
    );
    return commit?.code === 0 && tree?.code === 0
      ? { commit: commit.stdout.trim(), tree: tree.stdout.trim() }
      : undefined;
  }

  /** Compares some worktrees with their base and with all others, those merges that are not known yet all at once. */
  async function compare(sight: Sight, some: readonly Blip[]): Promise<void> {
    const [any] = some;
    if (!any) return;
    const folder = deps.repository(any.worktree);
    const withBase = some.flatMap((blip) =>
      blip.base && blip.changes.length > 0 && blip.base.commit !== blip.fork ? [{ blip, tip: blip.base.commit }] : [],
    );
    const met = new Map<string, { a: Blip; b: Blip; shared: SharedChange[] }>();
    for (const one of some)
      for (const other of sight.blips.values()) {
        if (other === one) continue;
        const [a, b] = one.worktree.id < other.worktree.id ? [one, other] : [other, one];
        const key = `${a.worktree.id} ${b.worktree.id}`;
        const shared = sharedChanges(a.changes, b.changes);
        if (shared.length > 0) met.set(key, { a, b, shared });
        else sight.pairs.delete(key);
      }
    const merges = conflictsBetween(sight, folder, [
      ...withBase.map(({ blip, tip }) => [tip, blip.commit] as const),
      ...[...met.values()].map(({ a, b }) => [a.commit, b.commit] as const),
    ]);
    const lines = Promise.all(
      [...met].map(async ([key, { a, b, shared }]) => ({ key, a, b, shared, looked: await linesOf(folder, shared) })),
    );
    const [conflictsOf, pairs] = await Promise.all([merges, lines]);
    for (const blip of some) blip.baseConflicts = [];
    for (const { blip, tip } of withBase)
      blip.baseConflicts = conflictsOf(tip, blip.commit)
        .map(({ path }) => path)
        .slice(0, mostFiles);
    for (const { key, a, b, shared, looked } of pairs)
      join(sight, key, a, b, shared.length, overlapFiles(looked, conflictsOf(a.commit, b.commit)));
  }

  /** Conflicts of pairs of commits, which never change. */
  async function conflictsBetween(sight: Sight, folder: string, pairs: readonly (readonly [string, string])[]) {
    const { joined } = sight;
    if (joined.size > mostKnown) joined.clear();
    const unknown = pairs.filter((pair) => !joined.has(pair.join(' ')));
    const found = await mergePairs(git, folder, unknown);
    unknown.forEach((pair, at) => void joined.set(pair.join(' '), found[at]?.conflicts ?? []));
    return (a: string, b: string) => joined.get(`${a} ${b}`) ?? [];
  }

  /** Which lines of shared files both sides touch. */
  const linesOf = (folder: string, shared: readonly SharedChange[]) =>
    Promise.all(
      shared.slice(0, mostFiles).map(async ({ path, a: mine, b: theirs }) => ({
        path,
        same: mine.newId === theirs.newId && mine.path === theirs.path,
        ranges:
          mine.oldId === theirs.oldId
            ? commonRanges(...(await Promise.all([rangesOf(folder, mine), rangesOf(folder, theirs)])))
            : [],
      })),
    );

  /** Keeps what a pair has in common. */
  function join(
    sight: Sight,
    key: string,
    { worktree: { id: a } }: Blip,
    { worktree: { id: b } }: Blip,
    sharedCount: number,
    files: Overlap['files'],
  ): void {
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
      fileCount: Math.max(files.length, sharedCount),
      since: before?.level === level ? before.since : now(),
    });
  }

  const ranges = new Map<string, Promise<Range[]>>();
  /** Lines of the older side that a change touches. */
  function rangesOf(folder: string, { oldId, newId, oldMode, newMode }: TreeChange): Promise<Range[]> {
    // Of a new, deleted or linked file every line is touched.
    if (!oldId || !newId || oldMode === '160000' || newMode === '160000')
      return Promise.resolve([{ from: 1, to: 1_000_000_000 }]);
    const key = `${oldId} ${newId}`;
    const known = ranges.get(key);
    if (known) return known;
    const found = git
      .need(folder, ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '-U0', oldId, newId])
      .then(changedRanges);
    if (ranges.size > mostKnown) ranges.clear();
    ranges.set(key, found);
    found.catch(() => ranges.delete(key));
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
    const radar: Omit<Radar, 'order'> = {
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
    };
    // Who meets whom is told before an order is tried, which takes longer.
    const present = new Set(changed.map(({ worktree }) => worktree.id));
    announce(sight, { ...radar, order: sight.last.order.filter(({ worktreeId }) => present.has(worktreeId)) });
    const base = changed.length > 1 ? await tipOf(folder, sight.last.base) : undefined;
    const ordered = mergeOrder(sizes, overlaps).map(({ item, reason }) => ({ ...item, reason }));
    if (sight.tried.size > mostKnown) sight.tried.clear();
    const steps = base ? await mergeInOrder(git, folder, base, ordered, sight.tried) : [];
    const order = steps.map(({ item, state, conflicts }) => ({
      worktreeId: item.id,
      reason: item.reason,
      state,
      conflicts: conflicts.map(({ path }) => path).slice(0, mostFiles),
    }));
    announce(sight, { ...radar, order });
  }

  function announce(sight: Sight, radar: Radar): void {
    const without = ({ at: _at, worktrees, ...rest }: Radar) =>
      JSON.stringify([rest, worktrees.map(({ at: _seen, ...one }) => one)]);
    const news = without(radar) !== without(sight.last);
    sight.last = radar;
    if (news) deps.publish({ type: 'overlaps.changed', radar });
  }

  function forget(id: WorktreeId): void {
    turns.delete(id);
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
        deps.observer.watch(worktree, (state) => arrived(worktree, state)),
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
        const blips: Blip[] = [];
        for (const { worktree, state } of [...sight.blips.values()])
          blips.push(await placed(sight, worktree, state, await changesOf(worktree, state)));
        const [any] = blips;
        if (!any) return;
        for (const { worktree, changes } of blips) deps.counted(worktree, countChanges(changes));
        await compare(sight, blips);
        await tell(sight, deps.repository(any.worktree));
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
      await Promise.allSettled(counting);
      await Promise.allSettled([...sights.values()].map(({ queue }) => queue));
    },
  };
}
