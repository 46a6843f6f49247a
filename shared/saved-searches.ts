import * as z from 'zod';
import { savedSearchIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';

/** A search of sessions kept under a name: what its link holds (`q=parser&role=user`). */
export const savedSearchSchema = z.object({
  id: savedSearchIdSchema,
  name: z.string(),
  query: z.string(),
  createdAt: z.number(),
  changedAt: z.number(),
});
export type SavedSearch = z.infer<typeof savedSearchSchema>;

const name = lineOf(60);
const searchRef = z.object({ id: savedSearchIdSchema });

export const savedSearchesContract = {
  /** In the order in which they were first kept. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/searches' })
    .output(z.object({ items: z.array(savedSearchSchema) })),
  /** Keeps a search; one that has this name already is replaced. */
  save: procedure('reply')
    .route({ method: 'POST', path: '/api/searches' })
    .input(z.object({ name, query: lineOf(4000) }))
    .output(savedSearchSchema),
  /** CONFLICT when another one has that name. */
  rename: procedure('reply')
    .route({ method: 'PATCH', path: '/api/searches/{id}' })
    .input(searchRef.extend({ name }))
    .output(savedSearchSchema),
  remove: procedure('reply').route({ method: 'DELETE', path: '/api/searches/{id}' }).input(searchRef).output(searchRef),
};
