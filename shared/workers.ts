import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { messageSchema } from './conversation.ts';
import { projectIdSchema, terminalIdSchema, workerIdSchema, worktreeIdSchema } from './ids.ts';
import { limitsSchema } from './limits.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

export const workerKinds = ['interactive', 'headless'] as const;
export const workerStates = [
  'queued',
  'preparing',
  'starting',
  'working',
  'waiting',
  'idle',
  'ended',
  'unknown',
] as const;
export const workerStateSchema = z.enum(workerStates);
export type WorkerState = z.infer<typeof workerStateSchema>;

export const waitingForSchema = z.enum(['approval', 'question', 'plan', 'limit']);
export const outcomeSchema = z.enum(['done', 'stopped', 'failed', 'limit']);

export const permissionModeSchema = z.enum(['allowlist', 'sandbox', 'dangerous']);
export type PermissionMode = z.infer<typeof permissionModeSchema>;

/** Tokens summed once for each model message; cost is the CLI's list-price estimate in US dollars. */
export const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  costUsd: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

/** Conditions of a worker that a person should know of; at most one of each kind. */
export const troubleKinds = [
  /** The API wants a credential. */
  'login',
  /** It could not be started: worktree, CLI, folder. */
  'setup',
  /** Its process died. */
  'crash',
  /** Its turn failed. */
  'failed',
  /** It works without a sign of life. */
  'stall',
  /** It, its project or the day has used up what it may. */
  'limit',
  'limit-warning',
  /** The API refuses for now and the CLI tries again. */
  'retry',
  /** The model's window is nearly full. */
  'context',
] as const;

export const troubleSchema = z.object({
  kind: z.enum(troubleKinds),
  since: z.number(),
  text: z.string(),
  fix: z.string().nullable(),
  snoozedUntil: z.number().nullable(),
});
export type Trouble = z.infer<typeof troubleSchema>;

/** Why a worker ended or cannot go on: `AUTH` (401), `RATE_LIMITED` (429), `MODEL_NOT_FOUND`, `NOT_INSTALLED`, ... */
export const endCodeSchema = z.enum([
  'AUTH',
  'RATE_LIMITED',
  'OVERLOADED',
  'MODEL_NOT_FOUND',
  'BILLING',
  'NETWORK',
  'API_ERROR',
  'NOT_INSTALLED',
  'TOO_OLD',
  'NOT_LOGGED_IN',
  'SESSION_IN_USE',
  'SESSION_GONE',
  'WORKTREE',
  'BRANCH_GONE',
  'FOLDER_GONE',
  'HOST_LOST',
  'CRASHED',
  'LIMIT',
  'DEPENDENCY',
]);

