import { isStorageTrouble } from '../database/storage-watch.ts';
import { fault } from '../fault.ts';
import type { HostClient } from '../host/host.ts';
import type { OutboxAction, WorkerStore } from './store.ts';

/** The screen takes a paste before it takes Enter; Enter in the same write would become part of the text. */
const pasteSettleMs = 150;

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * Gives processes what was decided for them, in order and once: an action is kept in the transaction that decided it,
 * written under its own id, which the host knows again after a crash of ours, and forgotten when the host has it.
 */
export function createOutbox(deps: {
  store: WorkerStore;
  host: HostClient;
  log: { warn(details: object, message: string): void };
}) {
  const { store, host, log } = deps;
  const flushing = new Map<string, Promise<void>>();

  async function give(runId: string, id: number, action: OutboxAction): Promise<void> {
    switch (action.type) {
      case 'write':
        return host.write(runId, action.data, `out-${id}`);
      case 'type':
        await host.write(runId, `\u001b[200~${action.text}\u001b[201~`, `out-${id}`);
        await new Promise((resolve) => setTimeout(resolve, pasteSettleMs));
        return host.write(runId, '\r', `out-${id}-enter`);
      case 'answer-hook':
        await host.respondHook(runId, action.hookId, 200, action.body);
        return;
      case 'close-input':
        return host.closeInput(runId);
    }
  }

  async function drain(runId: string): Promise<void> {
    for (;;) {
      const next = store.outbox(runId)[0];
      if (!next) return;
      try {
        await give(runId, next.id, next.action);
      } catch (error) {
        // Ended or lost: the exit that follows says why; what was to be said is still in the conversation.
        log.warn({ runId, action: next.action.type, error }, 'a process could not be given what was decided for it');
        store.clearOutbox(runId);
        return;
      }
      fault('outbox:given');
      store.removeFromOutbox(next.id);
    }
  }

  return {
    /** Starts giving a run what waits for it, unless that is under way. Settles when nothing is left. */
    flush(runId: string): Promise<void> {
      const under = flushing.get(runId);
      if (under) return under;
      const work = drain(runId)
        .catch((error: unknown) => {
          // The host knows what it was given: said again when there is room, it is heard once.
          if (!isStorageTrouble(error)) throw error;
          log.warn({ runId, error }, 'that a process was given something could not be kept');
        })
        .finally(() => {
          flushing.delete(runId);
        });
      flushing.set(runId, work);
      return work;
    },
    /** Settles when no action is on its way. */
    async idle(): Promise<void> {
      await Promise.all(flushing.values());
    },
  };
}
