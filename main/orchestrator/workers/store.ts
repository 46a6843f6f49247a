import type { Message } from '../../../shared/conversation.ts';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { Usage, Worker } from '../../../shared/workers.ts';
import type { MessageTokens } from '../claude/facts.ts';
import type { StreamReaderState } from '../claude/stream.ts';
import type { Database, SqlValue } from '../database/database.ts';

/** Why a run is ended by us. Kept before the process is told, so that its end is understood after any crash. */
export type Intent =
  | { end: 'stop'; by: string }
  | { end: 'limit'; reason: string }
  | { end: 'switch'; kind: Worker['kind'] }
  | { end: 'failed'; code: NonNullable<Worker['endCode']>; reason: string };

/** One process of a worker and how far what it said has been handled. */
export interface Run {
  id: string;
  workerId: WorkerId;
  kind: Worker['kind'];
  pid: number | null;
  startedAt: number;
  endedAt: number | null;
  outputOffset: number;
  errorsOffset: number;
  hooksOffset: number;
  transcriptPath: string | null;
  transcriptOffset: number;
  costSeen: number;
  costPending: number;
  errorsTail: string;
  reader: StreamReaderState | null;
  intent: Intent | null;
  /** It ended in the middle of a turn. */
  cutOff: boolean;
}

/** A session of before that a worker goes on with, itself or in a copy. */
export interface Origin {
  sessionId: string;
  fork: boolean;
}

/** Something to be given to a process, in order. */
export type OutboxAction =
  | { type: 'write'; data: string }
  /** Text pasted into the worker's screen and sent with Enter. */
  | { type: 'type'; text: string }
  | { type: 'answer-hook'; hookId: string; body: object }
  | { type: 'close-input' };

const runColumns: Record<keyof Run, string> = {
  id: 'id',
  workerId: 'worker_id',
  kind: 'kind',
  pid: 'pid',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  outputOffset: 'output_offset',
  errorsOffset: 'errors_offset',
  hooksOffset: 'hooks_offset',
  transcriptPath: 'transcript_path',
  transcriptOffset: 'transcript_offset',
  costSeen: 'cost_seen',
  costPending: 'cost_pending',
  errorsTail: 'errors_tail',
  reader: 'reader',
  intent: 'intent',
  cutOff: 'cut_off',
};
const selectRun = `SELECT ${Object.entries(runColumns)
  .map(([field, column]) => `${column} AS ${field}`)
  .join(', ')} FROM runs`;

type StoredRun = Omit<Run, 'reader' | 'intent' | 'cutOff'> & {
  reader: string | null;
  intent: string | null;
  cutOff: 0 | 1;
};

const liveStates = "('preparing', 'starting', 'working', 'waiting', 'idle', 'unknown')";

export type WorkerStore = ReturnType<typeof createWorkerStore>;

