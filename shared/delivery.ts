import * as z from 'zod';
import { mergeIdSchema, projectIdSchema, worktreeIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';
import { objectIdSchema, pullRequestSchema, repositoryPathSchema, worktreeRef, worktreeSchema } from './worktrees.ts';

/** How commits come into the base. */
export const mergeMethods = ['merge', 'squash', 'rebase'] as const;
export const mergeMethodSchema = z.enum(mergeMethods);
export type MergeMethod = z.infer<typeof mergeMethodSchema>;

const branchNameSchema = lineOf(250);
const messageSchema = z.string().trim().min(1).max(50_000);

/** A file that two sides change so that git cannot join them. */
export const conflictSchema = z.object({
  path: repositoryPathSchema,
  /** git's words: "content", "modify/delete", "rename/delete", "add/add", "binary", ... */
  kind: z.string(),
  message: z.string(),
});

/** A merge, rebase or the like that stands half way in the worktree. */
export const operationSchema = z.object({
  kind: z.enum(['merge', 'rebase', 'cherry-pick', 'revert', 'am']),
  /** What is being brought in, as far as git tells. */
  with: z.string().nullable(),
  /** Paths that are still in conflict. */
  conflicts: z.array(repositoryPathSchema),
  /** Begun here and abortable to exactly what was before. */
  ours: z.boolean(),
});
export type Operation = z.infer<typeof operationSchema>;

/** What stands where, and what can be done with it. */
export const deliverySchema = z.object({
  id: worktreeIdSchema,
  branch: z.string().nullable(),
  head: objectIdSchema,
  base: z.object({
    branch: z.string(),
    /** A local branch that can be merged into; else `problem` says what it is. */
    local: z.boolean(),
    problem: z.string().nullable(),
    commit: objectIdSchema.nullable(),
    /** The folder that has it checked out, and how many files there are in no commit. */
    checkedOutAt: z.string().nullable(),
    dirty: z.number(),
  }),
  ahead: z.number(),
  behind: z.number(),
  /** Files with changes in no commit; of those, how many are in the index. */
  uncommitted: z.number(),
  staged: z.number(),
  operation: operationSchema.nullable(),
  remote: z
    .object({
      name: z.string(),
      url: z.string(),
      /** "owner/name" on the remote's host; null where the address tells none. */
      repository: z.string().nullable(),
      host: z.string().nullable(),
      /** The branch there, once pushed. */
      upstream: z.string().nullable(),
      /** Commits to push, and commits there that are not here. */
      ahead: z.number(),
      behind: z.number(),
    })
    .nullable(),
  /** What is missing to push or to open a pull request, in words with the fix; null: nothing. */
  pushProblem: z.string().nullable(),
  pullRequestProblem: z.string().nullable(),
  /** The repository's template for pull requests. */
  template: z.string().nullable(),
  /** All its commits (or their content, as after a squash) are in the base. */
  merged: z.enum(['no', 'commits', 'content']),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const mergeResultSchema = z.object({
  dryRun: z.boolean(),
  method: mergeMethodSchema,
  into: z.string(),
  /** Whether anything moved (or, in a dry run, would). */
  state: z.enum(['clean', 'conflicts', 'nothing', 'merged']),
  conflicts: z.array(conflictSchema),
  commits: z.number(),
  files: z.number(),
  additions: z.number(),
  deletions: z.number(),
  /** The base before and after; `after` is null in a dry run with conflicts. */
  before: objectIdSchema,
  after: objectIdSchema.nullable(),
  /** What stands against it besides conflicts, with what is possible: the base is checked out with changes, ... */
  blocked: z.string().nullable(),
  /** Set for what happened: `undoMerge` takes it. */
  mergeId: mergeIdSchema.nullable(),
});
export type MergeResult = z.infer<typeof mergeResultSchema>;

export const checkSchema = z.object({
  name: z.string(),
  state: z.enum(['passed', 'failed', 'pending', 'skipped']),
  url: z.string().nullable(),
  /** In milliseconds; null while it runs or when it is not told. */
  durationMs: z.number().nullable(),
});
export const reviewThreadSchema = z.object({
  id: z.string(),
  path: z.string().nullable(),
  line: z.number().nullable(),
  resolved: z.boolean(),
  comments: z.array(
    z.object({ author: z.string(), body: z.string(), at: z.number().nullable(), url: z.string().nullable() }),
  ),
});
export const pullRequestDetailsSchema = pullRequestSchema.extend({
  body: z.string(),
  mergeable: z.enum(['yes', 'conflicts', 'unknown']),
  checkList: z.array(checkSchema),
  threads: z.array(reviewThreadSchema),
});
export type PullRequestDetails = z.infer<typeof pullRequestDetailsSchema>;

/** One step of bringing several branches into a base, one after the other. */
export const mergeStepSchema = z.object({
  id: worktreeIdSchema,
  branch: z.string(),
  state: z.enum(['clean', 'conflicts', 'nothing']),
  conflicts: z.array(conflictSchema),
  files: z.number(),
});

export const deliveryContract = {
  get: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/delivery' })
    .input(worktreeRef)
    .output(deliverySchema),
  /**
   * Commits what is in the index; with `all` (the default when the index holds nothing) everything that is there. Hooks of
   * the repository run unless `skipHooks`.
   */
  commit: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/commit', successStatus: 201 })
    .input(
      worktreeRef.extend({
        message: messageSchema,
        all: z.boolean().optional(),
        amend: z.boolean().default(false),
        skipHooks: z.boolean().default(false),
      }),
    )
    .output(z.object({ commit: objectIdSchema, files: z.number() })),
  /**
   * A commit message for what would be committed: from the changes themselves, at once; or `by: "worker"`: the worker is
   * asked, and the answer arrives as the worktree's `suggestion`.
   */
  suggestMessage: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/commit/message' })
    .input(worktreeRef.extend({ by: z.enum(['changes', 'worker']).default('changes') }))
    .output(z.object({ message: z.string().nullable() })),
  /** Pushes the branch and sets its upstream. `force` only ever replaces what was last seen there (--force-with-lease). */
  push: procedure('approve')
    .route({ method: 'POST', path: '/api/worktrees/{id}/push' })
    .input(worktreeRef.extend({ force: z.boolean().default(false) }))
    .output(z.object({ remote: z.string(), branch: z.string(), commit: objectIdSchema })),
  /** Pushes if needed and opens a pull request through `gh`; the one that is open already is given instead. */
  openPullRequest: procedure('approve')
    .route({ method: 'POST', path: '/api/worktrees/{id}/pull-request' })
    .input(
      worktreeRef.extend({
        title: lineOf(300).optional(),
        body: z.string().max(65_000).optional(),
        draft: z.boolean().default(false),
        base: branchNameSchema.optional(),
      }),
    )
    .output(worktreeSchema),
  /** The branch's pull request as it stands there now, with checks and review threads; null: there is none. */
  pullRequest: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/pull-request' })
    .input(worktreeRef)
    .output(z.object({ pullRequest: pullRequestDetailsSchema.nullable() })),
  /**
   * Brings the branch's commits into the base (or another local branch, `into`). `dryRun` moves nothing and tells what would
   * happen. A working copy that has the base checked out follows only when none of its changes is touched; else CONFLICT says
   * what is possible. With conflicts nothing moves: CONFLICT with the same list as the dry run.
   */
  merge: procedure('approve')
    .route({ method: 'POST', path: '/api/worktrees/{id}/merge' })
    .input(
      worktreeRef.extend({
        dryRun: z.boolean().default(false),
        method: mergeMethodSchema.default('merge'),
        into: branchNameSchema.optional(),
        /** Of the merge or squash commit. */
        message: messageSchema.optional(),
        /** Merges the commits although there are changes in no commit, which stay behind. */
        leaveUncommitted: z.boolean().default(false),
        /** Goes on although the working copy of the base has changes, as long as the merge touches none of those files. */
        besideChanges: z.boolean().default(false),
        /** The branch's and the base's commits that a dry run was made on; others by now are refused. */
        expected: z.object({ head: objectIdSchema, base: objectIdSchema }).optional(),
      }),
    )
    .output(mergeResultSchema),
  /** Puts the base back to before a merge, while nothing came after it. */
  undoMerge: procedure('approve')
    .route({ method: 'POST', path: '/api/worktrees/{id}/merge/undo' })
    .input(worktreeRef.extend({ mergeId: mergeIdSchema }))
    .output(worktreeSchema),
  /**
   * Brings the base into the branch, in the worktree. With conflicts it stops there, as git does: resolve, `askToResolve`, or
   * `abort`. What was in no commit is set aside and put back.
   */
  update: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/update' })
    .input(worktreeRef.extend({ method: z.enum(['merge', 'rebase']).default('merge') }))
    .output(z.object({ state: z.enum(['nothing', 'done', 'conflicts']), conflicts: z.array(repositoryPathSchema) })),
  /** Ends what stands half way in the worktree; everything is as before it began. */
  abort: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/abort' })
    .input(worktreeRef)
    .output(z.object({ aborted: z.string() })),
  /** Goes on with what stands half way once no path is in conflict. */
  continue: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/continue' })
    .input(worktreeRef)
    .output(z.object({ state: z.enum(['done', 'conflicts']), conflicts: z.array(repositoryPathSchema) })),
  /** Brings the base in (unless that stands half way already) and asks the worker to resolve what is in conflict. */
  askToResolve: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/resolve' })
    .input(worktreeRef.extend({ note: z.string().max(20_000).default('') }))
    .output(z.object({ asked: z.boolean(), conflicts: z.array(repositoryPathSchema) })),
  /** What would happen if these worktrees' branches were merged into the base one after the other, in this order. */
  dryRunOrder: procedure('view')
    .route({ method: 'POST', path: '/api/worktrees/merge-order' })
    .input(
      z.object({
        projectId: projectIdSchema,
        ids: z.array(worktreeIdSchema).min(1).max(50),
        includeUncommitted: z.boolean().default(true),
      }),
    )
    .output(z.object({ into: z.string(), steps: z.array(mergeStepSchema) })),
};
