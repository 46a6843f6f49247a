import { AppError } from '../../../shared/errors.ts';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Trouble, Worker } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import type { Conversations } from './conversations.ts';
import type { createEnder } from './ender.ts';
import type { createLimits } from './limits.ts';
import type { createPrompts } from './prompts.ts';
import type { WorkerStore } from './store.ts';
import { withoutTroubles } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

/** What a person changes of a worker that is there. */
export function createAdjusting(deps: {
  get: WorkerRows['get'];
  keep: WorkerRows['keep'];
  store: WorkerStore;
  database: Database;
  conversations: Conversations;
  limits: ReturnType<typeof createLimits>;
  prompts: ReturnType<typeof createPrompts>;
  starter: { schedule(): void };
  ender: ReturnType<typeof createEnder>;
  now: () => number;
  goOn: (id: WorkerId) => Worker;
}) {
  const { get, keep, store, database, conversations, limits, prompts, starter, ender, now, goOn } = deps;
  return {
    update(input: {
      id: WorkerId;
      name?: string | undefined;
      priority?: number | undefined;
      limits?: Limits | undefined;
    }): Worker {
      const before = get(input.id);
      const worker = keep({
        ...before,
        name: input.name ?? before.name,
        priority: input.priority ?? before.priority,
        limits: input.limits ?? before.limits,
      });
      if (input.limits === undefined) return worker;
      limits.look(worker.id);
      // What a limit had ended goes on when it is raised.
      if (worker.state === 'ended' && worker.outcome === 'limit' && !limits.reached(worker)) return goOn(worker.id);
      starter.schedule();
      return get(worker.id);
    },
    compact(id: WorkerId): Worker {
      const worker = get(id);
      if (worker.state !== 'idle') {
        throw new AppError(
          'CONFLICT',
          `${worker.name} is ${worker.state}: a conversation is compacted between two turns. Wait for its turn to end.`,
          { id, state: worker.state },
        );
      }
      prompts.send(id, '/compact');
      return keep({ ...get(id), activity: { text: 'Compacting the conversation', tool: null, at: now() } });
    },
    snoozeTrouble(id: WorkerId, kind: Trouble['kind'], until: number | null): void {
      const worker = get(id);
      const troubles = worker.troubles.map((trouble) =>
        trouble.kind === kind ? { ...trouble, snoozedUntil: until } : trouble,
      );
      keep({ ...worker, troubles });
    },
    dismissTrouble(id: WorkerId, kind: Trouble['kind']): void {
      keep(withoutTroubles(get(id), kind));
    },
    /** Has a worker that is in no turn go on with another session; a process that runs is ended and started with that one. */
    continueAs(id: WorkerId, sessionId: string, notice: string): Worker {
      const worker = get(id);
      if (worker.state !== 'idle' && worker.state !== 'ended')
        throw new AppError(
          'CONFLICT',
          `${worker.name} is ${worker.state}. Wait for the end of its turn, or interrupt it.`,
          {
            id,
            state: worker.state,
          },
        );
      database.transaction(() => {
        conversations.add(id, { kind: 'notice', level: 'info', text: notice, at: now(), parentToolUseId: null });
        keep({ ...get(id), sessionId });
        const run = store.liveRun(id);
        if (run) ender.endWith(run, { end: 'switch', kind: worker.kind }, false);
      });
      return get(id);
    },
    /** The newest thing of a kind in a worker's conversation, as text. */
    lastSaid(id: WorkerId, kind: 'prompt' | 'text'): string | null {
      const message = store.lastMessage(id, kind);
      return message && 'text' in message ? message.text : null;
    },
  };
}
