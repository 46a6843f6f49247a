import * as z from 'zod';
import { projectIdSchema, sessionIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';

/** What of a session a change is told by. */
export const sessionSummarySchema = z.object({
  title: z.string(),
  projectId: projectIdSchema.nullable(),
  branch: z.string().nullable(),
  model: z.string().nullable(),
  turns: z.number(),
  messages: z.number(),
  /** In and out, with what came from and went to the cache. */
  tokens: z.number(),
  costUsd: z.number(),
  /** How many files it touched. */
  files: z.number(),
  tags: z.array(z.string()),
  pinned: z.boolean(),
  archived: z.boolean(),
  /** `kept`: its file is gone; the index still has it. */
  state: z.enum(['present', 'kept']),
});
export type SessionSummary = z.infer<typeof sessionSummarySchema>;

/**
 * One change of a session. Changes of a session that is being written are told together, at most one every ten seconds, and
 * those of five minutes are one entry of the feed.
 */
export const sessionDeltaSchema = z.object({
  /** Place in the one order of all changes: higher than those before. */
  seq: z.number(),
  kind: z.enum(['created', 'updated', 'deleted']),
  sessionId: sessionIdSchema,
  before: sessionSummarySchema.nullable(),
  after: sessionSummarySchema.nullable(),
  /** When the first of the changes told together was seen, and the last. */
  firstAt: z.number(),
  at: z.number(),
});
export type SessionDelta = z.infer<typeof sessionDeltaSchema>;

export const sessionChangesContract = {
  /** Changes after `since` (a `seq`), oldest first; without it the newest page, newest first, from `before` on. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/deltas' })
    .input(
      z.object({
        since: z.coerce.number<number>().int().min(0).optional(),
        before: z.coerce.number<number>().int().min(1).optional(),
        sessionId: sessionIdSchema.optional(),
        limit: z.coerce.number<number>().int().min(1).max(500).default(100),
      }),
    )
    .output(
      z.object({
        items: z.array(sessionDeltaSchema),
        /** Give it as `since` (or `before`) to go on; null when there is no more now. */
        nextCursor: z.number().nullable(),
        /** The oldest change that is still kept; older ones were dropped. */
        firstSeq: z.number(),
      }),
    ),
};
