import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { sessionIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';

export const compressionEngines = ['ollama', 'claude', 'extractive'] as const;
export type CompressionEngine = (typeof compressionEngines)[number];

export const compressionPresets = ['fast', 'balanced', 'quality'] as const;
export type CompressionPreset = (typeof compressionPresets)[number];

const compressionId = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'is not an id');

const pointSchema = z.object({
  text: z.string(),
  /** The record it was taken from; null where a model wrote it. */
  index: z.number().nullable(),
});
export type CompressionPoint = z.infer<typeof pointSchema>;

/**
 * How much of the session the result holds, told by words alone, so that it is the same for every engine: it says nothing
 * of whether a sentence is true.
 */
export const qualitySchema = z.object({
  /** The harmonic mean of the two, from 0 to 1. */
  score: z.number(),
  /** How much of the weight of the session's sixty most characteristic words stands in the result. */
  coverage: z.number(),
  /** How many of the result's different words were said in the session. */
  grounding: z.number(),
});

/** A session in few words. */
export const compressionSchema = z.object({
  id: compressionId,
  sessionId: sessionIdSchema,
  preset: z.enum(compressionPresets),
  /** Which engine made it, and which model; null: without one. */
  engine: z.enum(compressionEngines),
  model: z.string().nullable(),
  /** Why this engine and this model, in one sentence. */
  why: z.string(),
  summary: z.string(),
  topics: z.array(z.string()),
  decisions: z.array(pointSchema),
  openPoints: z.array(pointSchema),
  /** Files that the session's tools touched, by its records. */
  files: z.array(z.string()),
  /** Characters of the session's records, and of the result without its files. */
  sourceChars: z.number(),
  resultChars: z.number(),
  /** The latter as a part of the former. */
  ratio: z.number(),
  tookMs: z.number(),
  quality: qualitySchema,
  /** In how many parts it was read, as the model's context demands. */
  parts: z.number(),
  /** What the model read and wrote for it; answers that were known already count nothing. */
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
  /** Records the session had then. */
  records: z.number(),
  createdAt: z.number(),
  /** The session has grown since. */
  stale: z.boolean(),
});
export type Compression = z.infer<typeof compressionSchema>;

/** One that is being made, or the last of a session that failed. */
export const compressionJobSchema = z.object({
  id: compressionId,
  sessionId: sessionIdSchema,
  preset: z.enum(compressionPresets),
  engine: z.enum(compressionEngines).nullable(),
  model: z.string().nullable(),
  why: z.string(),
  step: z.enum(['choosing', 'reading', 'writing', 'combining', 'failed']),
  /** Parts of the step that are done, of how many; zero while that is not known. */
  done: z.number(),
  total: z.number(),
  startedAt: z.number(),
  problem: z.string().nullable(),
});
export type CompressionJob = z.infer<typeof compressionJobSchema>;

/** Answers of models that are kept, so that what was read once is not read again. */
export const answerCacheSchema = z.object({
  entries: z.number(),
  sizeBytes: z.number(),
  limitBytes: z.number(),
  /** Of them in memory. */
  memoryEntries: z.number(),
  memoryBytes: z.number(),
  /** Since it was started or cleared. */
  hits: z.number(),
  misses: z.number(),
  /** Hits of all that was asked; null before the first. */
  hitRate: z.number().nullable(),
});
export type AnswerCache = z.infer<typeof answerCacheSchema>;

const compressionsView = z.object({ items: z.array(compressionSchema), jobs: z.array(compressionJobSchema) });
export type CompressionsView = z.infer<typeof compressionsView>;

const ofSession = z.object({ sessionId: sessionIdSchema });

export const compressionContract = {
  /**
   * Answers with the result once there is one. Without `engine`: Ollama where it answers, otherwise extractive; never
   * Claude, which costs money. A session that has not grown is answered from what is kept unless `fresh`. The work goes on
   * when the caller leaves; `cancel` ends it.
   */
  compress: procedure('reply')
    .route({ method: 'POST', path: '/api/sessions/compress' })
    .input(
      z.object({
        sessionId: sessionIdSchema,
        preset: z.enum(compressionPresets).optional(),
        engine: z.enum(compressionEngines).optional(),
        fresh: z.boolean().default(false),
      }),
    )
    .output(compressionSchema.extend({ cached: z.boolean() })),
  /** Newest first. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/compressions' })
    .input(
      z.object({
        sessionId: sessionIdSchema.optional(),
        /** Words that all stand in it. */
        q: z.string().trim().max(500).optional(),
        limit: z.coerce.number<number>().int().min(1).max(500).default(50),
      }),
    )
    .output(z.object({ items: z.array(compressionSchema) })),
  /** What is kept of a session and what is under way, now and after each change. */
  watch: procedure('view')
    .route({ method: 'GET', path: '/api/compressions/watch' })
    .input(ofSession)
    .output(eventIterator(compressionsView)),
  cancel: procedure('reply')
    .route({ method: 'POST', path: '/api/compressions/{id}/cancel' })
    .input(z.object({ id: compressionId }))
    .output(z.object({ cancelled: z.boolean() })),
  remove: procedure('reply')
    .route({ method: 'DELETE', path: '/api/compressions/{id}' })
    .input(z.object({ id: compressionId }))
    .output(z.object({ removed: z.boolean() })),
  cache: procedure('view').route({ method: 'GET', path: '/api/compressions/cache' }).output(answerCacheSchema),
  clearCache: procedure('admin')
    .route({ method: 'POST', path: '/api/compressions/cache/clear' })
    .output(answerCacheSchema),
};