export const workerSchema = z.object({
  id: workerIdSchema,
  name: z.string(),
  projectId: projectIdSchema,
  kind: z.enum(workerKinds),
  state: workerStateSchema,
  waitingFor: waitingForSchema.nullable(),
  /** When the present state began. */
  stateChangedAt: z.number(),
  /** The fact that set the state, in words: "hook Stop", "stream result", "process exit 0". */
  evidence: z.string(),
  outcome: outcomeSchema.nullable(),
  /** From the age of the last sign of life while it works: degraded after 30 s, unhealthy after 60 s. */
  health: z.enum(['healthy', 'degraded', 'unhealthy']),
  /** Why it is not healthy, in words: "no output for 2 min, child npm test at 0 % CPU". */
  healthReason: z.string().nullable(),
  /** What of it waits in the inbox beside its approvals. */
  troubles: z.array(troubleSchema),
  /** The CLI repeats a call that the API refused, next at `nextAt`. */
  retry: z
    .object({
      status: z.number().nullable(),
      error: z.string(),
      attempt: z.number(),
      attempts: z.number(),
      nextAt: z.number(),
    })
    .nullable(),
  /** How often it was resumed by itself since it last finished a turn, when it will be next, and why each time. */
  recovery: z.object({
    attempts: z.number(),
    nextAt: z.number().nullable(),
    history: z.array(z.object({ at: z.number(), code: endCodeSchema, reason: z.string() })),
  }),
  /** What it does now, in one line, and the tool it uses. */
  activity: z.object({ text: z.string(), tool: z.string().nullable(), at: z.number() }).nullable(),
  /** The last lines of what it said or did, oldest first, for a miniature; at most 8. */
  preview: z.array(z.string()),
  /** State changes of the last hour, oldest first; at most 60. */
  timeline: z.array(z.object({ state: workerStateSchema, at: z.number() })),
  prompt: z.string(),
  role: z.string().nullable(),
  team: z.string().nullable(),
  sessionId: z.string(),
  branch: z.string().nullable(),
  baseBranch: z.string().nullable(),
  worktreeId: worktreeIdSchema.nullable(),
  /** The folder it works in: its worktree, or the project's own folder. */
  worktreePath: z.string().nullable(),
  terminalId: terminalIdSchema.nullable(),
  pid: z.number().nullable(),
  model: z.string().nullable(),
  permissionMode: permissionModeSchema,
  allowedTools: z.array(z.string()),
  deniedTools: z.array(z.string()),
  allowNetwork: z.boolean(),
  limits: limitsSchema,
  dependsOn: z.array(workerIdSchema),
  priority: z.number(),
  /** 1 for the next to start; null unless queued. */
  queuePosition: z.number().nullable(),
  claudeVersion: z.string().nullable(),
  usage: usageSchema,
  /** Time at work until `stateChangedAt`, in milliseconds; a worker at work adds the time since. */
  workedMs: z.number(),
  contextPercent: z.number().nullable(),
  contextTokens: z.number().nullable(),
  /** How often its conversation was compacted and how many tokens that saved. */
  compactions: z.object({ count: z.number(), tokensSaved: z.number() }),
  turns: z.number(),
  /** Against the base branch, uncommitted work included; null until first looked at. */
  changes: z.object({ files: z.number(), additions: z.number(), deletions: z.number() }).nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  lastActivityAt: z.number(),
  endedAt: z.number().nullable(),
  endCode: endCodeSchema.nullable(),
  endReason: z.string().nullable(),
  restarts: z.number(),
});
export type Worker = z.infer<typeof workerSchema>;

/** Longest prompt that is taken, in characters. */
export const maxPromptLength = 2_000_000;

export const spawnWorkerInput = z.object({
  projectId: projectIdSchema,
  /** Made from the prompt when absent. */
  name: lineOf(80).optional(),
  prompt: z.string().max(maxPromptLength).optional(),
  kind: z.enum(workerKinds).default('headless'),
  /** A local branch, tag or commit; the project's default branch when absent. */
  baseBranch: lineOf(250).optional(),
  /** false: work in the project's own folder. */
  worktree: z.boolean().default(true),
  role: lineOf(50).optional(),
  team: lineOf(50).optional(),
  model: lineOf(100).optional(),
  /** The role's, else `allowlist`, when absent. */
  permissionMode: permissionModeSchema.optional(),
  /** Has to be the word "dangerous" for permission mode `dangerous`. */
  confirm: z.string().optional(),
  allowedTools: z.array(lineOf(500)).max(200).optional(),
  deniedTools: z.array(lineOf(500)).max(200).optional(),
  allowNetwork: z.boolean().optional(),
  /** The role's, else the settings' default, when absent. */
  limits: limitsSchema.optional(),
  dependsOn: z.array(workerIdSchema).max(50).default([]),
  priority: z.number().int().min(-100).max(100).default(0),
});
export type SpawnWorkerInput = z.infer<typeof spawnWorkerInput>;

/** Use of the machine by workers, by worker id. */
export const resourcesSchema = z.object({
  at: z.number(),
  workers: z.record(
    z.string(),
    z.object({
      /** Of one core: 200 is two cores. */
      cpuPercent: z.number(),
      /** Memory of its own and what it shares with others counted fully (RSS), in bytes. */
      memoryBytes: z.number(),
      processes: z.number(),
      /** The child that uses most of the CPU, as its command line begins. */
      busiest: z.object({ name: z.string(), cpuPercent: z.number() }).nullable(),
    }),
  ),
});
export type Resources = z.infer<typeof resourcesSchema>;

const workerRef = z.object({ id: workerIdSchema });

