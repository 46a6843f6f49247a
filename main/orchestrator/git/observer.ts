import { type FSWatcher, watch } from 'node:fs';
import type { WorktreeId } from '../../../shared/ids.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Git } from './git.ts';
import { pathFromBytes, splitNul } from './path-bytes.ts';
import { type FilesWatch, watchFiles } from './watch-files.ts';
import { quietly, type WorkingCopies, type WorkingState } from './working-copy.ts';

/** Changes within this time are looked at together, in milliseconds. */
const joinMs = 60;
/** After a look it is waited so many times as long as it took: looking never takes more than a sixth of a core. */
const restFactor = 5;
/** Most time that is waited so. */
const longestRestMs = 3000;
/** Larger new files are not looked into: what is watched changes often. */
const maxFileBytes = 20 * 1024 * 1024;

type Listener = (state: WorkingState) => void;

interface Watched {
  worktree: Worktree;
  listeners: Set<Listener>;
  files: FilesWatch;
  own: FSWatcher | undefined;
  timer: NodeJS.Timeout | undefined;
  looking: boolean;
  dirty: boolean;
  restUntil: number;
  last: WorkingState | undefined;
  folders: string;
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
  let closed = false;

  function touched(id: WorktreeId): void {
    const one = watched.get(id);
    if (!one || closed) return;
    one.dirty = true;
    if (one.looking || one.timer) return;
    one.timer = setTimeout(() => look(one), Math.max(joinMs, one.restUntil - now()));
  }

  function look(one: Watched): void {
    one.timer = undefined;
    one.dirty = false;
    one.looking = true;
    const from = now();
    const work = copies
      .look(one.worktree.path, { maxFileBytes })
      .then(async (state) => {
        const before = one.last;
        if (before?.tree !== state.tree) await followFolders(one, state);
        if (closed || watched.get(one.worktree.id) !== one) return;
        one.last = state;
        const same =
          before?.tree === state.tree &&
          before.head === state.head &&
          before.indexTree === state.indexTree &&
          before.branch === state.branch;
        if (!same) for (const listener of [...one.listeners]) listener(state);
      })
      .catch((error: unknown) => {
        if (!closed) log.warn({ worktree: one.worktree.path, error }, 'a worktree could not be looked at');
      })
      .finally(() => {
        underWay.delete(work);
        one.looking = false;
        one.restUntil = now() + Math.min(longestRestMs, (now() - from) * restFactor);
        if (one.dirty) touched(one.worktree.id);
      });
    underWay.add(work);
  }

  /** Watches the folders that hold files now. One that came meanwhile may hold changes nobody saw: then it is looked again. */
  async function followFolders(one: Watched, state: WorkingState): Promise<void> {
    if (process.platform !== 'linux') return;
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
    const key = folders.join('\0');
    if (key === one.folders) return;
    const first = one.folders === '';
    one.folders = key;
    one.files.setFolders(folders);
    if (!first || folders.length > 0) one.dirty = true;
  }

  async function watchOwn(one: Watched): Promise<void> {
    try {
      const { own } = await copies.folders(one.worktree.path);
      if (closed || watched.get(one.worktree.id) !== one) return;
      // Commits, staging and switching branches all write here.
      one.own = watch(own, { persistent: false }, (_kind, name) => {
        if (name === 'index' || name === 'HEAD' || name === 'ORIG_HEAD' || name === 'MERGE_HEAD' || name === 'logs')
          touched(one.worktree.id);
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
  }

  return {
    /** Looks again soon: somebody knows of a change. */
    touched,

    /** How many are watched. */
    count: () => watched.size,

    /** Calls `listener` with what is there at first, and after each change. Gives what ends it. */
    watch(worktree: Worktree, listener: Listener): () => void {
      let one = watched.get(worktree.id);
      if (!one) {
        const fresh: Watched = {
          worktree,
          listeners: new Set(),
          files: watchFiles(
            worktree.path,
            () => touched(worktree.id),
            (error) =>
              log.warn(
                { worktree: worktree.path, error },
                'not all folders of a worktree can be watched; what its worker tells still shows',
              ),
          ),
          own: undefined,
          timer: undefined,
          looking: false,
          dirty: false,
          restUntil: 0,
          last: undefined,
          folders: '',
        };
        one = fresh;
        watched.set(worktree.id, fresh);
        void watchOwn(fresh);
        look(fresh);
      } else if (one.last) listener(one.last);
      const joined = one;
      joined.listeners.add(listener);
      return () => {
        joined.listeners.delete(listener);
        if (joined.listeners.size === 0 && watched.get(worktree.id) === joined) end(joined);
      };
    },

    async close(): Promise<void> {
      closed = true;
      for (const one of [...watched.values()]) end(one);
      await Promise.allSettled(underWay);
    },
  };
}
