import { type FSWatcher, watch } from 'node:fs';
import type { WorktreeId } from '../../../shared/ids.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { createFollowedCopy, type FollowedCopy, type FollowedState } from './followed-copy.ts';
import type { Git } from './git.ts';
import { pathFromBytes, splitNul } from './path-bytes.ts';
import { type FilesWatch, watchFiles } from './watch-files.ts';
import { quietly, type WorkingCopies, type WorkingState } from './working-copy.ts';

/** Changes within this time are looked at together, in milliseconds: a program that saves a file does it in several steps. */
const joinMs = 15;
/** More changed files than these are not glanced at one by one. */
const mostGlanced = 100;
/** After a glance it is waited so many times as long as it took. */
const glanceRestFactor = 2;
/** So long after the first glance since the last look everything is looked at, so that nothing a glance missed stays. */
const assureMs = 1500;
/** After a look it is waited so many times as long as it took: looking never takes more than a sixth of a core. */
const restFactor = 5;
/** Most time that is waited so. */
const longestRestMs = 3000;
/** Looks at everything that run at once, of all worktrees together: a glance at the one somebody works in goes beside them. */
const mostLooks = 2;
/** Larger new files are not looked into: what is watched changes often. */
const maxFileBytes = 20 * 1024 * 1024;

type Listener = (state: FollowedState) => void;

interface Watched {
  worktree: Worktree;
  listeners: Set<Listener>;
  files: FilesWatch;
  copy: FollowedCopy;
  own: FSWatcher | undefined;
  timer: NodeJS.Timeout | undefined;
  looking: boolean;
  /** Files that changed since it was looked at, and when the first of them did. */
  paths: Set<string>;
  pathsAt: number;
  /** From when on everything is to be looked at; infinite: nothing is known that asks for it. */
  lookAt: number;
  glanceRestUntil: number;
  lookRestUntil: number;
  last: FollowedState | undefined;
  /** Of what the folders were read that are watched. */
  followed: string;
  /** The look or glance under way. */
  work: Promise<void>;
}

export type Observer = ReturnType<typeof createObserver>;

