import { link, lstat, rename, unlink } from 'node:fs/promises';
import { AppError } from '../../../shared/errors.ts';
import type { HeldFolder } from './held-folder.ts';

/**
 * Gives an entry another place on the same disk and never replaces anything: CONFLICT when something is there. EXDEV is
 * passed on when the place is on another disk.
 */
export async function moveEntry(from: HeldFolder, name: string, to: HeldFolder, newName: string): Promise<void> {
  const source = from.at(name);
  const target = to.at(newName);
  const [own, there] = await Promise.all([lstat(source), lstat(target).catch(() => undefined)]);
  // On a disk that does not tell cases apart, "Readme" is there already when "README" is renamed to it.
  if (there && there.ino === own.ino && there.dev === own.dev) return rename(source, target);
  if (there) throw taken(newName);
  if (own.isFile()) {
    try {
      // A rename would replace a file that came meanwhile; a second link refuses to.
      await link(source, target);
      return await unlink(source);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw taken(newName);
      // Disks without hard links.
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw error;
    }
  }
  try {
    await rename(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw taken(newName);
    if (code === 'EINVAL')
      throw new AppError('BAD_REQUEST', 'A folder cannot be moved into itself. Choose another place.', { field: 'to' });
    throw error;
  }
}

const taken = (name: string): AppError =>
  new AppError('CONFLICT', `There is a "${name}" already. Choose another name, or delete that one first.`, {
    field: 'to',
  });
