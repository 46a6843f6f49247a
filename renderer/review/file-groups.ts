import { readablePath } from '../../shared/repository-path.ts';
import type { ReviewFile } from '../../shared/review.ts';

/** A line of the list of changed files. */
export type FileRow =
  | { kind: 'folder'; key: string; folder: string; count: number; closed: boolean }
  | { kind: 'file'; key: string; file: ReviewFile; name: string };

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Files in the order they are read in: folder by folder, those at the top first. */
export function inReadingOrder(files: readonly ReviewFile[]): ReviewFile[] {
  const order = new Intl.Collator('en', { numeric: true });
  return [...files].sort((a, b) => order.compare(folderOf(a.path), folderOf(b.path)) || order.compare(a.path, b.path));
}

/** The files that fit what was typed: every word stands somewhere in the path. */
export function fitting(files: readonly ReviewFile[], typed: string): ReviewFile[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...files];
  return files.filter(({ path, oldPath }) => {
    const text = readablePath(`${path} ${oldPath ?? ''}`).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The list's lines: a heading for each folder, its files below it. Files have to be in reading order. */
export function fileRows(files: readonly ReviewFile[], closed: ReadonlySet<string>): FileRow[] {
  const rows: FileRow[] = [];
  const headings = new Map<string, Extract<FileRow, { kind: 'folder' }>>();
  for (const file of files) {
    const folder = folderOf(file.path);
    let heading = headings.get(folder);
    if (!heading) {
      heading = { kind: 'folder', key: `folder ${folder}`, folder, count: 0, closed: closed.has(folder) };
      headings.set(folder, heading);
      rows.push(heading);
    }
    heading.count += 1;
    if (!heading.closed)
      rows.push({ kind: 'file', key: file.path, file, name: file.path.slice(folder ? folder.length + 1 : 0) });
  }
  return rows;
}
