import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import type { ById } from '../data/apply-event.ts';

/** Whether this is what a run of a worker before the present one left: to be played, not to be worked in. */
export function isEarlierRun(terminal: Terminal, workers: ById<Worker>): boolean {
  if (terminal.kind !== 'worker' || terminal.state === 'running' || !terminal.workerId) return false;
  const worker = workers[terminal.workerId];
  return worker !== undefined && worker.terminalId !== terminal.id;
}

/** The recorded terminals of a worker, one for each of its runs, the first one first. */
export function runsOf(workerId: string, terminals: ById<Terminal>): Terminal[] {
  return Object.values(terminals)
    .filter((terminal) => terminal.kind === 'worker' && terminal.workerId === workerId && terminal.recorded)
    .sort((a, b) => a.createdAt - b.createdAt);
}
