import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEntry } from '../../../shared/files.ts';
import type { HeldFolder } from './held-folder.ts';
import { isGitInternal, notThere, type Roots } from './roots.ts';

/** Entries looked at together: enough to keep a disk busy, few enough for the descriptors of a small machine. */
const atOnce = 32;

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export const kindOf = (stats: Stats): FileEntry['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';

export const modifiedAtOf = (stats: Stats): number => Math.trunc(stats.mtimeMs);

/** What is known of the entry `name` of a folder that is shown as `shownFolder`. NOT_FOUND when there is none. */
export async function describeEntry(
  roots: Roots,
  folder: HeldFolder,
  name: string,
  shownPath: string,
): Promise<FileEntry> {
  const at = folder.at(name);
  const own = await lstat(at).catch((error: unknown) => {
    throw notThere(shownPath, error);
  });
  let stats = own;
  let linkTo: string | null = null;
  let leadsInside = true;
  if (own.isSymbolicLink()) {
    linkTo = await readlink(at).catch(() => '');
    const real = await realpath(at).catch(() => undefined);
    leadsInside = real !== undefined && (await roots.holds(real));
    if (leadsInside) stats = await stat(at).catch(() => own);
  }
  const kind = leadsInside ? kindOf(stats) : 'link';
  return {
    path: shownPath,
    name,
    kind,
    linkTo,
    sizeBytes: kind === 'file' ? stats.size : 0,
    modifiedAt: modifiedAtOf(stats),
    writable: !isGitInternal(shownPath),
  };
}

/** A folder that is itself allowed, as it stands in the list of them. */
export async function describeRoot(path: string): Promise<FileEntry> {
  const stats = await stat(path).catch((error: unknown) => {
    throw notThere(path, error);
  });
  return {
    path,
    name: path,
    kind: kindOf(stats),
    linkTo: null,
    sizeBytes: 0,
    modifiedAt: modifiedAtOf(stats),
    writable: false,
  };
}

/**
 * A page of what is in a folder, folders first, then by name as people count. The cursor is the last entry of the page
 * before, so that what comes and goes meanwhile shifts nothing.
 */
export async function listEntries(
  roots: Roots,
  folder: HeldFolder,
  shownFolder: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ items: FileEntry[]; nextCursor: string | null }> {
  const found = await readdir(folder.self, { withFileTypes: true }).catch((error: unknown) => {
    throw notThere(shownFolder, error);
  });
  const ordered = found
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .sort((a, b) => orderOf(a, b));
  const last = page.cursor === undefined ? undefined : parseCursor(page.cursor);
  const from = last ? ordered.findIndex((entry) => orderOf(last, entry) < 0) : 0;
  const wanted = from < 0 ? [] : ordered.slice(from, from + page.limit);
  const items: FileEntry[] = [];
  for (let index = 0; index < wanted.length; index += atOnce) {
    const part = wanted.slice(index, index + atOnce).map(({ name }) =>
      // One that went meanwhile, or whose name is no text, cannot be opened.
      describeEntry(roots, folder, name, join(shownFolder, name)).catch(() => undefined),
    );
    items.push(...(await Promise.all(part)).filter((entry): entry is FileEntry => entry !== undefined));
  }
  const end = wanted.at(-1);
  const more = from >= 0 && from + wanted.length < ordered.length;
  return { items, nextCursor: more && end ? cursorOf(end) : null };
}

interface Ordered {
  name: string;
  isFolder: boolean;
}

function orderOf(a: Ordered, b: Ordered): number {
  if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1;
  return names.compare(a.name, b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const cursorOf = ({ name, isFolder }: Ordered): string => `${isFolder ? 'd' : 'f'}${name}`;
const parseCursor = (cursor: string): Ordered => ({ name: cursor.slice(1), isFolder: cursor.startsWith('d') });
