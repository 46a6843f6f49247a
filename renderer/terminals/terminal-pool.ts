import type { TerminalId } from '../../shared/ids.ts';
import { createLiveTerminal, type LiveTerminal } from './live-terminal.ts';
import type { TerminalConnection } from './terminal-connection.ts';

/** So many that nobody looks at keep their lines, to be shown again at once; each takes up to 15 MB. */
const mostHidden = 8;

export interface TerminalPool {
  /** The terminal, to be shown; until `release` nobody takes it away. */
  take(id: TerminalId): LiveTerminal;
  /** It is not shown any more. */
  release(id: TerminalId): void;
}

const pools = new WeakMap<TerminalConnection, TerminalPool>();

/** The terminals of a page, by connection: one of each, wherever it is shown. */
export function poolOf(connection: TerminalConnection): TerminalPool {
  const known = pools.get(connection);
  if (known) return known;
  const live = new Map<TerminalId, { terminal: LiveTerminal; users: number }>();
  const pool: TerminalPool = {
    take(id) {
      const found = live.get(id) ?? { terminal: createLiveTerminal({ terminalId: id, connection }), users: 0 };
      found.users += 1;
      // Last in the order: the longest unseen goes first.
      live.delete(id);
      live.set(id, found);
      return found.terminal;
    },
    release(id) {
      const found = live.get(id);
      if (!found) return;
      found.users -= 1;
      if (found.users > 0) return;
      found.terminal.hide();
      const hidden = [...live].filter(([, { users }]) => users === 0);
      for (const [old, { terminal }] of hidden.slice(0, Math.max(0, hidden.length - mostHidden))) {
        live.delete(old);
        terminal.dispose();
      }
    },
  };
  pools.set(connection, pool);
  return pool;
}
