import { FilePlus, FolderPlus, Search, Trash2, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { allows } from '../../shared/access.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { tell } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Segments, TextField } from '../ui/fields.tsx';
import { createFileActions } from './file-actions.ts';
import { NameFinder, TextFinder } from './file-finder.tsx';
import { isBelow, nameOf, parentOf } from './file-paths.ts';
import { FileTree, type Naming } from './file-tree.tsx';
import { closeTab, openTab, setDraft, useFiles } from './files-store.ts';
import { OpenFile } from './open-file.tsx';
import { RemovedFiles } from './removed-files.tsx';

/** The files below a folder: tree and search on the left, the open one beside it; one after the other on a phone. */
export function FilesPane({
  root,
  path,
  inWorktree,
  onOpen,
}: {
  root: string;
  path: string | null;
  inWorktree: boolean;
  /** Goes to a file, or with null to none. */
  onOpen: (path: string | null) => void;
}) {
  const { connection } = useApp();
  const narrow = useMedia('(max-width: 760px)');
  const actions = useMemo(() => createFileActions(connection.client), [connection]);
  const mayWrite = useStore((state) => allows(state.access, 'approve'));
  const [shows, setShows] = useState<'tree' | 'text' | 'removed'>('tree');
  const [wanted, setWanted] = useState('');
  const [found, setFound] = useState<readonly string[]>([]);
  const [at, setAt] = useState(0);
  const [naming, setNaming] = useState<Naming>(null);
  const finder = useRef<HTMLInputElement>(null);
  const open = (file: string, line?: number, column = 1): void => {
    openTab(file);
    if (line !== undefined) useFiles.setState({ jump: { path: file, line, column } });
    setWanted('');
    onOpen(file);
  };
  useEffect(() => {
    if (path) openTab(path);
  }, [path]);
  useCommand('file.find', () => {
    setShows('tree');
    if (narrow && path) onOpen(null);
    requestAnimationFrame(() => finder.current?.focus());
  });
  useCommand('file.search', () => {
    setShows('text');
    if (narrow && path) onOpen(null);
  });
  const sidebar = (
    <section
      aria-label="Files"
      className={cx('flex min-h-0 min-w-0 flex-col bg-app', !narrow && 'border-r border-hair')}
    >
      <div className="flex h-9 shrink-0 items-center gap-1 border-b border-hair px-2 max-phone:h-12">
        <Segments
          label="What is shown"
          small
          value={shows}
          onChange={setShows}
          options={[
            { value: 'tree', label: 'Files' },
            { value: 'text', label: <Search size={13} aria-hidden />, title: 'Search in the files' },
            { value: 'removed', label: <Trash2 size={13} aria-hidden />, title: 'Deleted files' },
          ]}
        />
        <span className="flex-1" />
        {mayWrite && shows === 'tree' && (
          <>
            <Button
              look="ghost"
              size="sm"
              icon={FilePlus}
              aria-label="New file"
              className="max-phone:size-11"
              onClick={() => setNaming({ folder: root, what: 'file' })}
            />
            <Button
              look="ghost"
              size="sm"
              icon={FolderPlus}
              aria-label="New folder"
              className="max-phone:size-11"
              onClick={() => setNaming({ folder: root, what: 'folder' })}
            />
          </>
        )}
      </div>
      {shows === 'tree' && (
        <>
          <div className="shrink-0 px-3 py-2">
            <TextField
              ref={finder}
              aria-label="Go to a file"
              placeholder="Go to a file…"
              value={wanted}
              maxLength={300}
              className="w-full"
              onChange={(event) => {
                setWanted(event.target.value);
                setAt(0);
              }}
              onKeyDown={(event) => {
                if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
                else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
                else if (event.key === 'Enter') {
                  const chosen = found[at];
                  if (chosen) open(chosen);
                } else if (event.key === 'Escape') setWanted('');
                else return;
                event.preventDefault();
              }}
            />
          </div>
          {wanted.trim() ? (
            <NameFinder root={root} query={wanted} at={at} onFound={setFound} onOpen={open} />
          ) : (
            <FileTree
              key={root}
              root={root}
              path={path}
              actions={actions}
              naming={naming}
              onNaming={setNaming}
              onOpen={open}
            />
          )}
        </>
      )}
      {shows === 'text' && <TextFinder root={root} onOpen={open} />}
      {shows === 'removed' && <RemovedFiles root={root} actions={actions} />}
    </section>
  );
  const beside = path ? (
    <div className="flex min-h-0 min-w-0 flex-col">
      <Tabs root={root} path={path} onOpen={onOpen} />
      <OpenFile
        key={path}
        root={root}
        path={path}
        inWorktree={inWorktree}
        onBack={narrow ? () => onOpen(null) : null}
      />
    </div>
  ) : (
    <div className="grid content-center justify-items-center gap-1 p-6 text-center text-ink-3">
      <p>Choose a file, or type a part of its name.</p>
      <p className="text-sm">What is deleted here can be restored for two weeks.</p>
    </div>
  );
  if (narrow) return <div className="grid min-h-0 min-w-0 flex-1">{path ? beside : sidebar}</div>;
  return (
    <div className="grid min-h-0 min-w-0 flex-1 grid-cols-[264px_minmax(0,1fr)]">
      {sidebar}
      {beside}
    </div>
  );
}

function Tabs({ root, path, onOpen }: { root: string; path: string; onOpen: (path: string | null) => void }) {
  const all = useFiles((state) => state.open);
  const drafts = useFiles((state) => state.drafts);
  const open = all.filter((other) => isBelow(other, root));
  const names = new Map<string, number>();
  for (const file of open) names.set(nameOf(file), (names.get(nameOf(file)) ?? 0) + 1);
  const close = (file: string): void => {
    const draft = drafts[file];
    closeTab(file);
    if (draft)
      tell(`${nameOf(file)} was not saved. What you typed is kept.`, {
        action: {
          label: 'Forget it',
          run: () => setDraft(file, null),
        },
      });
    if (file !== path) return;
    const index = open.indexOf(file);
    onOpen(open[index + 1] ?? open[index - 1] ?? null);
  };
  useCommand('file.close', () => close(path));
  if (open.length < 2) return null;
  return (
    <nav
      aria-label="Open files"
      className="flex h-8 shrink-0 overflow-x-auto border-b border-hair bg-rail [scrollbar-width:none] max-phone:h-11"
    >
      {open.map((file) => (
        <span
          key={file}
          className={cx(
            'flex shrink-0 items-center gap-1 border-r border-hair pr-1 pl-3 text-sm',
            file === path ? 'bg-app text-ink' : 'text-ink-3 hover:text-ink-2',
          )}
        >
          <button
            type="button"
            title={file}
            aria-current={file === path ? 'page' : undefined}
            className="focus-inset h-full"
            onClick={() => onOpen(file)}
            onAuxClick={(event) => event.button === 1 && close(file)}
          >
            {(names.get(nameOf(file)) ?? 0) > 1 && <span className="text-ink-3">{nameOf(parentOf(file))}/</span>}
            {nameOf(file)}
            {drafts[file] && (
              <span role="img" aria-label="not saved" className="ml-1.5 inline-block size-1.5 rounded-full bg-accent" />
            )}
          </button>
          <Button
            look="ghost"
            size="xs"
            icon={X}
            aria-label={`Close ${nameOf(file)}`}
            className="size-5! max-phone:size-11!"
            onClick={() => close(file)}
          />
        </span>
      ))}
    </nav>
  );
}
