import type { HostClient } from './host/host.ts';
import type { Machine } from './machine.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import { createLogRetention } from './terminals/log-retention.ts';
import type { Terminals } from './terminals/terminals.ts';
import type { Workers } from './workers/workers.ts';
import type { Worktrees } from './worktrees/worktrees.ts';

/** Takes up what ran before this start: finds the host, and settles every row with what the host holds. */
export function createTakingUp(deps: {
  host: HostClient;
  worktrees: Worktrees;
  terminals: Terminals;
  workers: Workers;
  machine: Machine;
  /** Whether processes that no row speaks of go on: the rows are of an older day than what runs. */
  keepStrays: boolean;
  /** Days that output of ended terminals is kept. */
  terminalLogDays: () => number;
  now: () => number;
  log: OrchestratorOptions['log'];
}) {
  const { host, terminals, workers, log } = deps;
  let closing = false;
  let hostAnswers = false;
  /** States given before all of it was known; each is read again. */
  let earlyStates = 0;
  let settled = false;
  let tookUp = false;
  /** From when it is known what runs. */
  let logRetention: ReturnType<typeof createLogRetention> | undefined;

  async function takeUp(): Promise<void> {
    await host.connected;
    hostAnswers = true;
    await deps.worktrees.settle();
    await terminals.recover();
    await workers.recover();
    await endStrays();
    tookUp = true;
  }

  /** Ends processes that no row speaks of, as after the data of an older day was put back. */
  async function endStrays(): Promise<void> {
    for (const { id, endedAt } of await host.list()) {
      if (workers.isRun(id) || terminals.isTerminalProcess(id)) continue;
      if (deps.keepStrays && endedAt === undefined) {
        log.warn(
          { process: id },
          'the host holds a process that the restored data does not know; it goes on until the next start',
        );
        continue;
      }
      log.warn({ process: id }, 'the host holds a process that nobody knows; it is ended');
      if (endedAt === undefined) await host.signal(id, 'SIGKILL', { tree: true });
      host.onExit(id, () => void host.release(id));
    }
  }

  /** What could not be kept while the disk was full, as if it had been cut off by a kill: it is settled the same way. */
  async function again(): Promise<void> {
    if (closing || !tookUp) return;
    await deps.worktrees.settle();
    await terminals.settleEnded();
    await workers.recover();
  }

  const takenUp = takeUp().then(() => {
    if (closing) return;
    logRetention = createLogRetention({
      host,
      days: deps.terminalLogDays,
      removed: terminals.outputRemoved,
      now: deps.now,
      log,
    });
  });
  const ready = Promise.all([takenUp, deps.machine.look()]).then(() => {
    settled = true;
  });
  ready.catch((error: unknown) => {
    if (!closing) log.error({ error }, 'the work of before could not be taken up');
  });

  return {
    ready,
    /** Does again what could not be kept for a while. */
    again: () =>
      void again().catch((error: unknown) => {
        if (!closing) log.error({ error }, 'what could not be kept could not be taken up again');
      }),
    hostPid: () => (hostAnswers ? host.info().pid : null),
    /** Notes that a state is given; the first ones are given before all of it is known. */
    stateGiven(): void {
      if (!settled) earlyStates += 1;
    },
    /** Whether a state was given that is to be read again; each is answered for once. */
    takeEarlyState(): boolean {
      if (earlyStates === 0) return false;
      earlyStates -= 1;
      return true;
    },
    /** Ends the taking up: what is still going on is cut short, unless it is needed to stop what runs. */
    async finish(stopWorkers: boolean): Promise<void> {
      closing = true;
      if (!stopWorkers && !tookUp) await host.close();
      await takenUp.catch(() => undefined);
      if (stopWorkers && tookUp) {
        await workers.stopAll('the end of Control Room');
        await terminals.stopShells();
      }
    },
    async close(): Promise<void> {
      await logRetention?.close();
    },
  };
}
