import * as z from 'zod';
import { projectIdSchema } from './ids.ts';
import { limitsSchema } from './limits.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

/** A git repository the user registered. */
export const projectSchema = z.object({
  id: projectIdSchema,
  name: z.string(),
  /** Absolute, symlinks resolved: the top of the repository's main working tree. */
  path: z.string(),
  /** Branch new workers start from unless told otherwise. */
  defaultBranch: z.string(),
  remoteUrl: z.string().nullable(),
  /** Whether the repository's own Claude settings, hooks and MCP servers may run in its workers. */
  trusted: z.boolean(),
  /** What an untrusted repository brings that would run by itself, until it is trusted or put aside. */
  trustQuestion: z
    .object({ files: z.array(z.string()), since: z.number(), snoozedUntil: z.number().nullable() })
    .nullable(),
  /** For all its workers together, counted since `limitsSince`. */
  limits: limitsSchema,
  limitsSince: z.number(),
  createdAt: z.number(),
});
export type Project = z.infer<typeof projectSchema>;

export const addProjectInput = z.object({
  path: z.string().min(1).max(4096),
  name: lineOf(100).optional(),
  trusted: z.boolean().default(false),
});

const projectRef = z.object({ id: projectIdSchema });

export const folderSchema = z.object({ name: z.string(), path: z.string(), isRepository: z.boolean() });

export const projectsContract = {
  list: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/api/projects' })
    .input(pageQuery)
    .output(pageOf(projectSchema)),
  get: procedure('view').route({ method: 'GET', path: '/api/projects/{id}' }).input(projectRef).output(projectSchema),
  add: procedure('admin')
    .route({ method: 'POST', path: '/api/projects', successStatus: 201 })
    .input(addProjectInput)
    .output(projectSchema),
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/projects/{id}' })
    .input(
      projectRef.extend({
        name: lineOf(100).optional(),
        trusted: z.boolean().optional(),
        limits: limitsSchema.optional(),
        /** Counts what is spent from now on. */
        resetSpent: z.boolean().default(false),
      }),
    )
    .output(projectSchema),
  /** Forgets the project; refused while workers of it live. The repository itself is not touched. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/projects/{id}' })
    .input(projectRef)
    .output(z.object({ id: projectIdSchema })),
  /** Local branches, the checked out one first, then the newest commits first. */
  branches: procedure('view')
    .route({ method: 'GET', path: '/api/projects/{id}/branches' })
    .input(projectRef)
    .output(z.object({ current: z.string().nullable(), branches: z.array(z.string()) })),
  /** Sub-folders of a folder inside the allowed roots, for choosing a repository. Without a path: the roots or home. */
  browse: procedure('admin')
    .route({ method: 'GET', path: '/api/folders' })
    .input(z.object({ path: z.string().max(4096).optional() }))
    .output(z.object({ path: z.string(), parent: z.string().nullable(), folders: z.array(folderSchema) })),
};
