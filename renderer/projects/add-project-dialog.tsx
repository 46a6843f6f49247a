import { CornerLeftUp, Folder, FolderGit2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useApp } from '../app/app-context.ts';
import { showDialog, tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { setPreferences } from '../data/preferences.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, Switch, TextField } from '../ui/fields.tsx';

interface Listing {
  path: string;
  parent: string | null;
  folders: { name: string; path: string; isRepository: boolean }[];
}

/** Registers a git repository: its path typed, or found by walking the folders of the machine. */
export function AddProjectDialog() {
  const { connection } = useApp();
  const [path, setPath] = useState('');
  const [at, setAt] = useState<string | undefined>(undefined);
  const [listing, setListing] = useState<Listing | null>(null);
  const [browseError, setBrowseError] = useState<string | null>(null);
  const [trusted, setTrusted] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const ended = new AbortController();
    connection.client.projects
      .browse({ path: at }, { signal: ended.signal })
      .then((found) => {
        setListing(found);
        setBrowseError(null);
      })
      .catch((problem: unknown) => {
        if (!ended.signal.aborted) setBrowseError(errorText(problem));
      });
    return () => ended.abort();
  }, [connection, at]);

  const close = (): void => showDialog(null);
  const add = async (): Promise<void> => {
    if (!path.trim() || busy) return;
    setBusy(true);
    setError(null);
    try {
      const project = await connection.client.projects.add({ path: path.trim(), trusted });
      setPreferences({ lastProjectId: project.id });
      showDialog({ kind: 'new-worker', projectId: project.id });
      tell(`${project.name} was added.`);
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={close}
      title="Add a project"
      width={600}
      description="A git repository on the machine Control Room runs on. Its own folder is not touched: each worker gets a worktree and a branch."
    >
      <form
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <div className="grid min-h-0 gap-3 overflow-y-auto px-5 pt-3 pb-4">
          <label className="grid gap-1.5">
            <span className="text-sm text-ink-3">Path of the repository</span>
            <TextField
              mono
              autoFocus
              value={path}
              invalid={error !== null}
              placeholder={listing ? `${listing.path}/…` : ''}
              onChange={(event) => {
                setPath(event.target.value);
                setError(null);
              }}
              className="h-8"
            />
          </label>
          {error && <Problem>{error}</Problem>}
          <section aria-label="Folders" className="overflow-hidden rounded-3 bg-well ring-1 ring-inset ring-hair">
            <div className="flex h-8 items-center gap-1 border-b border-hair px-2">
              <Button
                look="ghost"
                size="sm"
                icon={CornerLeftUp}
                aria-label="One folder up"
                disabled={!listing?.parent}
                onClick={() => setAt(listing?.parent ?? undefined)}
              />
              <code className="min-w-0 truncate text-ink-2" title={listing?.path}>
                {listing?.path ?? ''}
              </code>
            </div>
            {browseError && <Problem className="m-2">{browseError}</Problem>}
            <ul className="h-56 overflow-y-auto p-1">
              {listing?.folders.length === 0 && (
                <li className="px-2 py-1.5 text-sm text-ink-3">No folder is in here.</li>
              )}
              {listing?.folders.map((folder) => (
                <li key={folder.path}>
                  <button
                    type="button"
                    className={cx(
                      'focus-inset flex h-7 w-full items-center gap-2 rounded-2 px-2 text-left max-phone:h-11',
                      path === folder.path ? 'bg-active' : 'hover:bg-hover',
                    )}
                    title={folder.isRepository ? 'A git repository: press to choose it' : 'Open this folder'}
                    onClick={() => {
                      setError(null);
                      if (folder.isRepository) setPath(folder.path);
                      else setAt(folder.path);
                    }}
                    onDoubleClick={() => setAt(folder.path)}
                  >
                    {folder.isRepository ? (
                      <FolderGit2 size={14} aria-hidden className="shrink-0 text-accent-text" />
                    ) : (
                      <Folder size={14} aria-hidden className="shrink-0 text-ink-3" />
                    )}
                    <span className="min-w-0 flex-1 truncate">{folder.name}</span>
                    {folder.isRepository && <span className="text-xs text-ink-3">repository</span>}
                  </button>
                </li>
              ))}
            </ul>
          </section>
          <label className="flex items-start gap-3">
            <Switch
              checked={trusted}
              onCheckedChange={setTrusted}
              aria-label="Trust this repository"
              className="mt-0.5 relative h-4 w-7 shrink-0 rounded-full bg-off data-[state=checked]:bg-accent"
            />
            <span>
              Trust this repository
              <span className="block text-sm text-ink-3">
                Its own Claude settings, hooks and MCP servers run in its workers. Leave it off for code you have not
                read: a hook is a program that runs with your rights.
              </span>
            </span>
          </label>
        </div>
        <div className="flex shrink-0 justify-end gap-2 border-t border-hair px-5 py-3">
          <Button look="ghost" keys="Escape" className="max-phone:h-12" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            look="primary"
            className="max-phone:h-12 max-phone:flex-1"
            disabled={!path.trim() || busy}
          >
            {busy ? 'Adding…' : 'Add project'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
