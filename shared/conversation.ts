import * as z from 'zod';
import { workerIdSchema } from './ids.ts';

const base = {
  /** Position in the worker's conversation, from 1, without gaps. */
  id: z.number(),
  workerId: workerIdSchema,
  /** One higher in the worker at each change of any message: where to go on after a lost connection. */
  revision: z.number(),
  at: z.number(),
  /** The sub-agent's tool call this belongs to. */
  parentToolUseId: z.string().nullable(),
};

/** One entry of a worker's conversation. */
export const messageSchema = z.discriminatedUnion('kind', [
  /** What the user (or a worker) said. `queued`: not handed over yet; `sent`: handed over; `failed`: it never arrived. */
  z.object({
    ...base,
    kind: z.literal('prompt'),
    text: z.string(),
    delivery: z.enum(['queued', 'sent', 'failed']),
  }),
  z.object({ ...base, kind: z.literal('text'), text: z.string() }),
  z.object({ ...base, kind: z.literal('thinking'), text: z.string() }),
  z.object({
    ...base,
    kind: z.literal('tool'),
    toolUseId: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
    state: z.enum(['running', 'done', 'failed', 'denied']),
    /** What came back, as text; at most 200,000 characters of it are kept. */
    output: z.string().nullable(),
    durationMs: z.number().nullable(),
  }),
  /** The end of a turn. */
  z.object({
    ...base,
    kind: z.literal('turn'),
    outcome: z.enum(['completed', 'interrupted', 'failed', 'limit']),
    text: z.string().nullable(),
    durationMs: z.number().nullable(),
    costUsd: z.number().nullable(),
    inputTokens: z.number(),
    outputTokens: z.number(),
  }),
  /** Something that happened to the worker: retry, resume, compaction, end. */
  z.object({ ...base, kind: z.literal('notice'), level: z.enum(['info', 'warning', 'error']), text: z.string() }),
]);
export type Message = z.infer<typeof messageSchema>;
