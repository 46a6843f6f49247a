import { PanelBottom } from 'lucide-react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { TerminalPane } from '../workers/terminal-pane.tsx';
import { joinPath, wayFrom } from './file-paths.ts';
import { FilesPane } from './files-pane.tsx';
import { useFiles } from './files-store.ts';

/** The files that a worker works on, and beside them, where that is wanted, its terminal or a shell in the same folder. */
export function WorkerFiles({ worker, file }: { worker: Worker; file: string | null }) {
  const { connection } = useApp();
  const project = useStore((state) => state.rows.projects[worker.projectId]);
  const terminals = useStore((state) => state.rows.terminals);
  const beside = useFiles((state) => state.terminalBeside);
  const phone = useMedia('(max-width: 639.98px)');
  const root = worker.worktreePath ?? (worker.worktreeId ? null : (project?.path ?? null));
  if (!root || worker.state === 'queued' || worker.state === 'preparing') {
    return (
      <p className="p-6 text-ink-2">Its worktree is made when it starts. Its files are shown here from then on.</p>
    );
  }
  const shell = Object.values(terminals).find(
    ({ kind, workerId, state }) => kind === 'shell' && workerId === worker.id && state === 'running',
  );
  const terminalId = worker.terminalId ?? shell?.id ?? null;
  const openShell = async (): Promise<void> => {
    try {
      await connection.client.terminals.create({ workerId: worker.id });
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
  };
  const pane = (
    <FilesPane
      key={root}
      root={root}
      path={file ? joinPath(root, file) : null}
      inWorktree={worker.worktreeId !== null}
      onOpen={(path) =>
        go({ view: 'worker', id: worker.id, tab: 'files', file: path ? wayFrom(root, path) || null : null })
      }
    />
  );
  if (phone) return pane;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Group orientation="vertical" className="min-h-0 flex-1">
        <Panel id="files" minSize={120} className="flex min-h-0 flex-col">
          {pane}
        </Panel>
        {beside && (
          <>
            <Separator className="h-px bg-hair outline-none focus-visible:bg-focus data-[separator=active]:bg-accent data-[separator=hover]:bg-hair-strong" />
            <Panel id="terminal" defaultSize="38%" minSize={80} className="flex min-h-0 flex-col">
              {terminalId ? (
                <TerminalPane terminalId={terminalId} readOnly={worker.state === 'ended' && !shell} />
              ) : (
                <div className="grid content-start justify-items-start gap-2 p-4 text-sm text-ink-2">
                  <p>A headless worker has no screen of its own.</p>
                  <Button size="sm" onClick={() => void openShell()}>
                    Open a shell in its folder
                  </Button>
                </div>
              )}
            </Panel>
          </>
        )}
      </Group>
      <div className="flex h-7 shrink-0 items-center border-t border-hair px-2">
        <Button
          look="ghost"
          size="xs"
          icon={PanelBottom}
          aria-pressed={beside}
          onClick={() => useFiles.setState({ terminalBeside: !beside })}
        >
          {beside ? 'Hide the terminal' : 'Show the terminal beside'}
        </Button>
      </div>
    </div>
  );
}
