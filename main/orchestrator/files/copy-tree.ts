import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, symlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/errors.ts';
import { type HeldFolder, holdFolder } from './held-folder.ts';

/** Most that is copied at once: beyond it a program of the system's own is the better tool. */
const maxEntries = 20_000;
const maxBytes = 1024 * 1024 * 1024;

/**
 * Copies an entry, with all that is in it, to a name that is free. Links are copied as links. PAYLOAD_TOO_LARGE beyond
 * 20,000 entries or 1 GiB; what was copied by then is the caller's to take away.
 */
export async function copyTree(from: HeldFolder, name: string, to: HeldFolder, newName: string): Promise<void> {
  const left = { entries: maxEntries, bytes: maxBytes };
  await copyEntry(from, name, to, newName, left);
}

async function copyEntry(
  from: HeldFolder,
  name: string,
  to: HeldFolder,
  newName: string,
  left: { entries: number; bytes: number },
): Promise<void> {
  const stats = await lstat(from.at(name));
  left.entries -= 1;
  if (stats.isFile()) left.bytes -= stats.size;
  if (left.entries < 0 || left.bytes < 0) {
    throw new AppError('PAYLOAD_TOO_LARGE', 'More than 20,000 files or 1 GiB: copy it in a terminal.');
  }
  if (stats.isSymbolicLink()) return symlink(await readlink(from.at(name)), to.at(newName));
  if (stats.isDirectory()) {
    await mkdir(to.at(newName), { mode: stats.mode & 0o777 });
    const [source, target] = await Promise.all([holdFolder(from.at(name)), holdFolder(to.at(newName))]);
    try {
      for (const child of await readdir(source.self)) await copyEntry(source, child, target, child, left);
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
    return;
  }
  // Pipes, sockets and devices are of no use as copies.
  if (!stats.isFile()) return;
  const source = await open(from.at(name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await open(to.at(newName), 'wx', stats.mode & 0o777);
    await pipeline(source.createReadStream({ autoClose: false }), target.createWriteStream());
  } finally {
    await source.close();
  }
}