export const conversationUpdateSchema = z.discriminatedUnion('type', [
  /** A message that is new or has changed: put it in place of the one with its id. */
  z.object({ type: z.literal('message'), message: messageSchema }),
  /** The text the model is writing now, whole; replaced by a message when the block ends. Empty: nothing. */
  z.object({ type: z.literal('partial'), text: z.string() }),
]);
export type ConversationUpdate = z.infer<typeof conversationUpdateSchema>;

export const workersContract = {
  list: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/api/workers' })
    .input(pageQuery)
    .output(pageOf(workerSchema)),
  get: procedure('view').route({ method: 'GET', path: '/api/workers/{id}' }).input(workerRef).output(workerSchema),
  /** Answers with the row at once; worktree, process and first turn follow and are announced as events. */
  spawn: procedure('reply')
    .route({ method: 'POST', path: '/api/workers', successStatus: 201 })
    .input(spawnWorkerInput)
    .output(workerSchema),
  /** Forgets an ended worker and its history; its worktree stays unless removed apart. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/workers/{id}' })
    .input(workerRef)
    .output(z.object({ id: workerIdSchema })),
  /** Says something. A busy worker gets it when its turn allows; a worker that ended is refused: resume it. */
  send: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/messages', successStatus: 201 })
    .input(workerRef.extend({ text: z.string().min(1).max(maxPromptLength) }))
    .output(messageSchema),
  /** The conversation from message `after` on, oldest first. */
  messages: procedure('view')
    .route({ method: 'GET', path: '/api/workers/{id}/messages' })
    .input(
      workerRef.extend({
        after: z.coerce.number<number>().int().min(0).default(0),
        limit: z.coerce.number<number>().int().min(1).max(5000).default(1000),
      }),
    )
    .output(z.object({ items: z.array(messageSchema), nextCursor: z.number().nullable() })),
  /** The conversation live: what changed after revision `since` first (0: all), then every change. */
  conversation: procedure('view')
    .route({ method: 'GET', path: '/api/workers/{id}/conversation' })
    .input(workerRef.extend({ since: z.coerce.number<number>().int().min(0).default(0) }))
    .output(eventIterator(conversationUpdateSchema)),
  /** Ends the present turn; the worker stays. */
  interrupt: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/interrupt' })
    .input(workerRef)
    .output(workerSchema),
  /** Ends the worker: asks first, after 5 s (or at once with `force`) its whole process tree is killed. */
  stop: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/stop' })
    .input(workerRef.extend({ force: z.boolean().default(false) }))
    .output(workerSchema),
  /** Brings an ended worker back by its session id, optionally with something to say. */
  resume: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/resume' })
    .input(workerRef.extend({ prompt: z.string().min(1).max(maxPromptLength).optional() }))
    .output(workerSchema),
  /** Brings the worker back as the other kind with the same session id. A running one is ended gracefully first. */
  switchKind: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/kind' })
    .input(workerRef.extend({ kind: z.enum(workerKinds) }))
    .output(workerSchema),
  /** Changes what is given. A raised limit lets a paused worker go on. */
  update: procedure('reply')
    .route({ method: 'PATCH', path: '/api/workers/{id}' })
    .input(
      workerRef.extend({
        name: lineOf(80).optional(),
        priority: z.number().int().min(-100).max(100).optional(),
        limits: limitsSchema.optional(),
      }),
    )
    .output(workerSchema),
  /** Has the CLI compact the conversation. Refused with CONFLICT unless the worker is idle. */
  compact: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/compact' })
    .input(workerRef)
    .output(workerSchema),
  /** Lets an ended worker be: it is not resumed by itself. */
  cancelRecovery: procedure('reply')
    .route({ method: 'POST', path: '/api/workers/{id}/recovery/cancel' })
    .input(workerRef)
    .output(workerSchema),
  /** CPU and memory of the process tree of each worker that runs, every few seconds while somebody listens. */
  resources: procedure('view')
    .route({ method: 'GET', path: '/api/workers/resources' })
    .output(eventIterator(resourcesSchema)),
};

export const orchestrateContract = {
  workers: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/orchestrate/workers' })
    .input(pageQuery)
    .output(pageOf(workerSchema)),
};
