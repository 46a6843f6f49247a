import { constants, type Stats } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { AppError } from '../../../shared/errors.ts';
import { newId } from '../new-id.ts';
import { modifiedAtOf } from './entries.ts';
import type { Place } from './roots.ts';

/**
 * Writes a whole file at once or not at all: under another name first, on the disk, then in the place of the old one,
 * whose rights it keeps. CONFLICT when the file is not the one of `expectedModifiedAt` (null: there must be none;
 * undefined: whatever there is).
 */
export async function writeWholeFile(
  { folder, name, path }: Place,
  bytes: Buffer,
  expectedModifiedAt: number | null | undefined,
): Promise<void> {
  const at = folder.at(name);
  const before = await lstat(at).catch(() => undefined);
  if (before && !before.isFile()) {
    throw new AppError('BAD_REQUEST', `${path} is not a file, so it cannot be saved. Choose another name.`, {
      field: 'path',
    });
  }
  refuseOther(before);
  const part = folder.at(`.control-room-${newId<string>('save')}`);
  // The system takes away from a new file's rights what the user's mask says.
  const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
  try {
    try {
      await handle.writeFile(bytes);
      if (before) {
        await handle.chmod(before.mode & 0o7777);
        // Only who is allowed to gives a file away; the file is then ours, as with any editor.
        await handle.chown(before.uid, before.gid).catch(() => undefined);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    refuseOther(await lstat(at).catch(() => undefined));
    await rename(part, at);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }

  function refuseOther(present: Stats | undefined): void {
    if (expectedModifiedAt === undefined) return;
    const modifiedAt = present ? modifiedAtOf(present) : null;
    if (modifiedAt === expectedModifiedAt) return;
    throw new AppError(
      'CONFLICT',
      present
        ? expectedModifiedAt === null
          ? `There is a ${path} already. Open it, or choose another name.`
          : `${path} was changed by somebody else since it was read. Compare the two before one of them is lost.`
        : `${path} was deleted since it was read. Save it under a name to have it back.`,
      { field: 'expectedModifiedAt', modifiedAt },
    );
  }
}
