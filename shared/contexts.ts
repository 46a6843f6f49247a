import * as z from 'zod';
import { contextIdSchema, projectIdSchema, sessionIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';
import { recordRoles } from './record-roles.ts';
import { workerSchema } from './workers.ts';

/** What of a session goes into a context: its prompts and answers, or single records. */
export const contextPartSchema = z.object({
  sessionId: sessionIdSchema,
  /** Indexes of records; null: every prompt and answer of the session, without what tools and sub-agents said. */
  indexes: z.array(z.number().int().min(1)).min(1).max(5000).nullable(),
});
export type ContextPart = z.infer<typeof contextPartSchema>;

/** Tokens are estimated: four letters of a Latin text each, nearly one for each character of scripts without an alphabet. */
const budgetTokens = z.number().int().min(500).max(1_000_000);
const parts = z.array(contextPartSchema).min(1).max(200);

/** Chosen messages or whole sessions, to be given to a new worker. It is read anew from the sessions each time it is used. */
export const contextSchema = z.object({
  id: contextIdSchema,
  name: z.string(),
  parts: z.array(contextPartSchema),
  budgetTokens: z.number(),
  createdAt: z.number(),
  changedAt: z.number(),
});
export type Context = z.infer<typeof contextSchema>;

/** A context as a worker gets it. */
export const builtContextSchema = z.object({
  text: z.string(),
  /** Estimated. */
  tokens: z.number(),
  /** Messages whose middle was left out to fit; each place is marked in the text. */
  cut: z.number(),
  messages: z.array(
    z.object({
      sessionId: sessionIdSchema,
      title: z.string(),
      index: z.number(),
      role: z.enum(recordRoles),
      toolName: z.string().nullable(),
      text: z.string(),
    }),
  ),
  /** Sessions of it that are not there any more. */
  missing: z.array(sessionIdSchema),
});
export type BuiltContext = z.infer<typeof builtContextSchema>;

const contextRef = z.object({ id: contextIdSchema });

export const contextsContract = {
  list: procedure('view')
    .route({ method: 'GET', path: '/api/contexts' })
    .output(z.object({ items: z.array(contextSchema) })),
  /** Keeps a new one, or changes the one with this id. */
  save: procedure('reply')
    .route({ method: 'POST', path: '/api/contexts' })
    .input(z.object({ id: contextIdSchema.optional(), name: lineOf(80), parts, budgetTokens }))
    .output(contextSchema),
  remove: procedure('reply')
    .route({ method: 'DELETE', path: '/api/contexts/{id}' })
    .input(contextRef)
    .output(contextRef),
  /** The text of parts that need not be kept. More than the budget holds even when it is shortened is refused. */
  build: procedure('view')
    .route({ method: 'POST', path: '/api/contexts/build' })
    .input(z.object({ parts, budgetTokens }))
    .output(builtContextSchema),
  get: procedure('view')
    .route({ method: 'GET', path: '/api/contexts/{id}' })
    .input(contextRef)
    .output(contextSchema.extend({ built: builtContextSchema })),
  /** A new worker whose first prompt begins with the context. */
  start: procedure('reply')
    .route({ method: 'POST', path: '/api/contexts/{id}/start' })
    .input(
      contextRef.extend({
        projectId: projectIdSchema,
        name: lineOf(80),
        prompt: z.string().trim().min(1).max(1_000_000),
        worktree: z.boolean().default(true),
      }),
    )
    .output(workerSchema),
};
