import { Terminal, X } from 'lucide-react';
import { useState } from 'react';
import type { TerminalId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { TerminalPane } from './terminal-pane.tsx';

/** The user's own shell. */
export function ShellView({ id }: { id: string }) {
  const { connection } = useApp();
  const terminal = useStore((state) => state.rows.terminals[id]);
  const [error, setError] = useState<string | null>(null);
  if (!terminal) {
    return (
      <main className="grid content-start justify-items-start gap-3 p-6 text-ink-2">
        <h1 className="text-lg font-strong text-ink">This terminal is closed</h1>
        <p>A terminal lives until it is closed or its machine restarts.</p>
        <Button onClick={() => go({ view: 'board' })}>To the board</Button>
      </main>
    );
  }
  const close = async (): Promise<void> => {
    try {
      await connection.client.terminals.remove({ id: terminal.id as TerminalId });
      go({ view: 'board' }, true);
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-2.5 border-b border-hair px-4">
        <Terminal size={16} aria-hidden className="shrink-0 text-ink-3" />
        <h1 className="truncate text-md font-strong">{terminal.title}</h1>
        <code className="min-w-0 truncate text-ink-3" title={terminal.cwd}>
          {terminal.cwd}
        </code>
        <Button
          size="sm"
          icon={X}
          className="ml-auto"
          title="Ends the shell and everything that runs in it"
          onClick={() => void close()}
        >
          Close terminal
        </Button>
      </div>
      {error && <Problem className="m-3">{error}</Problem>}
      {terminal.state === 'exited' && (
        <p role="status" className="border-b border-hair bg-surface px-4 py-2 text-sm text-ink-2">
          The shell ended{terminal.exitCode !== null ? ` with exit code ${terminal.exitCode}` : ''}. Its last screen
          stays until it is closed.
        </p>
      )}
      <TerminalPane terminalId={terminal.id} readOnly={terminal.state === 'exited'} />
    </main>
  );
}
