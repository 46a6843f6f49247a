import * as z from 'zod';
import { projectIdSchema, workerIdSchema, worktreeIdSchema } from './ids.ts';
import { pageOf, pageQuery, procedure } from './procedure.ts';

export const worktreeSchema = z.object({
  id: worktreeIdSchema,
  projectId: projectIdSchema,
  /** The worker it was made for; null once that worker was forgotten. */
  workerId: workerIdSchema.nullable(),
  path: z.string(),
  branch: z.string(),
  baseBranch: z.string(),
  /** The commit it started from. */
  baseCommit: z.string(),
  state: z.enum(['creating', 'ready', 'missing']),
  createdAt: z.number(),
});
export type Worktree = z.infer<typeof worktreeSchema>;

export const changedFileSchema = z.object({
  path: z.string(),
  oldPath: z.string().nullable(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'untracked', 'conflicted']),
  /** null for binary files. */
  additions: z.number().nullable(),
  deletions: z.number().nullable(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

export const worktreeStatusSchema = z.object({
  id: worktreeIdSchema,
  branch: z.string().nullable(),
  head: z.string(),
  /** Commits on the branch that the base lacks, and the other way round. */
  ahead: z.number(),
  behind: z.number(),
  /** Everything that differs from the base: committed, uncommitted and untracked. */
  files: z.array(changedFileSchema),
  /** Files with changes that are in no commit. */
  uncommitted: z.array(z.string()),
});
export type WorktreeStatus = z.infer<typeof worktreeStatusSchema>;

const worktreeRef = z.object({ id: worktreeIdSchema });

export const worktreesContract = {
  list: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees' })
    .input(pageQuery)
    .output(pageOf(worktreeSchema)),
  status: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/status' })
    .input(worktreeRef)
    .output(worktreeStatusSchema),
  /** Unified diff against the base with untracked files as additions; one file, or all of them. */
  diff: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/diff' })
    .input(worktreeRef.extend({ path: z.string().max(4096).optional() }))
    .output(z.object({ patch: z.string(), truncated: z.boolean() })),
  /** Removes folder and, when nothing is lost by it, branch. Refused with CONFLICT while uncommitted work is in it. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/worktrees/{id}' })
    .input(worktreeRef)
    .output(z.object({ id: worktreeIdSchema, branchKept: z.boolean() })),
};
