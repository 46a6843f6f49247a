import type { Message } from '../../../shared/conversation.ts';
import { AppError } from '../../../shared/errors.ts';
import type { WorkerId } from '../../../shared/ids.ts';
import { userLine } from '../claude/stream.ts';
import type { Database } from '../database/database.ts';
import type { Conversations } from './conversations.ts';
import type { Outbox } from './outbox.ts';
import type { WorkerStore } from './store.ts';
import { withState } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

/** What workers are told: kept at once, handed over when the worker can take it. */
export function createPrompts(deps: {
  database: Database;
  store: WorkerStore;
  rows: WorkerRows;
  conversations: Conversations;
  outbox: Outbox;
  now: () => number;
}) {
  const { database, store, rows, conversations, outbox, now } = deps;

  function add(id: WorkerId, text: string): Message {
    return conversations.add(id, { kind: 'prompt', text, delivery: 'queued', at: now(), parentToolUseId: null });
  }

  function markSent(message: Message, echo: boolean): void {
    if (message.kind !== 'prompt') return;
    database.transaction(() => {
      conversations.update({ ...message, delivery: 'sent' });
      if (echo) store.setAwaitsEcho(message.workerId, message.id, true);
    });
  }

  function deliver(workerId: WorkerId): void {
    const worker = store.get(workerId);
    const run = worker && store.liveRun(workerId);
    if (!worker || !run || run.intent || worker.waitingFor === 'limit') return;
    // A question open on the screen would take typed text for its answer.
    const takes = run.kind === 'headless' ? ['working', 'waiting', 'idle'] : ['working', 'idle'];
    const prompts = takes.includes(worker.state) ? store.queuedPrompts(workerId) : [];
    if (prompts.length === 0) return;
    database.transaction(() => {
      for (const prompt of prompts) {
        if (prompt.kind !== 'prompt') continue;
        store.addToOutbox(
          run.id,
          run.kind === 'headless'
            ? { type: 'write', data: userLine(prompt.text) }
            : { type: 'type', text: prompt.text },
        );
        markSent(prompt, run.kind === 'interactive');
      }
      if (run.kind === 'headless' && worker.state === 'idle')
        rows.keep(withState(rows.get(workerId), 'working', 'prompt handed over', now()));
    });
    void outbox.flush(run.id);
  }

  return {
    /** Keeps something to be said; it waits. */
    add,
    /** Says something: at once, or when the worker can take it. Refused with CONFLICT when it has ended. */
    send(id: WorkerId, text: string): Message {
      const worker = rows.get(id);
      if (worker.state === 'ended') {
        throw new AppError(
          'CONFLICT',
          `${worker.name} has ended and hears nothing. Resume it with this as its prompt: POST /api/workers/${id}/resume { "prompt": ... }.`,
          { id },
        );
      }
      const message = add(id, text);
      deliver(id);
      return store.messagesAfter(id, message.id - 1, 1)[0] ?? message;
    },
    /** Hands over prompts that wait, when the worker can take them. */
    deliver,
    /** `echo`: the worker's transcript will show it as well. */
    markSent,
    /** It did not arrive and is to be handed over again. */
    markQueued(message: Message): void {
      if (message.kind !== 'prompt') return;
      conversations.update({ ...message, delivery: 'queued' });
      store.setAwaitsEcho(message.workerId, message.id, false);
    },
  };
}
