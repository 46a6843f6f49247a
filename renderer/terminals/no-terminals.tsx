import { SquareTerminal } from 'lucide-react';
import { runCommand } from '../app/commands.ts';
import { Button } from '../ui/button.tsx';

/** Where no terminal is: how to get one, and what they are good for here. */
export function NoTerminals() {
  return (
    <div className="grid min-h-0 flex-1 place-items-center p-6">
      <div className="grid max-w-[420px] justify-items-center gap-3 text-center">
        <SquareTerminal size={28} aria-hidden className="text-ink-3" />
        <h2 className="text-md font-strong">No terminal is open here</h2>
        <p className="text-ink-2">
          Your own shells go on when this page is closed, and stand here as you left them. A shell beside a worker opens
          in its worktree.
        </p>
        <Button look="primary" command="terminal.new" onClick={() => runCommand('terminal.new')}>
          New terminal
        </Button>
      </div>
    </div>
  );
}