/** The tables of workers, their runs, what is to be given to them, what they said and what it cost. */
export function createWorkerStore(database: Database) {
  const parseRow = ({ row }: { row: string }) => JSON.parse(row) as Worker;
  const parseMessage = ({ row }: { row: string }) => JSON.parse(row) as Message;
  const parseRun = (run: StoredRun): Run => ({
    ...run,
    reader: run.reader === null ? null : JSON.parse(run.reader),
    intent: run.intent === null ? null : JSON.parse(run.intent),
    cutOff: run.cutOff === 1,
  });

  const prompts = (workerId: WorkerId, delivery: 'queued' | 'sent') =>
    database
      .all<{ row: string }>(
        "SELECT row FROM messages WHERE worker_id = ? AND row ->> '$.delivery' = ? ORDER BY id",
        workerId,
        delivery,
      )
      .map(parseMessage);

  return {
    get(id: WorkerId): Worker | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM workers WHERE id = ?', id);
      return found && parseRow(found);
    },
    put(worker: Worker): void {
      database.run(
        'INSERT INTO workers (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        worker.id,
        JSON.stringify(worker),
      );
    },
    remove: (id: WorkerId) => void database.run('DELETE FROM workers WHERE id = ?', id),
    /** Newest first; `before` is the id of the last one of the page before. */
    page: (limit: number, before: WorkerId | null) =>
      database
        .all<{ row: string }>(
          `SELECT row FROM workers WHERE ?1 IS NULL OR (created_at, id) < (SELECT created_at, id FROM workers WHERE id = ?1)
           ORDER BY created_at DESC, id DESC LIMIT ?2`,
          before,
          limit,
        )
        .map(parseRow),
    live: () =>
      database
        .all<{ row: string }>(`SELECT row FROM workers WHERE state IN ${liveStates} ORDER BY created_at, id`)
        .map(parseRow),
    queued: () =>
      database
        .all<{ row: string }>("SELECT row FROM workers WHERE state = 'queued' ORDER BY created_at, id")
        .map(parseRow),
    recentlyEnded: (limit: number) =>
      database
        .all<{ row: string }>("SELECT row FROM workers WHERE state = 'ended' ORDER BY created_at DESC LIMIT ?", limit)
        .map(parseRow),
    countLive: () =>
      database.get<{ count: number }>(`SELECT count(*) AS count FROM workers WHERE state IN ${liveStates}`)?.count ?? 0,
    countMessages: () => database.get<{ count: number }>('SELECT count(*) AS count FROM messages')?.count ?? 0,
    /** The worker whose session it is; the newest, should there be several. */
    ofSession(sessionId: string): Worker | undefined {
      const found = database.get<{ row: string }>(
        'SELECT row FROM workers WHERE session_id = ? ORDER BY created_at DESC LIMIT 1',
        sessionId,
      );
      return found && parseRow(found);
    },
    sessions: () =>
      database.all<{ id: WorkerId; projectId: ProjectId; sessionId: string }>(
        'SELECT id, project_id AS projectId, session_id AS sessionId FROM workers WHERE session_id IS NOT NULL',
      ),
    /** Whose sessions these are, as far as they are a worker's; the newest one's, should there be several. */
    ownersOf: (sessionIds: readonly string[]) =>
      database.all<{ sessionId: string; id: WorkerId; projectId: ProjectId; name: string }>(
        `SELECT session_id AS sessionId, id, project_id AS projectId, name FROM workers
         WHERE session_id IN (SELECT value FROM json_each(?)) ORDER BY created_at, id`,
        JSON.stringify(sessionIds),
      ),
    /** Names of workers that have sessions, as far as they are like a pattern or hold signs it says nothing about. */
    sessionNames: (pattern: string) =>
      database.all<{ sessionId: string; name: string }>(
        `SELECT session_id AS sessionId, name FROM workers
         WHERE session_id IS NOT NULL AND (name LIKE ? ESCAPE '\\' OR octet_length(name) <> length(name))`,
        pattern,
      ),
    /** When processes took a session up that had one before. */
    resumedAt: (sessionId: string) =>
      database
        .all<{ at: number }>(
          `SELECT started_at AS at FROM runs JOIN workers ON workers.id = runs.worker_id
           WHERE session_id = ? ORDER BY started_at, runs.rowid LIMIT -1 OFFSET 1`,
          sessionId,
        )
        .map(({ at }) => at),
    setOrigin: (id: WorkerId, origin: Origin) =>
      void database.run('UPDATE workers SET origin = ? WHERE id = ?', JSON.stringify(origin), id),
    /** The session that a worker began with; undefined for an empty one. */
    getOrigin(id: WorkerId): Origin | undefined {
      const found = database.get<{ origin: string | null }>('SELECT origin FROM workers WHERE id = ?', id)?.origin;
      return found ? (JSON.parse(found) as Origin) : undefined;
    },
    ofProject: (id: ProjectId) =>
      database.all<{ row: string }>('SELECT row FROM workers WHERE project_id = ?', id).map(parseRow),

    addRun(run: Run): void {
      const fields = Object.keys(runColumns) as (keyof Run)[];
      database.run(
        `INSERT INTO runs (${fields.map((field) => runColumns[field]).join(', ')}) VALUES (${fields.map(() => '?').join(', ')})`,
        ...fields.map((field) => columnValue(run[field])),
      );
    },
    updateRun(id: string, changes: Partial<Run>): void {
      const fields = (Object.keys(changes) as (keyof Run)[]).filter((field) => changes[field] !== undefined);
      if (fields.length === 0) return;
      database.run(
        `UPDATE runs SET ${fields.map((field) => `${runColumns[field]} = ?`).join(', ')} WHERE id = ?`,
        ...fields.map((field) => columnValue(changes[field])),
        id,
      );
    },
    getRun(id: string): Run | undefined {
      const found = database.get<StoredRun>(`${selectRun} WHERE id = ?`, id);
      return found && parseRun(found);
    },
    liveRun(workerId: WorkerId): Run | undefined {
      const found = database.get<StoredRun>(`${selectRun} WHERE worker_id = ? AND ended_at IS NULL`, workerId);
      return found && parseRun(found);
    },
    lastRun(workerId: WorkerId): Run | undefined {
      const found = database.get<StoredRun>(
        `${selectRun} WHERE worker_id = ? ORDER BY started_at DESC, rowid DESC LIMIT 1`,
        workerId,
      );
      return found && parseRun(found);
    },
    countRuns: (workerId: WorkerId) =>
      database.get<{ count: number }>('SELECT count(*) AS count FROM runs WHERE worker_id = ?', workerId)?.count ?? 0,
    isRun: (id: string) => database.get('SELECT 1 FROM runs WHERE id = ?', id) !== undefined,

    addToOutbox: (runId: string, action: OutboxAction) =>
      void database.run('INSERT INTO outbox (run_id, action) VALUES (?, ?)', runId, JSON.stringify(action)),
    outbox: (runId: string) =>
      database
        .all<{ id: number; action: string }>('SELECT id, action FROM outbox WHERE run_id = ? ORDER BY id', runId)
        .map(({ id, action }) => ({ id, action: JSON.parse(action) as OutboxAction })),
    removeFromOutbox: (id: number) => void database.run('DELETE FROM outbox WHERE id = ?', id),
    clearOutbox: (runId: string) => void database.run('DELETE FROM outbox WHERE run_id = ?', runId),

    /** Keeps a message and gives it its place; with an `id` the one that has it is replaced. */
    putMessage(workerId: WorkerId, message: Message): Message {
      const { revision } = database.get<{ revision: number }>(
        'SELECT coalesce(max(revision), 0) + 1 AS revision FROM messages WHERE worker_id = ?',
        workerId,
      ) ?? { revision: 1 };
      const id =
        message.id ||
        (database.get<{ id: number }>(
          'SELECT coalesce(max(id), 0) + 1 AS id FROM messages WHERE worker_id = ?',
          workerId,
        )?.id ??
          1);
      const kept = { ...message, id, revision };
      database.run(
        `INSERT INTO messages (worker_id, id, revision, row) VALUES (?, ?, ?, ?)
         ON CONFLICT (worker_id, id) DO UPDATE SET revision = excluded.revision, row = excluded.row`,
        workerId,
        id,
        revision,
        JSON.stringify(kept),
      );
      return kept;
    },
    lastMessage(workerId: WorkerId, kind: Message['kind']): Message | undefined {
      const found = database.get<{ row: string }>(
        "SELECT row FROM messages WHERE worker_id = ? AND row ->> '$.kind' = ? ORDER BY id DESC LIMIT 1",
        workerId,
        kind,
      );
      return found && parseMessage(found);
    },
    messagesAfter: (workerId: WorkerId, after: number, limit: number) =>
      database
        .all<{ row: string }>(
          'SELECT row FROM messages WHERE worker_id = ? AND id > ? ORDER BY id LIMIT ?',
          workerId,
          after,
          limit,
        )
        .map(parseMessage),
    messagesSince: (workerId: WorkerId, revision: number, limit: number) =>
      database
        .all<{ row: string }>(
          'SELECT row FROM messages WHERE worker_id = ? AND revision > ? ORDER BY revision LIMIT ?',
          workerId,
          revision,
          limit,
        )
        .map(parseMessage),
    toolMessage(workerId: WorkerId, toolUseId: string): Message | undefined {
      const found = database.get<{ row: string }>(
        'SELECT row FROM messages WHERE worker_id = ? AND tool_use_id = ?',
        workerId,
        toolUseId,
      );
      return found && parseMessage(found);
    },
    runningTools: (workerId: WorkerId) =>
      database
        .all<{ row: string }>(
          "SELECT row FROM messages WHERE worker_id = ? AND tool_use_id IS NOT NULL AND row ->> '$.state' = 'running'",
          workerId,
        )
        .map(parseMessage),
    queuedPrompts: (workerId: WorkerId) => prompts(workerId, 'queued'),
    sentPrompts: (workerId: WorkerId) => prompts(workerId, 'sent'),
    /** The newest text the worker said. */
    lastText: (workerId: WorkerId) =>
      database.get<{ text: string }>(
        "SELECT row ->> '$.text' AS text FROM messages WHERE worker_id = ? AND row ->> '$.kind' = 'text' ORDER BY id DESC LIMIT 1",
        workerId,
      )?.text,
    setAwaitsEcho: (workerId: WorkerId, id: number, awaits: boolean) =>
      void database.run(
        'UPDATE messages SET awaits_echo = ? WHERE worker_id = ? AND id = ?',
        awaits ? 1 : 0,
        workerId,
        id,
      ),
    awaitingEcho: (workerId: WorkerId) =>
      database
        .all<{ row: string }>('SELECT row FROM messages WHERE worker_id = ? AND awaits_echo = 1 ORDER BY id', workerId)
        .map(parseMessage),

    /** Counts a model message's tokens once; a repetition can only complete them. Gives what it added. */
    countTokens(workerId: WorkerId, messageId: string, tokens: MessageTokens, model: string | null): MessageTokens {
      const before = database.get<MessageTokens>(
        `SELECT input_tokens AS inputTokens, output_tokens AS outputTokens, cache_read_tokens AS cacheReadTokens,
                cache_write_tokens AS cacheWriteTokens
         FROM message_usage WHERE worker_id = ? AND message_id = ?`,
        workerId,
        messageId,
      );
      database.run(
        `INSERT INTO message_usage (worker_id, message_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, model)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (worker_id, message_id) DO UPDATE SET
           model = coalesce(model, excluded.model),
           input_tokens = max(input_tokens, excluded.input_tokens),
           output_tokens = max(output_tokens, excluded.output_tokens),
           cache_read_tokens = max(cache_read_tokens, excluded.cache_read_tokens),
           cache_write_tokens = max(cache_write_tokens, excluded.cache_write_tokens)`,
        workerId,
        messageId,
        tokens.inputTokens,
        tokens.outputTokens,
        tokens.cacheReadTokens,
        tokens.cacheWriteTokens,
        model,
      );
      const grown = (field: keyof MessageTokens) => Math.max(0, tokens[field] - (before?.[field] ?? 0));
      return {
        inputTokens: grown('inputTokens'),
        outputTokens: grown('outputTokens'),
        cacheReadTokens: grown('cacheReadTokens'),
        cacheWriteTokens: grown('cacheWriteTokens'),
      };
    },
    /** What the turns that are over have used: the present one used the rest. */
    usedByTurns: (workerId: WorkerId) =>
      database.get<{ inputTokens: number; outputTokens: number; costUsd: number }>(
        `SELECT coalesce(sum(row ->> '$.inputTokens'), 0) AS inputTokens, coalesce(sum(row ->> '$.outputTokens'), 0) AS outputTokens,
                coalesce(sum(row ->> '$.costUsd'), 0) AS costUsd
         FROM messages WHERE worker_id = ? AND row ->> '$.kind' = 'turn'`,
        workerId,
      ) ?? { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    /** When the newest prompt was said. */
    lastPromptAt: (workerId: WorkerId) =>
      database.get<{ at: number }>(
        "SELECT row ->> '$.at' AS at FROM messages WHERE worker_id = ? AND row ->> '$.kind' = 'prompt' ORDER BY id DESC LIMIT 1",
        workerId,
      )?.at,
    /** Workers that something waits for, and those that a limit holds. */
    troubled: () =>
      database
        .all<{ row: string }>("SELECT row FROM workers WHERE json_array_length(row, '$.troubles') > 0")
        .map(parseRow),
    /** Ended workers that are to be resumed by themselves. */
    recovering: () =>
      database
        .all<{ row: string }>("SELECT row FROM workers WHERE row ->> '$.recovery.nextAt' IS NOT NULL")
        .map(parseRow),
    tokenSums: (workerId: WorkerId) =>
      database.get<Omit<Usage, 'costUsd'>>(
        `SELECT coalesce(sum(input_tokens), 0) AS inputTokens, coalesce(sum(output_tokens), 0) AS outputTokens,
                coalesce(sum(cache_read_tokens), 0) AS cacheReadTokens, coalesce(sum(cache_write_tokens), 0) AS cacheWriteTokens
         FROM message_usage WHERE worker_id = ?`,
        workerId,
      ) ?? { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  };
}

function columnValue(value: Run[keyof Run] | undefined): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null);
}
