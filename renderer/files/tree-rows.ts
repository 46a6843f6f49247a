import type { FileEntry } from '../../shared/files.ts';
import type { FolderLook } from './files-store.ts';

/** A line of the tree. */
export type TreeRow =
  | { kind: 'entry'; key: string; depth: number; entry: FileEntry; expanded: boolean }
  /** Something below a folder that is not an entry: the rest of a long one, why it could not be read, that it is empty. */
  | { kind: 'more'; key: string; depth: number; folder: string }
  | { kind: 'said'; key: string; depth: number; folder: string; text: string; failed: boolean }
  /** The field for the name of something new. */
  | { kind: 'naming'; key: string; depth: number; folder: string; what: 'file' | 'folder' };

/** The lines of the tree below `root`, as its folders are open. Git's own folder is not shown. */
export function treeRows(
  root: string,
  folders: Readonly<Record<string, FolderLook>>,
  expanded: ReadonlySet<string>,
  naming: { folder: string; what: 'file' | 'folder' } | null,
): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (folder: string, depth: number): void => {
    if (naming?.folder === folder)
      rows.push({ kind: 'naming', key: `naming ${folder}`, depth, folder, what: naming.what });
    const look = folders[folder];
    if (!look) return;
    const shown = look.items.filter(({ name }) => name !== '.git');
    for (const entry of shown) {
      const open = entry.kind === 'folder' && expanded.has(entry.path);
      rows.push({ kind: 'entry', key: entry.path, depth, entry, expanded: open });
      if (open) add(entry.path, depth + 1);
    }
    if (look.error) {
      rows.push({ kind: 'said', key: `error ${folder}`, depth, folder, text: look.error, failed: true });
    } else if (look.nextCursor) rows.push({ kind: 'more', key: `more ${folder}`, depth, folder });
    else if (shown.length === 0 && naming?.folder !== folder)
      rows.push({ kind: 'said', key: `empty ${folder}`, depth, folder, text: 'empty', failed: false });
  };
  add(root, 0);
  return rows;
}
