import type { ContractClient } from '../../shared/contract.ts';
import type { TerminalId } from '../../shared/ids.ts';
import type { Terminal } from '../../shared/terminals.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';

/** How long a closed shell can be taken back; as long as it is told of. */
const undoMs = 6000;

/**
 * Ends a shell that was closed, unless it is taken back in time. A worker's terminal is only put away: its worker goes on.
 * A page that is closed meanwhile leaves the shell running.
 */
export function closeShell(client: ContractClient, terminal: Terminal, takeBack: () => void): void {
  if (terminal.kind === 'worker') return;
  const remove = (): void => {
    client.terminals
      .remove({ id: terminal.id as TerminalId })
      .catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
  };
  if (terminal.state === 'exited') {
    remove();
    return;
  }
  const timer = setTimeout(remove, undoMs);
  tell(`${terminal.title} is being closed.`, {
    action: {
      label: 'Undo',
      run: () => {
        clearTimeout(timer);
        takeBack();
      },
    },
  });
}
