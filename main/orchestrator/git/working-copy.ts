import { copyFile, lstat, mkdtemp, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Git } from './git.ts';
import { joinNul, pathFromBytes, pathToBytes, splitNul } from './path-bytes.ts';

/**
 * For commands on trees and hidden refs: hooks of the repository are about the user's own commits, and its watcher of files
 * about its own index.
 */
export const quietly = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.safecrlf=false'];

/** Who makes the commits that only keep trees. */
const keeper = {
  GIT_AUTHOR_NAME: 'Control Room',
  GIT_AUTHOR_EMAIL: 'control-room@localhost',
  GIT_COMMITTER_NAME: 'Control Room',
  GIT_COMMITTER_EMAIL: 'control-room@localhost',
};

/** For so long it is believed that a repository does not want LFS. */
const lfsGoodForMs = 300_000;

/** A working copy as it is at a moment. Making it writes objects and nothing else: no ref, not the index. */
export interface WorkingState {
  /** null before the first commit. */
  head: string | null;
  branch: string | null;
  headTree: string;
  /** null while the index is in conflict. */
  indexTree: string | null;
  /** All files that git does not ignore, those in no commit too. */
  tree: string;
  /** What differs from the index or is not in it. */
  unstaged: string[];
  /** Not in the index. */
  untracked: ReadonlySet<string>;
  /** Repositories inside of this one that it does not know: their folders, without "/" at the end. */
  nested: string[];
  /** What could not be taken in: not readable, or larger than asked for. */
  left: string[];
}

export type WorkingCopies = ReturnType<typeof createWorkingCopies>;

