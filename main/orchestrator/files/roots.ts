import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve, sep } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { isInside } from '../allowed-roots.ts';
import { type HeldFolder, holdFolder } from './held-folder.ts';

/** A place inside the allowed folders: an entry of a folder that is held open. */
export interface Place {
  /** As it was asked for. */
  path: string;
  /** The allowed folder it is in. */
  root: string;
  folder: HeldFolder;
  name: string;
}

export type Roots = ReturnType<typeof createRoots>;

/** Which folders may be looked into, and the one way from a path to something inside them. */
export function createRoots(deps: {
  /** Absolute paths. */
  roots: () => readonly string[];
  /** Folders inside of them that are nobody's to see, such as the one with our own keys. */
  closed: { folder: string; except: string };
}) {
  const { closed } = deps;

  async function realRoots(): Promise<{ root: string; real: string }[]> {
    const all = await Promise.all(
      deps.roots().map(async (root) => ({ root, real: await realpath(root).catch(() => undefined) })),
    );
    return all.filter((one): one is { root: string; real: string } => one.real !== undefined);
  }

  /** The allowed folder that a real path lies in; FORBIDDEN when there is none. */
  async function rootOf(real: string, asked: string): Promise<string> {
    const roots = (await realRoots()).sort((a, b) => b.real.length - a.real.length);
    const found = roots.find((one) => isInside(real, one.real));
    const [own, except] = await Promise.all(
      [closed.folder, closed.except].map((path) => realpath(path).catch(() => path)),
    );
    const isOwn = own !== undefined && except !== undefined && isInside(real, own) && !isInside(real, except);
    if (found && !isOwn) return found.root;
    throw new AppError(
      'FORBIDDEN',
      isOwn
        ? `${asked} belongs to Control Room itself and is not shown.`
        : `${asked} is outside the allowed folders. Add its folder as a project, or to ALLOWED_FILE_ROOTS.`,
      { field: 'path', path: asked },
    );
  }

  /** Takes the path apart; BAD_REQUEST for what is none. */
  function checked(path: string): string {
    if (!isAbsolute(path) || path.includes('\0')) {
      throw new AppError(
        'BAD_REQUEST',
        `"${path.replaceAll('\0', '�')}" is not an absolute path. Give the whole path, starting at the root.`,
        { field: 'path' },
      );
    }
    // On Windows a colon behind the drive names a hidden stream of a file.
    if (process.platform === 'win32' && path.slice(2).includes(':')) {
      throw new AppError('BAD_REQUEST', `"${path}" has a colon in a name. Leave it out.`, { field: 'path' });
    }
    return resolve(path);
  }

  /** Holds the folder `path`, links followed as long as they stay inside. `asked` is what a refusal names. */
  async function hold(path: string, asked = path): Promise<{ root: string; folder: HeldFolder }> {
    const wanted = checked(path);
    const real = await realpath(wanted).catch((error: unknown) => {
      throw notThere(wanted, error);
    });
    const root = await rootOf(real, asked);
    const folder = await holdFolder(real).catch((error: unknown) => {
      throw notThere(wanted, error);
    });
    try {
      // What is held may be another one than what was looked at a moment ago.
      if (folder.path !== real) await rootOf(folder.path, asked);
    } catch (error) {
      await folder.close();
      throw error;
    }
    return { root, folder };
  }

  async function withPlace<T>(path: string, work: (place: Place) => Promise<T>, follow: boolean): Promise<T> {
    const wanted = checked(path);
    const target = follow ? await followed(wanted) : wanted;
    const name = basename(target);
    if (!name || dirname(target) === target) {
      throw new AppError('FORBIDDEN', `${wanted} is outside the allowed folders.`, { field: 'path', path: wanted });
    }
    const { root, folder } = await hold(dirname(target), wanted);
    try {
      return await work({ path: wanted, root, folder, name });
    } finally {
      await folder.close();
    }
  }

  /** Where a link leads in the end; the path itself when there is nothing yet. */
  async function followed(path: string): Promise<string> {
    try {
      return await realpath(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw notThere(path, error);
      const isLink = await lstat(path).then(
        () => true,
        () => false,
      );
      if (!isLink) return path;
      throw new AppError('NOT_FOUND', `${path} is a link that leads nowhere. Delete it, or make what it names.`, {
        field: 'path',
        path,
      });
    }
  }

  return {
    /** The allowed folders that are there. */
    list: async () => (await realRoots()).map(({ root }) => root),
    /** Whether one of the allowed folders is at this path or below it. */
    holdsRoot: async (path: string): Promise<boolean> => {
      const real = await realpath(path).catch(() => undefined);
      return real !== undefined && (await realRoots()).some((one) => isInside(one.real, real));
    },
    isRoot: async (path: string): Promise<boolean> => {
      const real = await realpath(path).catch(() => undefined);
      return real !== undefined && (await realRoots()).some((one) => one.real === real);
    },
    /** Whether a real path may be looked at. */
    holds: (real: string): Promise<boolean> =>
      rootOf(real, real).then(
        () => true,
        () => false,
      ),
    /** Works with a folder; NOT_FOUND when there is none, FORBIDDEN outside the allowed folders. */
    async withFolder<T>(path: string, work: (held: { root: string; folder: HeldFolder }) => Promise<T>): Promise<T> {
      const held = await hold(path);
      try {
        return await work(held);
      } finally {
        await held.folder.close();
      }
    },
    /** Works with an entry of a folder, there or not, which may itself be a link. */
    withEntry: <T>(path: string, work: (place: Place) => Promise<T>) => withPlace(path, work, false),
    /** The same with what the entry leads to. */
    withTarget: <T>(path: string, work: (place: Place) => Promise<T>) => withPlace(path, work, true),
  };
}

/** NOT_FOUND, or what else the system says of a path, in words. */
export function notThere(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const details = { field: 'path', path };
  if (code === 'ENOENT') return new AppError('NOT_FOUND', `There is no ${path}.`, details, { cause: error });
  if (code === 'ENOTDIR') return new AppError('BAD_REQUEST', `${path} is not a folder.`, details, { cause: error });
  if (code === 'ELOOP')
    return new AppError('BAD_REQUEST', `${path} is a link that leads to itself.`, details, { cause: error });
  if (code === 'ENAMETOOLONG')
    return new AppError('BAD_REQUEST', `A name in ${path.slice(0, 200)} is too long for this disk.`, details, {
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('FORBIDDEN', `This user may not open ${path}. Check its permissions.`, details, {
      cause: error,
    });
  return error;
}

/** Whether a path leads into a repository's own records, where a written file would be run by git. */
export const isGitInternal = (path: string): boolean => path.split(sep).some((part) => /^(\.git|git~\d+)$/i.test(part));
