import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Git } from './git.ts';
import { joinNul, pathFromBytes, splitNul } from './path-bytes.ts';
import { inFolder, quietly, type WorkingCopies, type WorkingState } from './working-copy.ts';

/** What is known of a working copy that is followed. */
export type FollowedState = Pick<WorkingState, 'head' | 'branch' | 'headTree' | 'indexTree' | 'tree'>;

/** Files that say what git makes of others. */
const steering = /(^|\/)\.git(ignore|attributes|modules)$/;

export type FollowedCopy = ReturnType<typeof createFollowedCopy>;

/**
 * A working copy that is looked at again and again. An index of its own is kept from look to look, so that a change of a
 * few files costs the reading of these files and not of all. Files above `maxFileBytes` that are in no commit are left out.
 */
export function createFollowedCopy(deps: { git: Git; copies: WorkingCopies; path: string; maxFileBytes: number }) {
  const { git, copies, path, maxFileBytes } = deps;
  let folder: string | undefined;
  let taken = new Set<string>();
  let ready = false;

  async function indexFile(): Promise<string> {
    folder ??= await mkdtemp(join(tmpdir(), 'control-room-index-'));
    return join(folder, 'index');
  }

  /** Of these names the ones that git takes in; undefined when only a look at everything can tell. */
  async function takenIn(own: Git, names: readonly string[]): Promise<string[] | undefined> {
    for (const name of names) {
      const entry = await lstat(inFolder(path, name)).catch(() => undefined);
      if (steering.test(name) || entry?.isDirectory()) return undefined;
      if (entry && (entry.size > maxFileBytes || !(entry.isFile() || entry.isSymbolicLink()))) return undefined;
    }
    const asked = names.filter((name) => !taken.has(name));
    if (asked.length === 0) return [...names];
    const { code, stdout } = await own.bytes(
      path,
      [...quietly, 'check-ignore', '-z', '--stdin'],
      joinNul(asked.map((name) => `./${name}`)),
    );
    if (code !== 0 && code !== 1) return undefined;
    const ignored = new Set(splitNul(stdout).map((name) => pathFromBytes(name).slice(2)));
    for (const name of asked) if (!ignored.has(name)) taken.add(name);
    return names.filter((name) => !ignored.has(name));
  }

  return {
    /** Looks at everything. */
    async look(): Promise<WorkingState> {
      ready = false;
      taken = new Set();
      const state = await copies.look(path, { maxFileBytes, index: await indexFile() });
      ready = true;
      return state;
    },

    /**
     * What `state`, which was seen last, has become if nothing but these files changed since. undefined when only a look at
     * everything can tell.
     */
    async glance(state: FollowedState, names: readonly string[]): Promise<FollowedState | undefined> {
      if (!ready) return undefined;
      const own = (await copies.withoutMissingLfs(path)).with({ GIT_INDEX_FILE: await indexFile() });
      const wanted = await takenIn(own, names);
      if (!wanted) return undefined;
      if (wanted.length === 0) return state;
      const added = await own.bytes(
        path,
        [...quietly, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'],
        joinNul(wanted),
      );
      if (added.code !== 0) return undefined;
      const tree = await own.try(path, ...quietly, 'write-tree');
      return tree.code === 0 ? { ...state, tree: tree.stdout.trim() } : undefined;
    },

    /** Of these folders the ones that git ignores. */
    async ignoredOf(folders: readonly string[]): Promise<Set<string>> {
      const { stdout } = await git.bytes(
        path,
        [...quietly, 'check-ignore', '-z', '--stdin'],
        joinNul(folders.map((name) => `./${name}`)),
      );
      return new Set(splitNul(stdout).map((name) => pathFromBytes(name).slice(2)));
    },

    /** To be called when no look is under way. */
    async close(): Promise<void> {
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
}
