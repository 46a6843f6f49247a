import { FolderTree } from 'lucide-react';
import { go } from '../app/router.ts';
import { showDialog } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { Button } from '../ui/button.tsx';
import { Problem, SelectField } from '../ui/fields.tsx';
import { isBelow, nameOf } from './file-paths.ts';
import { FilesPane } from './files-pane.tsx';

/** All allowed folders, one at a time. */
export function FilesView({ path }: { path: string | null }) {
  const projects = useStore((state) => state.rows.projects);
  const worktrees = useStore((state) => state.rows.worktrees);
  const workers = useStore((state) => state.rows.workers);
  // Projects and worktrees are among the folders.
  const { value: roots, error } = useAsked(
    'folders',
    [...Object.keys(projects), ...Object.keys(worktrees)].join(' '),
    async (client, signal) => (await client.files.list({ limit: 1000 }, { signal })).items.map((item) => item.path),
  );
  const holding = path ? roots?.filter((root) => isBelow(path, root)) : roots;
  // The innermost of those that hold the file: a worktree may lie inside an allowed folder.
  const root = holding?.toSorted((a, b) => (path ? b.length - a.length : 0))[0] ?? null;
  const file = path && root && path !== root ? path : null;
  const projectPaths = new Set(Object.values(projects).map((project) => project.path));
  const worktreeOf = new Map(Object.values(worktrees).map((worktree) => [worktree.path, worktree]));
  const labelOf = (folder: string): string => {
    const worktree = worktreeOf.get(folder);
    const worker = worktree?.workerId ? workers[worktree.workerId] : undefined;
    if (worktree) return `${worker?.name ?? worktree.branch} (worktree)`;
    return projectPaths.has(folder) ? nameOf(folder) : folder;
  };
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:h-14">
        <h1 className="text-md font-strong tracking-[-.01em]">Files</h1>
        {roots && roots.length > 0 && (
          <SelectField
            icon={FolderTree}
            aria-label="Folder"
            value={root ?? ''}
            className="min-w-0"
            onChange={(event) => go({ view: 'files', path: event.target.value })}
          >
            {root === null && <option value="">Choose a folder</option>}
            {roots.map((folder) => (
              <option key={folder} value={folder}>
                {labelOf(folder)}
              </option>
            ))}
          </SelectField>
        )}
      </header>
      {error && <Problem className="m-4">{error}</Problem>}
      {roots?.length === 0 && (
        <div className="grid justify-items-start gap-3 p-6 text-ink-2">
          <p>There are no folders yet. The files of projects and of their worktrees are shown here.</p>
          <Button onClick={() => showDialog({ kind: 'add-project' })}>Add a project</Button>
        </div>
      )}
      {roots && roots.length > 0 && root === null && (
        <p className="p-6 text-ink-2">
          <code>{path}</code> is in none of the folders that may be shown. Choose one above.
        </p>
      )}
      {root && (
        <FilesPane
          key={root}
          root={root}
          path={file}
          inWorktree={worktreeOf.has(root)}
          onOpen={(next) => go({ view: 'files', path: next ?? root })}
        />
      )}
    </main>
  );
}
