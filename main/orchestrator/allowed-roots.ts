import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { AppError } from '../../shared/errors.ts';

/** Whether `path` is `root` or lies below it. Both absolute, symlinks resolved. */
export function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The path as it really is, every symlink resolved; BAD_REQUEST when it is not absolute or does not exist, FORBIDDEN
 * when it lies outside all of `roots` (no roots: everywhere is allowed).
 */
export async function resolveAllowed(path: string, roots: readonly string[]): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new AppError(
      'BAD_REQUEST',
      `"${path}" is not an absolute path. Give the whole path of the folder, starting at the root.`,
      { field: 'path' },
    );
  }
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EACCES' ? 'this user may not read it' : 'no such folder';
    throw new AppError(
      'BAD_REQUEST',
      `${path}: ${why}. Check the spelling and its permissions.`,
      { field: 'path', path },
      { cause: error },
    );
  }
  if (roots.length === 0) return real;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => undefined);
    if (realRoot && isInside(real, realRoot)) return real;
  }
  throw new AppError(
    'FORBIDDEN',
    `${real} is outside the allowed folders (${roots.join(', ')}). Choose one inside, or add its folder to ALLOWED_PROJECT_ROOTS.`,
    { field: 'path', path: real, roots },
  );
}
