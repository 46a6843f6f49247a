import type { Message } from '../../../shared/conversation.ts';
import type { WorkerId } from '../../../shared/ids.ts';
import type { ConversationUpdate } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import type { WorkerStore } from './store.ts';

/** Messages read from the database at once for somebody who catches up. */
const pageSize = 500;

type Draft = Message extends infer Kind
  ? Kind extends Message
    ? Omit<Kind, 'id' | 'workerId' | 'revision'>
    : never
  : never;

export type Conversations = ReturnType<typeof createConversations>;

/** What every worker said and did, kept, and told to those who watch. */
export function createConversations(deps: { database: Database; store: WorkerStore }) {
  const { database, store } = deps;
  const watchers = new Map<WorkerId, Set<(update: ConversationUpdate) => void>>();
  const partials = new Map<WorkerId, string>();

  function tell(workerId: WorkerId, update: ConversationUpdate): void {
    for (const watcher of watchers.get(workerId) ?? []) watcher(update);
  }

  function keep(workerId: WorkerId, message: Message): Message {
    const kept = store.putMessage(workerId, message);
    database.afterCommit(() => tell(workerId, { type: 'message', message: kept }));
    return kept;
  }

  return {
    add: (workerId: WorkerId, draft: Draft) => keep(workerId, { ...draft, id: 0, workerId, revision: 0 } as Message),
    /** Replaces a message by a changed copy of it. */
    update: (message: Message) => keep(message.workerId, message),
    /** The text being written now; it is shown, not kept. */
    setPartial(workerId: WorkerId, text: string): void {
      if ((partials.get(workerId) ?? '') === text) return;
      if (text) partials.set(workerId, text);
      else partials.delete(workerId);
      database.afterCommit(() => tell(workerId, { type: 'partial', text }));
    },
    /** What changed after revision `since`, then every change, until the signal ends it. */
    async *watch(
      workerId: WorkerId,
      since: number,
      signal: AbortSignal | undefined,
    ): AsyncGenerator<ConversationUpdate, void, void> {
      let waiting: ConversationUpdate[] = [];
      let wake: () => void = () => undefined;
      const watcher = (update: ConversationUpdate) => {
        // Only the newest text being written matters to somebody who is behind.
        if (update.type === 'partial' && waiting.at(-1)?.type === 'partial') waiting.pop();
        waiting.push(update);
        wake();
      };
      const set = watchers.get(workerId) ?? new Set();
      watchers.set(workerId, set.add(watcher));
      const ended = () => wake();
      signal?.addEventListener('abort', ended);
      try {
        let revision = since;
        for (;;) {
          const page = store.messagesSince(workerId, revision, pageSize);
          for (const message of page) yield { type: 'message', message };
          revision = page.at(-1)?.revision ?? revision;
          if (page.length < pageSize) break;
        }
        const partial = partials.get(workerId);
        if (partial) yield { type: 'partial', text: partial };
        while (!signal?.aborted) {
          const updates = waiting;
          waiting = [];
          for (const update of updates) {
            if (update.type === 'message' && update.message.revision <= revision) continue;
            yield update;
          }
          if (waiting.length === 0 && !signal?.aborted) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal?.removeEventListener('abort', ended);
        set.delete(watcher);
        if (set.size === 0) watchers.delete(workerId);
      }
    },
  };
}
