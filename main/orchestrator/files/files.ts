import { constants, watch as watchFolder } from 'node:fs';
import { lstat, mkdir, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { maxFileBytes } from '../../../shared/file-limits.ts';
import type { FileContent, FileEntry, RemovedFile } from '../../../shared/files.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { isInside } from '../allowed-roots.ts';
import type { Git } from '../git/git.ts';
import { newId } from '../new-id.ts';
import type { OrchestratorOptions } from '../orchestrator-options.ts';
import { createWatchers } from '../watchers.ts';
import { copyTree } from './copy-tree.ts';
import { describeEntry, describeRoot, listEntries } from './entries.ts';
import { moveEntry } from './move-entry.ts';
import { createRemovedFiles } from './removed-files.ts';
import { createRoots, isGitInternal, notThere, type Place } from './roots.ts';
import { findFiles, searchFiles } from './search-files.ts';
import { writeWholeFile } from './write-file.ts';

/** Changes of a folder within this time are told once, in milliseconds. */
const tellAfterMs = 100;

export type Files = ReturnType<typeof createFiles>;

/** The files of the allowed folders: looked at, searched, changed; what is deleted is kept for a while. */
export function createFiles(deps: {
  git: Git;
  now: () => number;
  options: Pick<OrchestratorOptions, 'dataDir' | 'worktreesDir' | 'allowedProjectRoots' | 'allowedFileRoots'>;
  projects: () => readonly Project[];
  worktrees: () => readonly Worktree[];
}) {
  const { git, now, options, projects, worktrees } = deps;
  const roots = createRoots({
    roots: () =>
      options.allowedFileRoots.length > 0
        ? options.allowedFileRoots
        : [...options.allowedProjectRoots, ...[...projects(), ...worktrees()].map(({ path }) => path)],
    closed: { folder: options.dataDir, except: options.worktreesDir },
  });
  const removed = createRemovedFiles({ folder: join(options.dataDir, 'removed-files'), now });

  async function info(path: string): Promise<FileEntry> {
    if (await roots.isRoot(path)) return describeRoot(path);
    return roots.withEntry(path, ({ folder, name, path: shown }) => describeEntry(roots, folder, name, shown));
  }

  /** Refuses to change what must not be changed by hand. */
  async function refuseGuarded(path: string): Promise<void> {
    if (isGitInternal(path)) {
      throw new AppError(
        'FORBIDDEN',
        `${path} belongs to git, which would run or trust what stands there. Use git itself in a terminal.`,
        { field: 'path' },
      );
    }
    if (await roots.holdsRoot(path)) {
      throw new AppError(
        'FORBIDDEN',
        `${path} is, or holds, a whole project or worktree. Remove the worker or the project instead.`,
        { field: 'path' },
      );
    }
  }

  /** Changes an entry; a link that is asked for is not followed. */
  async function change<T>(path: string, work: (place: Place) => Promise<T>): Promise<T> {
    await refuseGuarded(path);
    return roots.withEntry(path, async (place) => {
      // A link may have led to what its own path does not say.
      await refuseGuarded(join(place.folder.path, place.name));
      return work(place).catch((error: unknown) => {
        throw notThere(path, error);
      });
    });
  }

  const present = async ({ folder, name, path }: Place): Promise<void> => {
    await lstat(folder.at(name)).catch((error: unknown) => {
      throw notThere(path, error);
    });
  };

  return {
    info,
    async list(input: { path?: string | undefined; limit: number; cursor?: string | undefined }) {
      if (input.path === undefined) {
        const all = (await roots.list()).sort();
        return { path: null, root: null, items: await Promise.all(all.map(describeRoot)), nextCursor: null };
      }
      const { path } = input;
      return roots.withFolder(path, async ({ root, folder }) => ({
        path,
        root,
        ...(await listEntries(roots, folder, path, input)),
      }));
    },
    content: (path: string): Promise<FileContent> =>
      roots.withTarget(path, async ({ folder, name, path: shown }) => {
        // Without waiting: a pipe without a writer would hold the call for ever.
        const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
        const handle = await open(folder.at(name), flags).catch((error: unknown) => {
          throw notThere(shown, error);
        });
        try {
          const stats = await handle.stat();
          if (!stats.isFile()) {
            throw new AppError('BAD_REQUEST', `${shown} is ${stats.isDirectory() ? 'a folder' : 'no regular file'}.`, {
              field: 'path',
            });
          }
          refuseLarge(shown, stats.size);
          const bytes = await handle.readFile();
          // It may have grown since.
          refuseLarge(shown, bytes.length);
          const entry = await describeEntry(roots, folder, name, shown);
          return { info: { ...entry, name: basename(shown) }, ...decoded(bytes) };
        } finally {
          await handle.close();
        }
      }),
    async original(path: string, of: 'head' | 'base') {
      return roots.withEntry(path, async ({ folder, name, path: shown }) => {
        const around = worktrees().find((worktree) => isInside(folder.path, worktree.path));
        const revision = of === 'base' ? around?.baseCommit : 'HEAD';
        if (!revision) return { content: null, revision: null };
        const commit = await git.try(folder.path, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
        if (commit.code !== 0) return { content: null, revision: null };
        const object = `${commit.stdout.trim()}:./${name}`;
        const size = await git.try(folder.path, 'cat-file', '-s', object);
        if (size.code !== 0) return { content: null, revision: commit.stdout.trim() };
        refuseLarge(shown, Number(size.stdout));
        return {
          content: await git.run(folder.path, 'cat-file', 'blob', object),
          revision: commit.stdout.trim(),
        };
      });
    },
    search: (input: { path: string; query: string; regex: boolean; matchCase: boolean; limit: number }) =>
      roots.withFolder(input.path, ({ folder }) => searchFiles(git, folder.path, input.path, input)),
    find: (input: { path: string; query: string; limit: number }) =>
      roots.withFolder(input.path, ({ folder }) => findFiles(git, folder.path, input.path, input)),
    async *watch(path: string, signal: AbortSignal | undefined): AsyncGenerator<{ at: number }, void, void> {
      const real = await roots.withFolder(path, async ({ folder }) => folder.path);
      const watchers = createWatchers();
      let timer: NodeJS.Timeout | undefined;
      const tellSoon = (): void => {
        timer ??= setTimeout(() => {
          timer = undefined;
          watchers.tell();
        }, tellAfterMs);
      };
      const watcher = watchFolder(real, tellSoon);
      // The folder is gone, or the system watches no more: the caller looks for itself.
      watcher.on('error', watchers.close);
      try {
        for await (const at of watchers.watch(signal, now)) yield { at };
      } finally {
        clearTimeout(timer);
        watcher.close();
      }
    },
    save: async (input: {
      path: string;
      content: string;
      encoding: 'utf8' | 'base64';
      expectedModifiedAt?: number | null | undefined;
    }): Promise<FileEntry> => {
      const bytes = Buffer.from(input.content, input.encoding);
      refuseLarge(input.path, bytes.length);
      await refuseGuarded(input.path);
      return roots.withTarget(input.path, async (place) => {
        await refuseGuarded(join(place.folder.path, place.name));
        await writeWholeFile(place, bytes, input.expectedModifiedAt).catch((error: unknown) => {
          throw notThere(input.path, error);
        });
        const entry = await describeEntry(roots, place.folder, place.name, place.path);
        return { ...entry, name: basename(place.path) };
      });
    },
    mkdir: (path: string): Promise<FileEntry> =>
      change(path, async ({ folder, name, path: shown }) => {
        await mkdir(folder.at(name)).catch((error: NodeJS.ErrnoException) => {
          throw error.code === 'EEXIST'
            ? new AppError('CONFLICT', `There is a ${shown} already. Choose another name.`, { field: 'path' })
            : error;
        });
        return describeEntry(roots, folder, name, shown);
      }),
    rename: (from: string, to: string): Promise<FileEntry> =>
      change(from, (source) =>
        change(to, async (target) => {
          await present(source);
          await moveEntry(source.folder, source.name, target.folder, target.name).catch(
            (error: NodeJS.ErrnoException) => {
              throw error.code === 'EXDEV'
                ? new AppError('UNPROCESSABLE', `${to} is on another disk. Copy it there, then delete it here.`, {
                    field: 'to',
                  })
                : error;
            },
          );
          return describeEntry(roots, target.folder, target.name, target.path);
        }),
      ),
    copy: (from: string, to: string): Promise<FileEntry> =>
      roots.withEntry(from, (source) =>
        change(to, async (target) => {
          await present(source);
          if (`${target.folder.path}/`.startsWith(`${join(source.folder.path, source.name)}/`)) {
            throw new AppError('BAD_REQUEST', 'A folder cannot be copied into itself. Choose another place.', {
              field: 'to',
            });
          }
          // Under a name of its own until it is whole.
          const part = `.control-room-${newId<string>('copy')}`;
          try {
            await copyTree(source.folder, source.name, target.folder, part);
            await moveEntry(target.folder, part, target.folder, target.name);
          } catch (error) {
            await rm(target.folder.at(part), { recursive: true, force: true });
            throw error;
          }
          return describeEntry(roots, target.folder, target.name, target.path);
        }),
      ),
    remove: (path: string): Promise<RemovedFile> =>
      change(path, async (place) => {
        await present(place);
        return removed.take(place);
      }),
    removed: async () => {
      await removed.dropOld();
      return { items: await removed.list() };
    },
    restore: async (id: string): Promise<FileEntry> => {
      const { path } = await removed.needed(id);
      await change(path, (place) => removed.giveBack(id, place));
      return info(path);
    },
    purge: async (id: string) => {
      await removed.purge(id);
      return { id };
    },
  };
}

function refuseLarge(path: string, sizeBytes: number): void {
  if (sizeBytes <= maxFileBytes) return;
  throw new AppError(
    'PAYLOAD_TOO_LARGE',
    `${path} has ${(sizeBytes / 1024 / 1024).toFixed(1)} MiB; at most ${maxFileBytes / 1024 / 1024} are read or saved here. Use a terminal for it.`,
    { field: 'path', sizeBytes, maxBytes: maxFileBytes },
  );
}

/** Text where it is UTF-8 and has no NUL, which no editor shows; the bytes otherwise. */
function decoded(bytes: Buffer): Pick<FileContent, 'content' | 'encoding'> {
  if (!bytes.includes(0)) {
    try {
      return { content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding: 'utf8' };
    } catch {
      // Not UTF-8: given as bytes.
    }
  }
  return { content: bytes.toString('base64'), encoding: 'base64' };
}
