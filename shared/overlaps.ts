import * as z from 'zod';
import { projectIdSchema, workerIdSchema, worktreeIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';
import { repositoryPathSchema } from './worktrees.ts';

/** How bad it is: both touch a file; the same lines (or next to them); git could not join them. */
export const overlapLevels = ['file', 'lines', 'conflict'] as const;

const rangeSchema = z.object({ from: z.number(), to: z.number() });

/** A file that two worktrees change. */
export const overlapFileSchema = z.object({
  path: repositoryPathSchema,
  level: z.enum(overlapLevels),
  /** Lines of the file as the base has it that both change; empty for level file. */
  ranges: z.array(rangeSchema),
  /** git's words for the predicted conflict: "content", "modify/delete", ... */
  conflict: z.string().nullable(),
});
export type OverlapFile = z.infer<typeof overlapFileSchema>;

/** Two worktrees that change something in common; `a` comes before `b` in `worktrees`. */
export const overlapSchema = z.object({
  a: worktreeIdSchema,
  b: worktreeIdSchema,
  level: z.enum(overlapLevels),
  /** At most 100, the worst first; `fileCount` counts all. */
  files: z.array(overlapFileSchema),
  fileCount: z.number(),
  /** When it came to this level. */
  since: z.number(),
});
export type Overlap = z.infer<typeof overlapSchema>;

export const radarWorktreeSchema = z.object({
  worktreeId: worktreeIdSchema,
  workerId: workerIdSchema.nullable(),
  branch: z.string(),
  files: z.number(),
  /** Conflicts with the base as it is now. */
  baseConflicts: z.array(repositoryPathSchema),
  at: z.number(),
});

/** A project's radar: its worktrees with live workers or unmerged changes, pairs that share something, an order to merge in. */
export const radarSchema = z.object({
  projectId: projectIdSchema,
  at: z.number(),
  base: z.string(),
  worktrees: z.array(radarWorktreeSchema),
  /** The worst first. */
  overlaps: z.array(overlapSchema),
  /** Which to merge first, and why; tried as a whole. */
  order: z.array(
    z.object({
      worktreeId: worktreeIdSchema,
      reason: z.string(),
      /** After those before it are merged. */
      state: z.enum(['clean', 'conflicts', 'nothing']),
      conflicts: z.array(repositoryPathSchema),
    }),
  ),
});
export type Radar = z.infer<typeof radarSchema>;

export const overlapsContract = {
  /** What live workers share now. The same arrives as event `overlaps.changed`, a project at a time. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/overlaps' })
    .input(z.object({ projectId: projectIdSchema.optional() }))
    .output(z.object({ items: z.array(radarSchema) })),
};
