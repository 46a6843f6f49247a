import * as z from 'zod';
import { procedure } from './procedure.ts';
import { searchHitSchema, sessionFilter } from './sessions.ts';

/** What is known by its meaning. `off`: no embedding model is set. `waiting`: Ollama does not answer. */
export const meaningStateSchema = z.object({
  state: z.enum(['off', 'waiting', 'reading', 'up-to-date']),
  model: z.string(),
  /** Prompts and answers that have a vector of that model. */
  known: z.number(),
  problem: z.string().nullable(),
});
export type MeaningState = z.infer<typeof meaningStateSchema>;

const nearSchema = searchHitSchema.extend({
  /** The cosine of the angle between the two meanings: 1 is the same. */
  likeness: z.number(),
});
export type NearHit = z.infer<typeof nearSchema>;

export const meaningContract = {
  state: procedure('view').route({ method: 'GET', path: '/api/sessions/meaning' }).output(meaningStateSchema),
  /** Prompts and answers within the filters whose meaning is near to a text's, nearest first. UNAVAILABLE where no embedding model answers. */
  search: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/meaning/search' })
    .input(
      sessionFilter.extend({
        q: z.string().trim().min(1).max(2000),
        limit: z.coerce.number<number>().int().min(1).max(100).default(20),
      }),
    )
    .output(z.object({ items: z.array(nearSchema), model: z.string(), tookMs: z.number() })),
};
