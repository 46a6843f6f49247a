import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { mergeIdSchema, projectIdSchema, terminalIdSchema, workerIdSchema, worktreeIdSchema } from './ids.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

/** A commit, tree or blob of git, in full. */
export const objectIdSchema = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'is not the full id of a git object');
/**
 * A path inside a repository, with "/" between its parts. It may hold any character but NUL, line breaks too; bytes that
 * are no text in UTF-8 stand as the characters U+EF80 to U+EFFF (`shared/repository-path.ts` makes it readable).
 */
export const repositoryPathSchema = z.string().min(1).max(4096);

/** The pull request of a worktree's branch, as last looked at. */
export const pullRequestSchema = z.object({
  number: z.number(),
  url: z.string(),
  title: z.string(),
  state: z.enum(['open', 'draft', 'merged', 'closed']),
  base: z.string(),
  /** `approved`, `changes_requested`, `review_required`; null when nobody is asked. */
  review: z.enum(['approved', 'changes_requested', 'review_required']).nullable(),
  checks: z.object({ passed: z.number(), failed: z.number(), pending: z.number() }),
  /** When it was looked at. */
  at: z.number(),
});
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** What set-up, run or teardown of a worktree came to. */
export const scriptRunSchema = z.object({
  kind: z.enum(['setup', 'run', 'teardown']),
  state: z.enum(['running', 'done', 'failed']),
  /** Where it runs or ran: its terminal stays readable. */
  terminalId: terminalIdSchema.nullable(),
  exitCode: z.number().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
});
export type ScriptRun = z.infer<typeof scriptRunSchema>;

export const worktreeSchema = z.object({
  id: worktreeIdSchema,
  projectId: projectIdSchema,
  /** The worker it was made for; null once that worker was forgotten, and of one that was adopted. */
  workerId: workerIdSchema.nullable(),
  path: z.string(),
  branch: z.string(),
  baseBranch: z.string(),
  /** The commit it started from. */
  baseCommit: z.string(),
  state: z.enum(['creating', 'ready', 'missing']),
  createdAt: z.number(),
  /** Made here, or found and taken in. */
  origin: z.enum(['made', 'adopted']),
  /** The first of ten ports that scripts and worker may use (`CONTROL_ROOM_PORT`); null: none free, or not wanted. */
  portBase: z.number().nullable(),
  /** What is worth knowing of how it was made: "LFS files are pointers: git-lfs is not installed". */
  notes: z.array(z.string()),
  /** The newest run of each script. */
  scripts: z.array(scriptRunSchema),
  pullRequest: pullRequestSchema.nullable(),
  /** The newest merge into a base that was made here, or found by its content (`by: "content"`). */
  merged: z
    .object({
      into: z.string(),
      commit: z.string(),
      at: z.number(),
      by: z.enum(['merge', 'squash', 'rebase', 'content']),
      /** Set while it can be undone here. */
      mergeId: mergeIdSchema.nullable(),
    })
    .nullable(),
  /** A commit message that the worker was asked for. */
  suggestion: z
    .object({ state: z.enum(['asked', 'ready', 'failed']), message: z.string().nullable(), at: z.number() })
    .nullable(),
});
export type Worktree = z.infer<typeof worktreeSchema>;

export const changedFileSchema = z.object({
  path: repositoryPathSchema,
  oldPath: repositoryPathSchema.nullable(),
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
  uncommitted: z.array(repositoryPathSchema),
});
export type WorktreeStatus = z.infer<typeof worktreeStatusSchema>;

/** A worktree that was removed and can be brought back until `expiresAt`. */
export const removedWorktreeSchema = z.object({
  id: worktreeIdSchema,
  projectId: projectIdSchema,
  worktree: worktreeSchema,
  removedAt: z.number(),
  expiresAt: z.number(),
  /** Files that were in no commit; all of them come back. */
  uncommitted: z.number(),
  /** Ignored files that are kept too (`.env`), and ignored folders that are not (build output, by name, a few of them). */
  ignoredKept: z.number(),
  ignoredDropped: z.array(z.string()),
  branchKept: z.boolean(),
});
export type RemovedWorktree = z.infer<typeof removedWorktreeSchema>;

