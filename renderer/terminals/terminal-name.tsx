import { Terminal as TerminalIcon } from 'lucide-react';
import type { Terminal } from '../../shared/terminals.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { markOf } from '../data/worker-state.ts';
import { StateMark } from '../ui/state-mark.tsx';

/** Last part of a path, for where there is little room. */
export function folderName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

/** What a terminal is called: its worker's name, or its own. */
export function useTerminalName(terminal: Terminal | undefined): string {
  const worker = useStore((state) =>
    terminal?.kind === 'worker' && terminal.workerId ? state.rows.workers[terminal.workerId]?.name : undefined,
  );
  return worker ?? terminal?.title ?? 'Closed terminal';
}

/** The state of a terminal's worker, or the sign of a shell. */
export function TerminalMark({ terminal }: { terminal: Terminal | undefined }) {
  const now = useNow(15_000);
  const worker = useStore((state) =>
    terminal?.kind === 'worker' && terminal.workerId ? state.rows.workers[terminal.workerId] : undefined,
  );
  if (worker) return <StateMark mark={markOf(worker, now)} size={14} />;
  return (
    <TerminalIcon
      size={14}
      aria-hidden
      className={terminal?.state === 'exited' ? 'shrink-0 text-ink-off' : 'shrink-0 text-ink-3'}
    />
  );
}
