import { type FSWatcher, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** Most folders of one working copy that are watched one by one: systems give each user only so many watches. */
const mostFolders = 20_000;

export interface FilesWatch {
  /** The folders that are there now, relative to the top: on Linux each is watched by itself. */
  setFolders(folders: readonly string[]): void;
  close(): void;
}

/**
 * Calls `changed` when something changes in a working copy. macOS and Windows watch a whole tree at once. Linux watches
 * folder by folder, so only the ones that git does not ignore are, told by `setFolders`; a new one is watched as soon as it
 * is seen. `lost` is called when the system watches no more (its limit is reached, the folder is gone).
 */
export function watchFiles(top: string, changed: () => void, lost: (error: unknown) => void): FilesWatch {
  const watchers = new Map<string, FSWatcher>();
  const wholeTree = process.platform !== 'linux';
  let closed = false;

  function add(folder: string): void {
    if (closed || watchers.has(folder) || watchers.size >= mostFolders) return;
    let watcher: FSWatcher;
    try {
      watcher = watch(join(top, folder), { persistent: false, recursive: wholeTree && folder === '' });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // It came and went before it could be watched.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') lost(error);
      return;
    }
    watchers.set(folder, watcher);
    watcher.on('change', (kind, name) => {
      if (typeof name === 'string' && (name === '.git' || (wholeTree && /^\.git[\\/]/.test(name)))) return;
      if (kind === 'rename' && typeof name === 'string' && !wholeTree) void lookForFolder(join(folder, name));
      changed();
    });
    watcher.on('error', (error) => {
      drop(folder);
      if (folder === '') lost(error);
    });
  }

  function drop(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  /** A name that appeared may be a folder in which more appears at once: it is watched before anybody looks what is in it. */
  async function lookForFolder(place: string): Promise<void> {
    const entry = await lstat(join(top, place)).catch(() => undefined);
    if (!entry) drop(place);
    else if (entry.isDirectory() && !/(^|\/)(node_modules|\.git)$/.test(place)) {
      add(place);
      changed();
    }
  }

  add('');
  return {
    setFolders(folders) {
      if (wholeTree) return;
      const wanted = new Set(['', ...folders]);
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) drop(folder);
      for (const folder of wanted) add(folder);
    },
    close() {
      closed = true;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
