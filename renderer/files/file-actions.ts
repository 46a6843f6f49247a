import type { ContractClient } from '../../shared/contract.ts';
import type { FileEntry } from '../../shared/files.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { joinPath, nameOf, parentOf } from './file-paths.ts';
import { followMove, forgetBelow, readFolder, useFiles } from './files-store.ts';

/** What the tree does to files. Each answers whether it was done, and says why not. */
export function createFileActions(client: ContractClient) {
  async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return null;
    }
  }

  async function restore(id: string, path: string): Promise<void> {
    await attempt(() => client.files.restore({ id }));
    await readFolder(client, parentOf(path));
  }

  return {
    async make(kind: 'file' | 'folder', folder: string, name: string): Promise<FileEntry | null> {
      const path = joinPath(folder, name);
      const made = await attempt(() =>
        kind === 'folder'
          ? client.files.mkdir({ path })
          : client.files.save({ path, content: '', encoding: 'utf8', expectedModifiedAt: null }),
      );
      if (made) await readFolder(client, folder);
      return made;
    },
    async rename(entry: FileEntry, name: string): Promise<FileEntry | null> {
      const to = joinPath(parentOf(entry.path), name);
      const done = await attempt(() => client.files.rename({ from: entry.path, to }));
      if (done) {
        followMove(entry.path, to);
        await readFolder(client, parentOf(entry.path));
      }
      return done;
    },
    async duplicate(entry: FileEntry): Promise<FileEntry | null> {
      const folder = parentOf(entry.path);
      const taken = new Set(useFiles.getState().folders[folder]?.items.map(({ name }) => name));
      const copied = await attempt(() =>
        client.files.copy({ from: entry.path, to: joinPath(folder, freeName(entry.name, taken)) }),
      );
      if (copied) await readFolder(client, folder);
      return copied;
    },
    async remove(entry: FileEntry): Promise<boolean> {
      const removed = await attempt(() => client.files.remove({ query: { path: entry.path } }));
      if (!removed) return false;
      forgetBelow(entry.path);
      await readFolder(client, parentOf(entry.path));
      tell(`${nameOf(entry.path)} was deleted. It can be restored for two weeks.`, {
        action: { label: 'Undo', run: () => void restore(removed.id, entry.path) },
      });
      return true;
    },
    restore,
    purge: (id: string) => attempt(() => client.files.purge({ id })),
  };
}

export type FileActions = ReturnType<typeof createFileActions>;

/** "notes copy.md", "notes copy 2.md": a name that nobody has. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; ; number += 1) {
    const free = `${stem} copy${number === 1 ? '' : ` ${number}`}${ending}`;
    if (!taken.has(free)) return free;
  }
}