/** Watches the files of worktrees for those who want to know, and looks at one when it changed: never by the clock. */
export function createObserver(deps: {
  git: Git;
  copies: WorkingCopies;
  now: () => number;
  log: { warn(details: object, message: string): void };
}) {
  const { git, copies, now, log } = deps;
  const watched = new Map<WorktreeId, Watched>();
  const underWay = new Set<Promise<unknown>>();
  const waiting: (() => void)[] = [];
  let looks = 0;
  let closed = false;

  /** Something changed: a file, or what only a look at everything shows. */
  function changed(one: Watched, path: string | undefined): void {
    if (closed || watched.get(one.worktree.id) !== one) return;
    if (path !== undefined && one.paths.size < mostGlanced && one.last) {
      if (one.paths.size === 0) one.pathsAt = now();
      one.paths.add(path);
    } else one.lookAt = Math.min(one.lookAt, now() + joinMs);
    schedule(one);
  }

  function schedule(one: Watched): void {
    clearTimeout(one.timer);
    one.timer = undefined;
    if (closed || one.looking || watched.get(one.worktree.id) !== one) return;
    const lookDue = Math.max(one.lookAt, one.lookRestUntil);
    const glanceDue =
      one.paths.size > 0 ? Math.max(one.pathsAt + joinMs, one.glanceRestUntil) : Number.POSITIVE_INFINITY;
    const due = Math.min(lookDue, glanceDue);
    if (due === Number.POSITIVE_INFINITY) return;
    one.timer = setTimeout(() => begin(one, lookDue <= glanceDue), Math.max(0, due - now()));
  }

  function begin(one: Watched, everything: boolean): void {
    one.timer = undefined;
    one.looking = true;
    const work = (everything ? look(one) : glance(one))
      .catch((error: unknown) => {
        if (!closed && watched.get(one.worktree.id) === one)
          log.warn({ worktree: one.worktree.path, error }, 'a worktree could not be looked at');
      })
      .finally(() => {
        underWay.delete(work);
        one.looking = false;
        schedule(one);
      });
    one.work = work;
    underWay.add(work);
  }

  async function look(one: Watched): Promise<void> {
    if (looks >= mostLooks) await new Promise<void>((resolve) => waiting.push(resolve));
    looks += 1;
    const from = now();
    try {
      if (closed || watched.get(one.worktree.id) !== one) return;
      one.paths.clear();
      one.lookAt = Number.POSITIVE_INFINITY;
      const state = await one.copy.look();
      tell(one, state);
      await followFolders(one, state);
    } finally {
      one.lookRestUntil = now() + Math.min(longestRestMs, (now() - from) * restFactor);
      looks -= 1;
      waiting.shift()?.();
    }
  }

  async function glance(one: Watched): Promise<void> {
    const from = now();
    const paths = [...one.paths];
    one.paths.clear();
    const state = one.last && (await one.copy.glance(one.last, paths));
    const seen = state !== undefined && state.tree !== one.last?.tree;
    if (state) tell(one, state);
    if (!state) one.lookAt = Math.min(one.lookAt, from);
    else if (seen) one.lookAt = Math.min(one.lookAt, now() + assureMs);
    one.glanceRestUntil = now() + (now() - from) * glanceRestFactor;
  }

  function tell(one: Watched, state: FollowedState): void {
    if (closed || watched.get(one.worktree.id) !== one) return;
    const before = one.last;
    one.last = state;
    const same =
      before?.tree === state.tree &&
      before.head === state.head &&
      before.indexTree === state.indexTree &&
      before.branch === state.branch;
    if (!same) for (const listener of [...one.listeners]) listener(state);
  }

  /** Watches the folders that hold files now. One that came meanwhile may hold changes nobody saw: then it is looked again. */
  async function followFolders(one: Watched, state: WorkingState): Promise<void> {
    const followed = `${state.tree} ${one.files.moves()}`;
    if (process.platform !== 'linux' || one.followed === followed || closed) return;
    const listed = await git.need(one.worktree.path, [
      ...quietly,
      'ls-tree',
      '-d',
      '-r',
      '-z',
      '--name-only',
      state.tree,
    ]);
    const folders = splitNul(listed).map(pathFromBytes);
    // A folder without a file yet is in no tree.
    const others = one.files.besides(new Set(folders));
    const ignored = others.length > 0 ? await one.copy.ignoredOf(others) : new Set<string>();
    const inside = (folder: string) => state.nested.some((name) => folder === name || folder.startsWith(`${name}/`));
    const empty = others.filter((folder) => !ignored.has(folder) && !inside(folder));
    if (closed || watched.get(one.worktree.id) !== one) return;
    one.followed = followed;
    if (one.files.setFolders([...folders, ...empty]) > 0) one.lookAt = Math.min(one.lookAt, now());
  }

  async function watchOwn(one: Watched): Promise<void> {
    try {
      const { own } = await copies.folders(one.worktree.path);
      if (closed || watched.get(one.worktree.id) !== one) return;
      // Commits, staging and switching branches all write here.
      one.own = watch(own, { persistent: false }, (_kind, name) => {
        if (name === 'index' || name === 'HEAD' || name === 'ORIG_HEAD' || name === 'MERGE_HEAD' || name === 'logs')
          changed(one, undefined);
      });
      one.own.on('error', () => one.own?.close());
    } catch (error) {
      log.warn({ worktree: one.worktree.path, error }, 'the index of a worktree cannot be watched');
    }
  }

  function end(one: Watched): void {
    watched.delete(one.worktree.id);
    clearTimeout(one.timer);
    one.files.close();
    one.own?.close();
    const work: Promise<void> = one.work
      .then(() => one.copy.close())
      .catch((error: unknown) => log.warn({ worktree: one.worktree.path, error }, 'an index could not be deleted'))
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  function follow(worktree: Worktree): Watched {
    const fresh: Watched = {
      worktree,
      listeners: new Set(),
      files: watchFiles(
        worktree.path,
        (path) => changed(fresh, path),
        (error) =>
          log.warn(
            { worktree: worktree.path, error },
            'not all folders of a worktree can be watched; what its worker tells still shows',
          ),
      ),
      copy: createFollowedCopy({ git, copies, path: worktree.path, maxFileBytes }),
      own: undefined,
      timer: undefined,
      looking: false,
      paths: new Set(),
      pathsAt: 0,
      lookAt: now(),
      glanceRestUntil: 0,
      lookRestUntil: 0,
      last: undefined,
      followed: '',
      work: Promise.resolve(),
    };
    watched.set(worktree.id, fresh);
    void watchOwn(fresh);
    begin(fresh, true);
    return fresh;
  }

  return {
    /** Looks again soon: somebody knows of a change. */
    touched(id: WorktreeId): void {
      const one = watched.get(id);
      if (one) changed(one, undefined);
    },

    /** Looks again, and tells what is there even if it is as before. */
    again(id: WorktreeId): void {
      const one = watched.get(id);
      if (!one) return;
      one.last = undefined;
      changed(one, undefined);
    },

    /** How many are watched. */
    count: () => watched.size,

    /** Calls `listener` with what is there at first, and after each change. Gives what ends it. */
    watch(worktree: Worktree, listener: Listener): () => void {
      const there = watched.get(worktree.id);
      const joined = there ?? follow(worktree);
      if (there?.last) listener(there.last);
      joined.listeners.add(listener);
      return () => {
        joined.listeners.delete(listener);
        if (joined.listeners.size === 0 && watched.get(worktree.id) === joined) end(joined);
      };
    },

    async close(): Promise<void> {
      closed = true;
      for (const one of [...watched.values()]) end(one);
      for (const resume of waiting.splice(0)) resume();
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
