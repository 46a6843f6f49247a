import { constants } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that is held open: what is done through it is done in it, whatever takes its place meanwhile. */
export interface HeldFolder {
  /** Where it really is, symlinks resolved. */
  path: string;
  /** By which path one of its entries is reached. */
  at(name: string): string;
  /** By which path it is itself reached. */
  self: string;
  close(): Promise<void>;
}

/**
 * Opens a folder. On Linux its entries are reached through the descriptor, so that a link put in the folder's place after
 * it was checked leads nowhere; elsewhere by a path without links, looked at just before.
 */
export async function holdFolder(path: string): Promise<HeldFolder> {
  if (process.platform !== 'linux') {
    const real = await realpath(path);
    return { path: real, self: real, at: (name) => join(real, name), close: async () => undefined };
  }
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const self = `/proc/self/fd/${handle.fd}`;
  try {
    return { path: await readlink(self), self, at: (name) => `${self}/${name}`, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
