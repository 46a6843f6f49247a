import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { pathFromBytes } from './path-bytes.ts';
import { inFolder } from './working-copy.ts';

/** Most folders of one working copy that are watched one by one: systems give each user only so many watches. */
const mostFolders = 20_000;
/** Most folders that are looked for inside of a new one: what git ignores of them is let go again. */
const mostInside = 200;

const unwatched = /(^|\/)(node_modules|\.git)$/;

export interface FilesWatch {
  /** How often folders came and went by themselves. */
  moves(): number;
  /** Watched folders that are none of these. */
  besides(folders: ReadonlySet<string>): string[];
  /** The folders that are there now, relative to the top: on Linux each is watched by itself. Gives how many are new. */
  setFolders(folders: readonly string[]): number;
  close(): void;
}

/**
 * Calls `changed` when something changes in a working copy: with the path of what did, or with none where more than one
 * file may have. macOS and Windows watch a whole tree at once. Linux watches folder by folder, so only the ones that git
 * does not ignore are, told by `setFolders`; a new one is watched as soon as it is seen. `lost` is called when the system
 * watches no more (its limit is reached, the folder is gone).
 */
export function watchFiles(
  root: string,
  changed: (path: string | undefined) => void,
  lost: (error: unknown) => void,
): FilesWatch {
  const watchers = new Map<string, FSWatcher>();
  const wholeTree = process.platform !== 'linux';
  let moves = 0;
  let closed = false;

  /** Whether it is watched from now on and was not before. */
  function add(folder: string): boolean {
    if (closed || watchers.has(folder) || watchers.size >= mostFolders) return false;
    let watcher: FSWatcher;
    try {
      // Names as bytes: they need not be text.
      const options = { persistent: false, recursive: wholeTree && folder === '', encoding: 'buffer' as const };
      watcher = watch(inFolder(root, folder), options, (kind, bytes) => heard(folder, kind, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // It came and went before it could be watched.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') lost(error);
      return false;
    }
    watchers.set(folder, watcher);
    watcher.on('error', (error) => {
      drop(folder);
      moves += 1;
      if (folder === '') lost(error);
    });
    return true;
  }

  function heard(folder: string, kind: string, bytes: Buffer | null): void {
    if (!bytes) {
      changed(undefined);
      return;
    }
    const text = pathFromBytes(bytes);
    const name = wholeTree ? text.replaceAll('\\', '/') : text;
    if (name === '.git' || (wholeTree && name.startsWith('.git/'))) return;
    const path = folder === '' ? name : `${folder}/${name}`;
    if (kind === 'rename' && !wholeTree) void lookForFolder(path);
    changed(path);
  }

  function drop(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  /** A name that appeared may be a folder in which more appears at once: it is watched before anybody looks what is in it. */
  async function lookForFolder(place: string): Promise<void> {
    const entry = await lstat(inFolder(root, place)).catch(() => undefined);
    const known = watchers.has(place);
    // What stands there by that name may be another folder than the one that is watched.
    if (known) drop(place);
    const folder = entry?.isDirectory() && !unwatched.test(place);
    if (folder) await addWithInside(place);
    if (!known && !folder) return;
    moves += 1;
    changed(undefined);
  }

  /** Its subfolders too: they may have been made before it was watched, and be empty until later. */
  async function addWithInside(top: string): Promise<void> {
    const found = [top];
    for (const place of found) {
      add(place);
      const entries = await readdir(inFolder(root, place), { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
      for (const entry of entries) {
        const inside = `${place}/${pathFromBytes(entry.name)}`;
        if (entry.isDirectory() && !unwatched.test(inside) && found.length < mostInside) found.push(inside);
      }
    }
  }

  add('');
  return {
    moves: () => moves,
    besides: (folders) => [...watchers.keys()].filter((folder) => folder !== '' && !folders.has(folder)),
    setFolders(folders) {
      if (wholeTree) return 0;
      const wanted = new Set(['', ...folders]);
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) drop(folder);
      let added = 0;
      for (const folder of wanted) if (add(folder)) added += 1;
      return added;
    },
    close() {
      closed = true;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
