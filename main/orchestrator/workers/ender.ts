import { controlLine } from '../claude/stream.ts';
import { fault } from '../fault.ts';
import type { HostClient, HostProcess } from '../host/host.ts';
import type { Outbox } from './outbox.ts';
import type { Intent, Run, WorkerStore } from './store.ts';

/** A worker that was asked to end gets this long before its process tree is killed. */
const patienceMs = 5000;

/** Ends processes of workers: first asks, then kills the whole tree. Why is kept before the process is told. */
export function createEnder(deps: {
  store: WorkerStore;
  host: HostClient;
  outbox: Outbox;
  log: { warn(details: object, message: string): void };
}) {
  const { store, host, outbox, log } = deps;
  const deadlines = new Map<string, NodeJS.Timeout>();

  async function signalTree(runId: string, signal: string): Promise<void> {
    await host
      .signal(runId, signal, { tree: true })
      .catch((error: unknown) => log.warn({ runId, signal, error }, 'a worker could not be signalled'));
  }

  /** Asks a run's process to end, or kills its tree at once. */
  function end(run: Run, force: boolean): void {
    const kill = () => {
      deadlines.delete(run.id);
      void signalTree(run.id, 'SIGKILL');
    };
    if (force) {
      kill();
      return;
    }
    if (run.kind === 'headless') {
      const state = store.get(run.workerId)?.state;
      if (state === 'working' || state === 'waiting')
        store.addToOutbox(run.id, { type: 'write', data: controlLine('interrupt-end', { subtype: 'interrupt' }) });
      store.addToOutbox(run.id, { type: 'close-input' });
      void outbox.flush(run.id);
    } else {
      void signalTree(run.id, 'SIGTERM');
    }
    if (!deadlines.has(run.id)) deadlines.set(run.id, setTimeout(kill, patienceMs));
  }

  return {
    end,
    endWith(run: Run, intent: Intent, force: boolean): void {
      store.updateRun(run.id, { intent });
      fault('stop:kept');
      end({ ...run, intent }, force);
    },
    /** Gives back what the host keeps of a run that has ended. */
    async letGo(run: Run, process: Pick<HostProcess, 'endReason' | 'signal'>): Promise<void> {
      // A CLI that was killed leaves what it started: helpers of its sandbox listen for ever. A lost host's are ended already.
      if (process.signal !== undefined && process.endReason !== 'host-lost')
        await host.signal(run.id, 'SIGTERM', { tree: true });
      // A terminal's bytes stay readable after its end; a stream's have all become rows.
      if (run.kind === 'headless') await host.release(run.id);
      fault('stop:released');
    },
    /** The process is gone: nothing is left to kill. */
    settled(runId: string): void {
      clearTimeout(deadlines.get(runId));
      deadlines.delete(runId);
    },
    close(): void {
      for (const timer of deadlines.values()) clearTimeout(timer);
    },
  };
}