/** A worktree of a project's repository that is not ours. */
export const outsideWorktreeSchema = z.object({
  projectId: projectIdSchema,
  path: z.string(),
  branch: z.string().nullable(),
  head: z.string().nullable(),
  locked: z.string().nullable(),
  /** Why it cannot be adopted; null: it can. */
  problem: z.string().nullable(),
});
export type OutsideWorktree = z.infer<typeof outsideWorktreeSchema>;

/** Where git, the disk and our rows disagree, and what becomes of it. */
export const repairFindingSchema = z.object({
  projectId: projectIdSchema,
  worktreeId: worktreeIdSchema.nullable(),
  path: z.string(),
  kind: z.enum([
    /** Begun and never finished. */
    'half-made',
    /** Its folder is gone; branch and snapshots are there. */
    'folder-gone',
    /** It was moved by hand and found elsewhere. */
    'moved',
    /** git's link between folder and repository is broken. */
    'link-broken',
    /** Locked in git by somebody. */
    'locked',
    /** Its branch was deleted; its commits are kept. */
    'branch-gone',
    /** It stands on another branch, or on none, than the one it was made with. */
    'other-branch',
    /** A lock file of git that no process holds. */
    'stale-lock',
    /** git lists a worktree whose folder is gone and that is not ours. */
    'stale-entry',
    /** A folder among our worktrees that neither git nor a row knows. */
    'unknown-folder',
    /** The repository itself is gone. */
    'repository-gone',
  ]),
  problem: z.string(),
  /** What repair does, or did, in words. */
  outcome: z.string(),
  /** `done`: put right; `open`: would be; `manual`: only a person can decide. */
  state: z.enum(['open', 'done', 'manual']),
});
export type RepairFinding = z.infer<typeof repairFindingSchema>;

export const worktreeSizeSchema = z.object({
  id: worktreeIdSchema,
  projectId: projectIdSchema,
  path: z.string(),
  branch: z.string(),
  /** null until measured. */
  sizeBytes: z.number().nullable(),
  /** In folders that git ignores wholly (build output, dependencies): gone with "reclaim", made again by a build. */
  reclaimableBytes: z.number().nullable(),
  reclaimable: z.array(z.object({ path: repositoryPathSchema, sizeBytes: z.number() })),
  lastActivityAt: z.number(),
  /** Whether removing it loses nothing that is not elsewhere already, or what speaks against it. */
  removal: z.enum(['safe', 'keeps', 'blocked']),
  /** Why: "merged into main", "3 files in no commit are kept for 14 days", "fix-login works in it". */
  reasons: z.array(z.string()),
});
export type WorktreeSize = z.infer<typeof worktreeSizeSchema>;

export const diskSchema = z.object({
  at: z.number(),
  measuring: z.boolean(),
  worktrees: z.array(worktreeSizeSchema),
  removed: z.array(removedWorktreeSchema),
  /** Worktrees that wait for workers; the size is null until measured. */
  prepared: z.object({ count: z.number(), sizeBytes: z.number().nullable() }),
  /** Of the disk that holds the worktrees. */
  freeBytes: z.number(),
  totalBytes: z.number(),
  /** Below this much free space nothing is started. */
  guardBytes: z.number(),
  folder: z.string(),
});
export type Disk = z.infer<typeof diskSchema>;

