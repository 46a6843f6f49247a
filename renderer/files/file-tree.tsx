import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight, File, FileSymlink, Folder, FolderOpen } from 'lucide-react';
import { ContextMenu } from 'radix-ui';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { FileEntry } from '../../shared/files.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { cx } from '../ui/cx.ts';
import { menuItem, menuLook } from '../ui/menu-item.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import type { FileActions } from './file-actions.ts';
import { foldersTo, nameOf, parentOf } from './file-paths.ts';
import { readFolder, setExpanded, useFiles } from './files-store.ts';
import { NameField } from './name-field.tsx';
import { type TreeRow, treeRows } from './tree-rows.ts';

const rowHeight = 26;
const touchRowHeight = 44;
const indent = 14;

export type Naming = { folder: string; what: 'file' | 'folder' } | null;

/** The folders and files below `root`; what is open here is kept up to date by the machine itself. */
export function FileTree({
  root,
  path,
  actions,
  naming,
  onNaming,
  onOpen,
}: {
  root: string;
  /** The file that is open. */
  path: string | null;
  actions: FileActions;
  naming: Naming;
  onNaming: (naming: Naming) => void;
  onOpen: (path: string) => void;
}) {
  const { connection } = useApp();
  const folders = useFiles((state) => state.folders);
  const expandedList = useFiles((state) => state.expanded);
  const drafts = useFiles((state) => state.drafts);
  const mayWrite = useStore((state) => allows(state.access, 'approve'));
  const expanded = useMemo(() => new Set(expandedList), [expandedList]);
  const rows = useMemo(() => treeRows(root, folders, expanded, naming), [root, folders, expanded, naming]);
  const [at, setAt] = useState<string | null>(path);
  const [renaming, setRenaming] = useState<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const touch = window.matchMedia('(hover: none)').matches;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => (touch ? touchRowHeight : rowHeight),
    overscan: 20,
    getItemKey: (index) => rows[index]?.key ?? index,
  });

  // The file that is open is shown: the folders above it open.
  useEffect(() => {
    if (!path) return;
    setAt(path);
    for (const folder of foldersTo(root, path)) setExpanded(folder, true);
  }, [root, path]);
  const index = rows.findIndex(({ key }) => key === at);
  // It is brought into view when it becomes another one.
  useOnChange(() => {
    if (index >= 0) virtual.scrollToIndex(index);
  }, [at]);

  const entries = rows.filter((row) => row.kind === 'entry');
  const current = entries.find(({ key }) => key === at);
  const watched = useMemo(
    () => [root, ...rows.flatMap((row) => (row.kind === 'entry' && row.expanded ? [row.entry.path] : []))],
    [root, rows],
  );

  function press(entry: FileEntry): void {
    setAt(entry.path);
    if (entry.kind === 'folder') setExpanded(entry.path, !expanded.has(entry.path));
    else if (entry.kind === 'file') onOpen(entry.path);
    else
      tell(
        entry.kind === 'link'
          ? 'This link leads out of the allowed folders, or nowhere.'
          : 'This is no file that can be opened.',
      );
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    const place = current ? entries.indexOf(current) : -1;
    const step = (to: number): void => setAt(entries[Math.max(0, Math.min(entries.length - 1, to))]?.key ?? null);
    const entry = current?.entry;
    switch (event.key) {
      case 'ArrowDown':
        step(place + 1);
        break;
      case 'ArrowUp':
        step(place - 1);
        break;
      case 'Home':
        step(0);
        break;
      case 'End':
        step(entries.length - 1);
        break;
      case 'ArrowRight':
        if (entry?.kind === 'folder' && !current?.expanded) setExpanded(entry.path, true);
        else step(place + 1);
        break;
      case 'ArrowLeft':
        if (entry && current?.expanded) setExpanded(entry.path, false);
        else if (entry && parentOf(entry.path) !== root) setAt(parentOf(entry.path));
        break;
      case 'Enter':
      case ' ':
        if (entry) press(entry);
        break;
      case 'F2':
        if (entry?.writable && mayWrite) setRenaming(entry.path);
        break;
      case 'Delete':
        if (entry?.writable && mayWrite) void actions.remove(entry);
        break;
      default: {
        // Typing a letter goes to the next name that begins with it.
        if (event.key.length !== 1) return;
        const wanted = event.key.toLowerCase();
        const after = [...entries.slice(place + 1), ...entries.slice(0, place + 1)];
        const found = after.find(({ entry: { name } }) => name.toLowerCase().startsWith(wanted));
        if (!found) return;
        setAt(found.key);
      }
    }
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      ref={place}
      role="tree"
      aria-label={`Files of ${nameOf(root)}`}
      tabIndex={0}
      aria-activedescendant={current ? rowId(current.key) : undefined}
      onKeyDown={onKeyDown}
      className="group/tree focus-inset min-h-0 flex-1 overflow-y-auto px-2 py-1 outline-none"
    >
      {watched.map((folder) => (
        <FolderWatch key={folder} path={folder} />
      ))}
      <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {row.kind === 'entry' && renaming !== row.entry.path ? (
                <EntryRow
                  row={row}
                  on={row.entry.path === path}
                  current={row.key === at}
                  unsaved={drafts[row.entry.path] !== undefined}
                  mayWrite={mayWrite}
                  onPress={() => press(row.entry)}
                  onRename={() => setRenaming(row.entry.path)}
                  onNew={(what) => {
                    const folder = row.entry.kind === 'folder' ? row.entry.path : parentOf(row.entry.path);
                    if (folder !== root) setExpanded(folder, true);
                    onNaming({ folder, what });
                  }}
                  actions={actions}
                />
              ) : row.kind === 'entry' ? (
                <NameField
                  depth={row.depth}
                  label={`New name of ${row.entry.name}`}
                  initial={row.entry.name}
                  onDone={async (name) => {
                    setRenaming(null);
                    place.current?.focus();
                    if (!name || name === row.entry.name) return;
                    const renamed = await actions.rename(row.entry, name);
                    if (renamed) setAt(renamed.path);
                    if (renamed && row.entry.path === path) onOpen(renamed.path);
                  }}
                />
              ) : row.kind === 'naming' ? (
                <NameField
                  depth={row.depth}
                  label={row.what === 'file' ? 'Name of the new file' : 'Name of the new folder'}
                  initial=""
                  onDone={async (name) => {
                    onNaming(null);
                    place.current?.focus();
                    if (!name) return;
                    const made = await actions.make(row.what, row.folder, name);
                    if (!made) return;
                    setAt(made.path);
                    if (row.what === 'file') onOpen(made.path);
                  }}
                />
              ) : row.kind === 'more' ? (
                <button
                  type="button"
                  className="focus-inset h-full rounded-2 px-2 text-sm text-accent-text"
                  style={{ marginLeft: row.depth * indent }}
                  onClick={() => void readFolder(connection.client, row.folder, true)}
                >
                  More…
                </button>
              ) : (
                <p
                  className={cx('truncate px-2 text-sm leading-[26px]', row.failed ? 'text-failed' : 'text-ink-3')}
                  style={{ paddingLeft: row.depth * indent + 22 }}
                  title={row.text}
                >
                  {row.text}
                </p>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const rowId = (key: string): string => `file-${encodeURIComponent(key)}`;

function EntryRow({
  row,
  on,
  current,
  unsaved,
  mayWrite,
  onPress,
  onRename,
  onNew,
  actions,
}: {
  row: Extract<TreeRow, { kind: 'entry' }>;
  on: boolean;
  current: boolean;
  unsaved: boolean;
  mayWrite: boolean;
  onPress: () => void;
  onRename: () => void;
  onNew: (what: 'file' | 'folder') => void;
  actions: FileActions;
}) {
  const { entry, depth, expanded } = row;
  const Icon = entry.linkTo !== null ? FileSymlink : entry.kind !== 'folder' ? File : expanded ? FolderOpen : Folder;
  const Chevron = expanded ? ChevronDown : ChevronRight;
  const may = mayWrite && entry.writable;
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger asChild>
        {/* biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names this line */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the tree answers the keys */}
        <div
          id={rowId(row.key)}
          role="treeitem"
          aria-level={depth + 1}
          aria-selected={on}
          aria-expanded={entry.kind === 'folder' ? expanded : undefined}
          title={entry.linkTo !== null ? `${entry.name} → ${entry.linkTo}` : entry.name}
          onClick={onPress}
          style={{ paddingLeft: depth * indent + 4 }}
          className={cx(
            'flex h-full items-center gap-1.5 rounded-2 pr-2 text-sm',
            on ? 'bg-active' : 'hover:bg-hover',
            current && 'group-focus/tree:ring-1 group-focus/tree:ring-focus group-focus/tree:ring-inset',
            (entry.kind === 'link' || entry.kind === 'other') && 'text-ink-3',
          )}
        >
          {entry.kind === 'folder' ? (
            <Chevron size={12} strokeWidth={2.6} aria-hidden className="shrink-0 text-ink-3" />
          ) : (
            <span className="w-3 shrink-0" />
          )}
          <Icon size={14} aria-hidden className="shrink-0 text-ink-3" />
          <span className="min-w-0 flex-1 truncate">{entry.name}</span>
          {unsaved && <span role="img" aria-label="not saved" className="size-1.5 shrink-0 rounded-full bg-accent" />}
        </div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={menuLook}>
          <ContextMenu.Item className={menuItem} disabled={!may} onSelect={() => onNew('file')}>
            New file…
          </ContextMenu.Item>
          <ContextMenu.Item className={menuItem} disabled={!may} onSelect={() => onNew('folder')}>
            New folder…
          </ContextMenu.Item>
          <ContextMenu.Separator className="my-1 h-px bg-hair" />
          <ContextMenu.Item className={menuItem} disabled={!may} onSelect={onRename}>
            <span className="flex-1">Rename…</span>
            <span className="text-xs text-ink-3">F2</span>
          </ContextMenu.Item>
          <ContextMenu.Item className={menuItem} disabled={!may} onSelect={() => void actions.duplicate(entry)}>
            Duplicate
          </ContextMenu.Item>
          <ContextMenu.Item
            className={menuItem}
            onSelect={() =>
              void writeClipboard(entry.path).then((done) =>
                tell(done ? 'The path is copied.' : `The clipboard is not allowed here. The path: ${entry.path}`),
              )
            }
          >
            Copy path
          </ContextMenu.Item>
          <ContextMenu.Separator className="my-1 h-px bg-hair" />
          <ContextMenu.Item
            className={cx(menuItem, 'text-failed')}
            disabled={!may}
            onSelect={() => void actions.remove(entry)}
          >
            <span className="flex-1">Delete</span>
            <span className="text-xs text-ink-3">Del</span>
          </ContextMenu.Item>
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

/** Reads an open folder, and again whenever something in it changes. */
function FolderWatch({ path }: { path: string }) {
  const { connection } = useApp();
  const { value, error } = useStream(path, (client, signal) => client.files.watch({ path }, { signal }));
  // Where the system does not watch it is read once.
  const at = value?.at ?? (error ? 0 : null);
  useEffect(() => {
    if (at !== null) void readFolder(connection.client, path);
  }, [connection, path, at]);
  return null;
}
