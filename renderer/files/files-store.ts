import { create } from 'zustand';
import type { ContractClient } from '../../shared/contract.ts';
import type { FileEntry } from '../../shared/files.ts';
import { errorText } from '../data/error-text.ts';
import { isBelow, moved } from './file-paths.ts';

/** Text that was typed and not saved yet. */
export interface Draft {
  text: string;
  /** The time of the file it was made from; null for one that was not there. */
  modifiedAt: number | null;
}

export interface FolderLook {
  items: readonly FileEntry[];
  nextCursor: string | null;
  error: string | null;
}

interface FilesState {
  folders: Readonly<Record<string, FolderLook>>;
  /** Folders of the tree that are open. */
  expanded: readonly string[];
  /** Files in the tabs above the editor. */
  open: readonly string[];
  drafts: Readonly<Record<string, Draft>>;
  wrap: boolean;
  terminalBeside: boolean;
  /** Where to go in a file that is being opened. */
  jump: { path: string; line: number; column: number } | null;
}

const key = 'control-room.files';
/** Entries of a folder that are asked for at once. */
const pageSize = 500;
const saveAfterMs = 400;

type Kept = Pick<FilesState, 'expanded' | 'open' | 'drafts' | 'wrap' | 'terminalBeside'>;

function read(): Kept {
  const initial: Kept = { expanded: [], open: [], drafts: {}, wrap: false, terminalBeside: false };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof stored === 'object' && stored !== null ? { ...initial, ...stored } : initial;
  } catch {
    // Storage is blocked or unreadable: nothing is open.
    return initial;
  }
}

export const useFiles = create<FilesState>(() => ({ ...read(), folders: {}, jump: null }));

let timer: ReturnType<typeof setTimeout> | undefined;

function keep(): void {
  clearTimeout(timer);
  timer = undefined;
  const { expanded, open, drafts, wrap, terminalBeside } = useFiles.getState();
  try {
    localStorage.setItem(key, JSON.stringify({ expanded, open, drafts, wrap, terminalBeside } satisfies Kept));
  } catch {
    // Full or blocked: drafts hold until the page is closed, which asks first.
  }
}

useFiles.subscribe(() => {
  timer ??= setTimeout(keep, saveAfterMs);
});
addEventListener('pagehide', keep);

/** Reads a folder anew, or its next page. */
export async function readFolder(client: ContractClient, path: string, more = false): Promise<void> {
  const before = useFiles.getState().folders[path];
  try {
    const cursor = more ? (before?.nextCursor ?? undefined) : undefined;
    // As many as were shown: what one scrolled to stays there.
    const limit = more ? pageSize : Math.min(1000, Math.max(pageSize, before?.items.length ?? 0));
    const page = await client.files.list({ path, limit, ...(cursor ? { cursor } : {}) });
    setFolder(path, {
      items: more ? [...(before?.items ?? []), ...page.items] : page.items,
      nextCursor: page.nextCursor,
      error: null,
    });
  } catch (error) {
    setFolder(path, { items: before?.items ?? [], nextCursor: null, error: errorText(error) });
  }
}

function setFolder(path: string, look: FolderLook): void {
  useFiles.setState(({ folders }) => ({ folders: { ...folders, [path]: look } }));
}

export function setExpanded(path: string, open: boolean): void {
  useFiles.setState(({ expanded }) => ({
    expanded: open ? [...new Set([...expanded, path])] : expanded.filter((other) => other !== path),
  }));
}

/** Puts a file into the tabs, if it is in none. */
export function openTab(path: string): void {
  useFiles.setState(({ open }) => (open.includes(path) ? {} : { open: [...open, path] }));
}

/** Takes a file out of the tabs; what was typed in it stays. */
export function closeTab(path: string): void {
  useFiles.setState(({ open }) => ({ open: open.filter((other) => other !== path) }));
}

/** Keeps what was typed, or forgets it. */
export function setDraft(path: string, draft: Draft | null): void {
  useFiles.setState(({ drafts }) => {
    const { [path]: before, ...rest } = drafts;
    if (draft) return { drafts: { ...rest, [path]: draft } };
    return before ? { drafts: rest } : {};
  });
}

/** Follows a file or folder to its new place. */
export function followMove(from: string, to: string): void {
  useFiles.setState(({ open, expanded, drafts }) => ({
    open: open.map((path) => moved(path, from, to)),
    expanded: expanded.map((path) => moved(path, from, to)),
    drafts: Object.fromEntries(Object.entries(drafts).map(([path, draft]) => [moved(path, from, to), draft])),
  }));
}

/** Closes what was deleted. Drafts stay: it may be restored. */
export function forgetBelow(path: string): void {
  useFiles.setState(({ open, expanded }) => ({
    open: open.filter((other) => !isBelow(other, path)),
    expanded: expanded.filter((other) => !isBelow(other, path)),
  }));
}