/** What a repository says of making worktrees, and which file says so. */
export const worktreeConfigurationSchema = z.object({
  /** All configuration files found, the first one counts for each part; `problem` of one that cannot be read. */
  sources: z.array(z.object({ file: z.string(), tool: z.string(), problem: z.string().nullable() })),
  setup: z.array(z.string()),
  run: z.array(z.string()),
  teardown: z.array(z.string()),
  /** Which file each part comes from. */
  from: z.object({
    setup: z.string().nullable(),
    run: z.string().nullable(),
    teardown: z.string().nullable(),
    include: z.string().nullable(),
  }),
  /** Patterns of ignored files that are copied, gitignore syntax. */
  include: z.array(z.string()),
  /** Scripts of a project that is not trusted are shown and not run. */
  runs: z.boolean(),
});
export type WorktreeConfiguration = z.infer<typeof worktreeConfigurationSchema>;

export const worktreeRef = z.object({ id: worktreeIdSchema });
const ids = z.array(worktreeIdSchema).min(1).max(500);
const perWorktree = z.object({ id: worktreeIdSchema, done: z.boolean(), message: z.string() });

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
    .input(worktreeRef.extend({ path: repositoryPathSchema.optional() }))
    .output(z.object({ patch: z.string(), truncated: z.boolean() })),
  /**
   * Removes the folder, and the branch when its commits are in the base. Everything in it is snapshotted first: `restore`
   * brings it back until `undoUntil`. Refused with CONFLICT while a worker is live in it.
   */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/worktrees/{id}' })
    .input(worktreeRef)
    .output(z.object({ id: worktreeIdSchema, branchKept: z.boolean(), undoUntil: z.number() })),
  /** Brings a removed worktree back: its branch, its files in no commit, what was staged, its ignored single files. */
  restore: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/restore' })
    .input(worktreeRef)
    .output(worktreeSchema),
  /** What was removed and can be brought back, newest first. */
  removed: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/removed' })
    .output(z.object({ items: z.array(removedWorktreeSchema) })),
  /** Worktrees of a project that were made elsewhere. */
  outside: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/outside' })
    .input(z.object({ projectId: projectIdSchema.optional() }))
    .output(z.object({ items: z.array(outsideWorktreeSchema) })),
  /** Takes one of those in: from then on it is reviewed, delivered and measured here. Nothing on disk changes. */
  adopt: procedure('admin')
    .route({ method: 'POST', path: '/api/worktrees/adopt', successStatus: 201 })
    .input(
      z.object({ projectId: projectIdSchema, path: z.string().min(1).max(4096), baseBranch: lineOf(250).optional() }),
    )
    .output(worktreeSchema),
  /** Where git, the disk and the rows disagree; with `apply`, put right as far as nothing can be lost by it. */
  repair: procedure('admin')
    .route({ method: 'POST', path: '/api/worktrees/repair' })
    .input(z.object({ projectId: projectIdSchema.optional(), apply: z.boolean().default(false) }))
    .output(z.object({ findings: z.array(repairFindingSchema) })),
  /** Sizes, measured now; `watchDisk` shows them as they come. */
  disk: procedure('view').route({ method: 'GET', path: '/api/worktrees/disk' }).output(diskSchema),
  watchDisk: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/disk/watch' })
    .output(eventIterator(diskSchema)),
  /** Removes build output: the folders that git ignores wholly, unless `.worktreeinclude` names them. */
  reclaim: procedure('admin')
    .route({ method: 'POST', path: '/api/worktrees/reclaim' })
    .input(z.object({ ids }))
    .output(z.object({ freedBytes: z.number(), results: z.array(perWorktree) })),
  /** Removes several, each as `remove` does; one that is blocked stays and says why. */
  removeMany: procedure('admin')
    .route({ method: 'POST', path: '/api/worktrees/remove' })
    .input(z.object({ ids }))
    .output(z.object({ results: z.array(perWorktree) })),
  /** What the repository's files say of set-up, run, teardown and files to copy. */
  configuration: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/configuration' })
    .input(z.object({ projectId: projectIdSchema }))
    .output(worktreeConfigurationSchema),
  /** Runs a script of the configuration in a terminal of its own; answers once it runs. */
  runScript: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/scripts' })
    .input(worktreeRef.extend({ kind: z.enum(['setup', 'run', 'teardown']) }))
    .output(worktreeSchema),
};
