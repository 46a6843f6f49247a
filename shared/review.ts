import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { checkpointIdSchema, commentIdSchema, worktreeIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';
import { changedFileSchema, objectIdSchema, repositoryPathSchema, worktreeRef } from './worktrees.ts';

/** What is compared with what. */
export const reviewScopes = [
  /** Where the branch left its base, with all that is there now: committed, uncommitted, untracked. */
  'base',
  /** The last commit with what is there now. */
  'uncommitted',
  /** The last commit with the index. */
  'staged',
  /** The index with what is there now. */
  'unstaged',
  /** A commit with the one before it: `commit`. */
  'commit',
  /** A checkpoint with `to`, or with what is there now: `from`; "base" stands for where the branch left its base. */
  'checkpoint',
] as const;

/** Names a comparison. Fields that the scope does not need are ignored. */
export const comparisonSchema = z.object({
  scope: z.enum(reviewScopes).default('base'),
  commit: objectIdSchema.optional(),
  from: z.union([checkpointIdSchema, z.literal('base')]).optional(),
  to: checkpointIdSchema.optional(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const reviewFileSchema = changedFileSchema.extend({
  /** Both sides' blobs; null where the file is not there. Together they are what `expected` wants and what a viewed mark holds for. */
  oldId: objectIdSchema.nullable(),
  newId: objectIdSchema.nullable(),
  oldMode: z.string(),
  newMode: z.string(),
  kind: z.enum(['text', 'binary', 'symlink', 'submodule']),
  /** One of the sides is larger than 2 MB: its hunks come only when asked for with `large`. */
  large: z.boolean(),
  /** In bytes, of the newest side that is there. */
  sizeBytes: z.number(),
  /** How much of it is in the index: for the scopes base, uncommitted and unstaged. */
  staged: z.enum(['none', 'part', 'all']),
  /** Somebody marked this very content as viewed. */
  viewed: z.boolean(),
  /** Comments that wait to be sent. */
  drafts: z.number(),
});
export type ReviewFile = z.infer<typeof reviewFileSchema>;

export const reviewCommitSchema = z.object({
  id: objectIdSchema,
  subject: z.string(),
  author: z.string(),
  at: z.number(),
  files: z.number(),
  additions: z.number(),
  deletions: z.number(),
  pushed: z.boolean(),
});
export type ReviewCommit = z.infer<typeof reviewCommitSchema>;

export const reviewListSchema = z.object({
  id: worktreeIdSchema,
  comparison: comparisonSchema,
  /** The trees that are compared. The same pair means: nothing changed since. */
  oldTree: objectIdSchema,
  newTree: objectIdSchema,
  files: z.array(reviewFileSchema),
  /** More than 5,000 files changed: the rest is left out. */
  truncated: z.boolean(),
  additions: z.number(),
  deletions: z.number(),
  viewed: z.number(),
});
export type ReviewList = z.infer<typeof reviewListSchema>;

export const diffLineSchema = z.object({
  kind: z.enum(['same', 'added', 'removed']),
  /** Line numbers from 1; null where the line is not on that side. */
  old: z.number().nullable(),
  new: z.number().nullable(),
  /** At most 2,000 characters of it; `cut` says how many more there are. Bytes that are no text show as U+FFFD. */
  text: z.string(),
  cut: z.number(),
  /** It is the last one and no line break follows. */
  noNewline: z.boolean(),
});
export type DiffLine = z.infer<typeof diffLineSchema>;

export const hunkSchema = z.object({
  /** Made of what the hunk changes, so it stays while lines elsewhere come and go. */
  id: z.string(),
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  /** The function or heading it stands under, as far as git knows. */
  heading: z.string(),
  /** How many lines it has in all, and the place of the first of `lines` among them: a long hunk comes in parts. */
  lineCount: z.number(),
  firstLine: z.number(),
  lines: z.array(diffLineSchema),
});
export type Hunk = z.infer<typeof hunkSchema>;

export const reviewFileDiffSchema = z.object({
  file: reviewFileSchema,
  hunks: z.array(hunkSchema),
  hunkCount: z.number(),
  /** Send it as `cursor` for the lines that follow; null: these were the last. */
  nextCursor: z.number().nullable(),
  /** Lines of the newer side, of the older one where there is none; for "n lines hidden". */
  oldLineCount: z.number(),
  newLineCount: z.number(),
  /** Where each comment stands now: its line on its side, null where what it is about is gone. */
  comments: z.array(z.object({ id: commentIdSchema, line: z.number().nullable() })),
});
export type ReviewFileDiff = z.infer<typeof reviewFileDiffSchema>;

export const commentSchema = z.object({
  id: commentIdSchema,
  worktreeId: worktreeIdSchema,
  path: repositoryPathSchema,
  side: z.enum(['old', 'new']),
  /** First and last line it is about, on its side; 0 and 0: the file as a whole. */
  line: z.number().int().min(0),
  endLine: z.number().int().min(0),
  text: z.string(),
  /** Those lines as they were. */
  quote: z.string(),
  blob: objectIdSchema.nullable(),
  state: z.enum(['draft', 'sent']),
  createdAt: z.number(),
  sentAt: z.number().nullable(),
});
export type Comment = z.infer<typeof commentSchema>;

/**
 * Which changes of a file are meant: all of it (neither `hunks` nor `lines`), whole hunks, or single lines of hunks by
 * their place in `hunk.lines`. Only added and removed lines count; a changed line is a removed and an added one.
 */
export const selectionSchema = z.object({
  path: repositoryPathSchema,
  hunks: z.array(z.string()).max(10_000).optional(),
  lines: z
    .array(z.object({ hunk: z.string(), lines: z.array(z.number().int().min(0)).max(100_000) }))
    .max(10_000)
    .optional(),
  /** The blobs the choice was made on; with other ones by now the call is refused with CONFLICT. Needed for hunks and lines. */
  expected: z.object({ oldId: objectIdSchema.nullable(), newId: objectIdSchema.nullable() }).optional(),
});
export type Selection = z.infer<typeof selectionSchema>;

const selections = z.array(selectionSchema).min(1).max(5000);
const commentText = z.string().trim().min(1).max(20_000);

export const reviewContract = {
  /** The changed files of a comparison. */
  files: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/review' })
    .input(worktreeRef.extend(comparisonSchema.shape))
    .output(reviewListSchema),
  /** Once at first, and then each time files, index, commits or base of the worktree are not what they were. */
  watch: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/review/watch' })
    .input(worktreeRef)
    .output(eventIterator(z.object({ at: z.number() }))),
  /** One file's hunks, at most `limit` lines at once: a hunk may come in parts, each with its id. */
  file: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/review/file' })
    .input(
      worktreeRef.extend(comparisonSchema.shape).extend({
        path: repositoryPathSchema,
        cursor: z.coerce.number<number>().int().min(0).default(0),
        limit: z.coerce.number<number>().int().min(1).max(20_000).default(3000),
        context: z.coerce.number<number>().int().min(0).max(100).default(3),
        large: z.stringbool().or(z.boolean()).default(false),
        ignoreSpaces: z.stringbool().or(z.boolean()).default(false),
      }),
    )
    .output(reviewFileDiffSchema),
  /** Lines of one side of a file, for what is hidden between hunks: `blob` is its `oldId` or `newId`. */
  lines: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/review/lines' })
    .input(
      worktreeRef.extend({
        blob: objectIdSchema,
        from: z.coerce.number<number>().int().min(1),
        to: z.coerce.number<number>().int().min(1),
      }),
    )
    .output(
      z.object({
        from: z.number(),
        lines: z.array(z.object({ text: z.string(), cut: z.number() })),
        lineCount: z.number(),
      }),
    ),
  /** One side of a file as it is, in base64, up to 8 MB: for pictures. `blob` is its `oldId` or `newId`. */
  content: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/review/content' })
    .input(worktreeRef.extend({ blob: objectIdSchema }))
    .output(z.object({ content: z.base64(), sizeBytes: z.number() })),
  /** The branch's own commits, newest first; at most 500. */
  commits: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/commits' })
    .input(worktreeRef)
    .output(z.object({ items: z.array(reviewCommitSchema) })),
  /** Puts changes into the index (scope unstaged), or with `unstage` takes them out again (scope staged). */
  stage: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/stage' })
    .input(worktreeRef.extend({ selections, unstage: z.boolean().default(false) }))
    .output(z.object({ staged: z.number() })),
  /**
   * Takes changes back in the files: those of scope unstaged (the index stays as it is) or uncommitted (back to the last
   * commit, the index too). A checkpoint is made first; `undo` is its id for `checkpoints.rewind`.
   */
  discard: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/discard' })
    .input(worktreeRef.extend({ selections, scope: z.enum(['unstaged', 'uncommitted']).default('unstaged') }))
    .output(z.object({ undo: checkpointIdSchema })),
  /** Marks a file's content as viewed; another content is not. */
  setViewed: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/viewed' })
    .input(
      worktreeRef.extend({
        path: repositoryPathSchema,
        oldId: objectIdSchema.nullable(),
        newId: objectIdSchema.nullable(),
        viewed: z.boolean(),
      }),
    )
    .output(z.object({ viewed: z.boolean() })),
  comments: {
    /** Drafts first, then sent ones, each in the order of files and lines. */
    list: procedure('view')
      .route({ method: 'GET', path: '/api/worktrees/{id}/comments' })
      .input(worktreeRef)
      .output(z.object({ items: z.array(commentSchema) })),
    add: procedure('reply')
      .route({ method: 'POST', path: '/api/worktrees/{id}/comments', successStatus: 201 })
      .input(
        worktreeRef.extend({
          path: repositoryPathSchema,
          side: z.enum(['old', 'new']),
          line: z.number().int().min(0),
          endLine: z.number().int().min(0).optional(),
          blob: objectIdSchema.nullable(),
          text: commentText,
        }),
      )
      .output(commentSchema),
    update: procedure('reply')
      .route({ method: 'PATCH', path: '/api/worktrees/{id}/comments/{commentId}' })
      .input(worktreeRef.extend({ commentId: commentIdSchema, text: commentText }))
      .output(commentSchema),
    remove: procedure('reply')
      .route({ method: 'DELETE', path: '/api/worktrees/{id}/comments/{commentId}' })
      .input(worktreeRef.extend({ commentId: commentIdSchema }))
      .output(z.object({ id: commentIdSchema })),
    /** Sends drafts (all, or `ids`) to the worker as one message, with `note` before them. An ended worker is resumed with it. */
    send: procedure('reply')
      .route({ method: 'POST', path: '/api/worktrees/{id}/comments/send' })
      .input(
        worktreeRef.extend({
          ids: z.array(commentIdSchema).max(1000).optional(),
          note: z.string().max(20_000).default(''),
        }),
      )
      .output(z.object({ sent: z.number() })),
  },
};