/** Looks at and changes working copies through indexes of its own, so that the user's own stays as it is. */
export function createWorkingCopies(deps: { git: Git }) {
  const { git } = deps;

  /** The folder of a working copy's own data in git ("…/.git/worktrees/x") and the one that all of the repository share. */
  async function folders(path: string): Promise<{ own: string; common: string }> {
    // A linked worktree says so in a file; asking git for it each time would cost as much as looking at the files.
    const link = /^gitdir: (.*)$/m.exec(await readFile(join(path, '.git'), 'utf8').catch(() => ''))?.[1];
    if (link) {
      const own = resolve(path, link);
      const common = (await readFile(join(own, 'commondir'), 'utf8').catch(() => '')).trim();
      if (common) return { own, common: resolve(own, common) };
    }
    const said = await git.run(path, 'rev-parse', '--git-dir', '--git-common-dir');
    const [own = '.git', common = '.git'] = said.split('\n');
    return { own: resolve(path, own), common: resolve(path, common) };
  }

  const lfsLookedAt = new Map<string, number>();
  /** The same git; where LFS is wanted and its program is missing, one that takes files as they are instead of failing. */
  async function withoutMissingLfs(path: string): Promise<Git> {
    if (Date.now() - (lfsLookedAt.get(path) ?? Number.NEGATIVE_INFINITY) < lfsGoodForMs) return git;
    const required = await git.try(path, 'config', '--type=bool', '--get', 'filter.lfs.required');
    if (required.stdout.trim() !== 'true') {
      lfsLookedAt.set(path, Date.now());
      return git;
    }
    if ((await git.try(path, 'lfs', 'version')).code === 0) return git;
    const settings = { required: 'false', smudge: '', clean: '', process: '' };
    const variables: Record<string, string> = { GIT_CONFIG_COUNT: `${Object.keys(settings).length}` };
    Object.entries(settings).forEach(([name, value], at) => {
      variables[`GIT_CONFIG_KEY_${at}`] = `filter.lfs.${name}`;
      variables[`GIT_CONFIG_VALUE_${at}`] = value;
    });
    return git.with(variables);
  }

  /** Makes `index` a copy of the working copy's index; nothing where it has none. */
  async function copyIndex(path: string, index: string): Promise<void> {
    const source = join((await folders(path)).own, 'index');
    const there = await stat(source).catch(() => undefined);
    if (!there) return rm(index, { force: true });
    await copyFile(source, index);
    // git looks into files that are as young as the index; a copy that seems younger would hide their last change. Times
    // are set to a millionth of a second; much older than it is, and all files of a new worktree would be read each time.
    const writtenAt = there.mtimeMs / 1000 - 0.01;
    await utimes(index, writtenAt, writtenAt);
  }

  /** Gives `work` a copy of the working copy's index (or an empty one) to do with as it likes. */
  async function withIndex<T>(path: string, work: (git: Git, index: string) => Promise<T>, empty = false): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'control-room-index-'));
    try {
      const index = join(folder, 'index');
      if (!empty) await copyIndex(path, index);
      return await work((await withoutMissingLfs(path)).with({ GIT_INDEX_FILE: index }), index);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * What the working copy holds now. Files above `maxFileBytes` are left out where they are in no commit yet. `index` names
   * a file that is made an index of all that was found, and stays.
   */
  async function look(path: string, options: { maxFileBytes?: number; index?: string } = {}): Promise<WorkingState> {
    const { maxFileBytes = Number.POSITIVE_INFINITY, index } = options;
    if (index === undefined) return withIndex(path, (own) => lookWith(own, path, maxFileBytes));
    await copyIndex(path, index);
    return lookWith((await withoutMissingLfs(path)).with({ GIT_INDEX_FILE: index }), path, maxFileBytes);
  }

  async function lookWith(own: Git, path: string, maxFileBytes: number): Promise<WorkingState> {
    const [heads, index, listed] = await Promise.all([
      headsOf(own, path),
      own.try(path, ...quietly, 'write-tree'),
      own.need(path, [...quietly, 'ls-files', '-z', '-t', '--modified', '--deleted', '--others', '--exclude-standard']),
    ]);
    const indexTree = index.code === 0 ? index.stdout.trim() : null;
    const nested: string[] = [];
    const untracked = new Set<string>();
    const changed = new Set<string>();
    const left: string[] = [];
    for (const entry of splitNul(listed)) {
      const name = pathFromBytes(entry.subarray(2));
      // "?" stands before what is not in the index; a repository inside ends with "/".
      if (entry[0] !== 0x3f) changed.add(name);
      else if (name.endsWith('/')) nested.push(name.slice(0, -1));
      else untracked.add(name);
    }
    for (const name of untracked) {
      const entry = await lstat(inFolder(path, name)).catch(() => undefined);
      // Sockets, pipes and devices cannot be kept by anything.
      if (!entry || !(entry.isFile() || entry.isSymbolicLink()) || entry.size > maxFileBytes) {
        untracked.delete(name);
        if (entry) left.push(name);
      }
    }
    const unstaged = [...changed, ...untracked];
    await add(own, path, unstaged, left);
    const tree =
      unstaged.length === 0 && indexTree !== null ? indexTree : (await own.run(path, ...quietly, 'write-tree')).trim();
    return {
      ...heads,
      headTree: heads.headTree ?? emptyTree(tree),
      indexTree,
      tree,
      unstaged,
      untracked,
      nested,
      left,
    };
  }

  async function headsOf(
    own: Git,
    path: string,
  ): Promise<{ head: string | null; headTree: string | null; branch: string | null }> {
    const said = await own.try(
      path,
      'rev-parse',
      '--quiet',
      'HEAD^{commit}',
      'HEAD^{tree}',
      '--symbolic-full-name',
      'HEAD',
    );
    if (said.code === 0) {
      const [head = null, headTree = null, name = ''] = said.stdout.trim().split('\n');
      return { head, headTree, branch: name.startsWith('refs/heads/') ? name.slice('refs/heads/'.length) : null };
    }
    // Before the first commit, or when the branch was deleted under it.
    const branch = await own.try(path, 'symbolic-ref', '--short', '--quiet', 'HEAD');
    return { head: null, headTree: null, branch: branch.code === 0 ? branch.stdout.trim() : null };
  }

  /** Puts files into the index that `own` works on. Those that cannot be read are named in `left`. */
  async function add(own: Git, path: string, names: readonly string[], left: string[]): Promise<void> {
    let rest = names;
    while (rest.length > 0) {
      const { code, stderr } = await own.bytes(
        path,
        [...quietly, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'],
        joinNul(rest),
      );
      if (code === 0) return;
      const at = rest.findIndex((name) => stderr.includes(`Unable to process path ${name}`));
      if (at < 0)
        await own.need(
          path,
          [...quietly, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'],
          joinNul(rest),
        );
      left.push(rest[at] ?? '');
      // The command stopped at that one without writing anything.
      rest = [...rest.slice(0, at), ...rest.slice(at + 1)];
    }
  }

  return {
    folders,
    withoutMissingLfs,
    withIndex,
    look,

    /** Makes the index that of a tree; files stay as they are, and what a sparse checkout leaves out stays left out. */
    async setIndex(path: string, tree: string): Promise<void> {
      const own = await withoutMissingLfs(path);
      const listed = await own.need(path, [...quietly, 'ls-files', '-t', '-z']);
      await own.run(path, ...quietly, 'read-tree', tree);
      const skipped = splitNul(listed).flatMap((entry) =>
        entry[0] === 0x53 ? [pathFromBytes(entry.subarray(2))] : [],
      );
      if (skipped.length > 0) {
        // One that the tree does not have ends the command: only those that are in the index now are named.
        const there = new Set(splitNul(await own.need(path, [...quietly, 'ls-files', '-z'])).map(pathFromBytes));
        await own.need(
          path,
          [...quietly, 'update-index', '-z', '--skip-worktree', '--stdin'],
          joinNul(skipped.filter((name) => there.has(name))),
        );
      }
      await own.bytes(path, [...quietly, 'update-index', '-q', '--refresh']);
    },

    /**
     * Makes a commit that keeps a state: the tree, what stands in the index where that is something else again, and further
     * commits; and a hidden ref that keeps it. Gives the commit.
     */
    async keep(
      path: string,
      state: Pick<WorkingState, 'head' | 'headTree' | 'indexTree' | 'tree'>,
      ref: string,
      message: string,
      also: readonly string[] = [],
    ): Promise<string> {
      const own = git.with(keeper);
      const commit = async (tree: string, parents: readonly (string | null)[], words: string) =>
        (
          await own.run(
            path,
            ...quietly,
            'commit-tree',
            tree,
            ...parents.flatMap((one) => (one ? ['-p', one] : [])),
            '-m',
            words,
          )
        ).trim();
      const index =
        state.indexTree !== null && state.indexTree !== state.tree && state.indexTree !== state.headTree
          ? await commit(state.indexTree, [state.head], 'index')
          : null;
      const kept = await commit(state.tree, [state.head, index, ...also], message);
      await own.run(path, ...quietly, 'update-ref', ref, kept);
      return kept;
    },

    /**
     * Makes the files those of `tree`. They are those of `from` as `look` gave it; when one of them is not any more, nothing is
     * touched and it rejects. The index stays as it is. Gives how many files changed.
     */
    async switchFiles(path: string, from: string, tree: string): Promise<number> {
      if (from === tree) return 0;
      return withIndex(path, async (own) => {
        const names = await own.need(path, [
          ...quietly,
          'diff-tree',
          '-r',
          '-z',
          '--no-renames',
          '--name-only',
          from,
          tree,
        ]);
        const state = await lookWith(own, path, Number.POSITIVE_INFINITY);
        if (state.tree !== from) throw new ChangedMeanwhile();
        // A file that was only touched is not changed; git would take it for that otherwise.
        await own.bytes(path, [...quietly, 'update-index', '-q', '--refresh']);
        // Both trees are known, so git changes exactly what differs, and refuses when a file is not as the first one says.
        await own.need(path, [...quietly, 'read-tree', '-m', '-u', from, tree]).catch((error: unknown) => {
          if (error instanceof Error && /not uptodate|would be overwritten/i.test(error.message))
            throw new ChangedMeanwhile();
          throw error;
        });
        return splitNul(names).length;
      });
    },
  };
}

/** Files changed between a look at them and what was to be done with them. */
export class ChangedMeanwhile extends Error {
  constructor() {
    super('files changed meanwhile');
    this.name = 'ChangedMeanwhile';
  }
}

/** The tree without any file, in the repository's own kind of ids. */
export function emptyTree(likeId: string): string {
  return likeId.length === 64
    ? '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321'
    : '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
}

/** Where a name of the repository is on disk: as bytes, because it need not be text. */
export function inFolder(path: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(join(path, '/')), pathToBytes(name)]);
}
