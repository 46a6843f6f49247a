import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { lineOf, procedure } from './procedure.ts';

/** A name as Ollama knows them: `llama3.2:3b`, `hf.co/user/repository:tag`. */
export const modelNameSchema = lineOf(200).refine(
  (name) => /^[\w.-]+(\/[\w.-]+)*(:[\w.-]+)?$/.test(name),
  'is not the name of a model, such as llama3.2:3b',
);

export const modelSchema = z.object({
  name: z.string(),
  sizeBytes: z.number(),
  family: z.string().nullable(),
  parameters: z.string().nullable(),
  quantization: z.string().nullable(),
  modifiedAt: z.number().nullable(),
});
export type Model = z.infer<typeof modelSchema>;

/** A model on its way here. */
export const pullSchema = z.object({
  name: z.string(),
  state: z.enum(['running', 'failed']),
  /** What Ollama says it does. */
  status: z.string(),
  doneBytes: z.number(),
  /** Zero while it is not known. */
  totalBytes: z.number(),
  startedAt: z.number(),
  problem: z.string().nullable(),
});
export type Pull = z.infer<typeof pullSchema>;

/** What is known of Ollama. `failing`: something is there, but it answers with errors; `slow`: not in time. */
export const ollamaStateSchema = z.enum(['present', 'absent', 'slow', 'failing']);

export const modelsViewSchema = z.object({
  url: z.string(),
  state: ollamaStateSchema,
  version: z.string().nullable(),
  /** What is wrong and what to do; null when it is present. */
  problem: z.string().nullable(),
  lookedAt: z.number(),
  /** After several failures in a row nothing is sent for a while: the circuit is open until `openUntil`, then one call tries. */
  breaker: z.object({
    state: z.enum(['closed', 'open', 'half-open']),
    failures: z.number(),
    openUntil: z.number().nullable(),
  }),
  models: z.array(modelSchema),
  pulls: z.array(pullSchema),
});
export type ModelsView = z.infer<typeof modelsViewSchema>;

export const comparedSchema = z.object({
  model: z.string(),
  output: z.string(),
  tookMs: z.number(),
  /** Until the first piece of the answer. */
  firstMs: z.number().nullable(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  tokensPerSecond: z.number().nullable(),
  /** Why it gave no answer. */
  problem: z.string().nullable(),
});
export type Compared = z.infer<typeof comparedSchema>;

export const modelsContract = {
  /** Looks at Ollama anew. */
  get: procedure('view').route({ method: 'GET', path: '/api/models' }).output(modelsViewSchema),
  /** The same, now and after each change. */
  watch: procedure('view').route({ method: 'GET', path: '/api/models/watch' }).output(eventIterator(modelsViewSchema)),
  /** Begins to fetch a model; its progress is in the view. */
  pull: procedure('admin')
    .route({ method: 'POST', path: '/api/models/pull' })
    .input(z.object({ name: modelNameSchema }))
    .output(pullSchema),
  /** Ends a pull, or takes a failed one off the list. Ollama keeps what it has fetched, so the next one goes on there. */
  cancelPull: procedure('admin')
    .route({ method: 'POST', path: '/api/models/pull/cancel' })
    .input(z.object({ name: modelNameSchema }))
    .output(z.object({ cancelled: z.boolean() })),
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/models/{+name}' })
    .input(z.object({ name: modelNameSchema }))
    .output(z.object({ removed: z.boolean() })),
  /** Lets two models answer the same text, one after the other, so that neither slows the other. */
  compare: procedure('reply')
    .route({ method: 'POST', path: '/api/models/compare' })
    .input(
      z.object({ models: z.tuple([modelNameSchema, modelNameSchema]), text: z.string().trim().min(1).max(100_000) }),
    )
    .output(z.object({ results: z.tuple([comparedSchema, comparedSchema]) })),
};
