import * as z from 'zod';
import { checkpointIdSchema, workerIdSchema, worktreeIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';
import { workerSchema } from './workers.ts';
import { objectIdSchema, worktreeRef } from './worktrees.ts';

export const checkpointKinds = [
  /** The worktree as it was made. */
  'start',
  /** The end of a turn. */
  'turn',
  /** Somebody asked for it. */
  'manual',
  /** Made so that what came next can be undone. */
  'before-rewind',
  'before-discard',
  'before-merge',
  'before-update',
] as const;

/** The whole tree of a worktree at a moment: files in no commit too, ignored ones not. */
export const checkpointSchema = z.object({
  id: checkpointIdSchema,
  worktreeId: worktreeIdSchema,
  workerId: workerIdSchema.nullable(),
  kind: z.enum(checkpointKinds),
  /** The worker's turn it ends; null for the other kinds. */
  turn: z.number().nullable(),
  label: z.string().nullable(),
  /** What the turn was asked to do, its first line. */
  prompt: z.string().nullable(),
  at: z.number(),
  /** The commit that holds the tree, kept by a hidden ref; its first parent is `head`. */
  commit: objectIdSchema,
  tree: objectIdSchema,
  /** Where the branch stood. */
  head: objectIdSchema,
  branch: z.string().nullable(),
  /** Against the checkpoint before it. */
  changes: z.object({ files: z.number(), additions: z.number(), deletions: z.number() }),
  /** Files that are not in it, too large or not readable; at most 20. */
  left: z.array(z.string()),
  sessionId: z.string().nullable(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

const checkpointRef = worktreeRef.extend({ checkpointId: checkpointIdSchema });

export const checkpointsContract = {
  /** Oldest first. What differs between two of them: `review.files` with scope checkpoint. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/worktrees/{id}/checkpoints' })
    .input(worktreeRef)
    .output(z.object({ items: z.array(checkpointSchema) })),
  create: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/checkpoints', successStatus: 201 })
    .input(worktreeRef.extend({ label: lineOf(200).optional() }))
    .output(checkpointSchema),
  /**
   * Makes the files what they were, after a checkpoint of what they are (`undo`). With `branch` the branch goes back to where
   * it stood too (its later commits stay reachable from `undo`); with `conversation` the worker's session goes on from the
   * prompt after that turn. Refused with CONFLICT while the worker is in a turn.
   */
  rewind: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/checkpoints/{checkpointId}/rewind' })
    .input(checkpointRef.extend({ branch: z.boolean().default(false), conversation: z.boolean().default(false) }))
    .output(
      z.object({
        undo: checkpointIdSchema,
        files: z.number(),
        /** The worker that goes on, when the conversation went back too. */
        workerId: workerIdSchema.nullable(),
      }),
    ),
  /** A new worker in a new worktree that begins with this tree and, with `conversation`, with what was said until then. */
  fork: procedure('reply')
    .route({ method: 'POST', path: '/api/worktrees/{id}/checkpoints/{checkpointId}/fork', successStatus: 201 })
    .input(
      checkpointRef.extend({
        name: lineOf(80).optional(),
        prompt: z.string().max(2_000_000).optional(),
        conversation: z.boolean().default(true),
      }),
    )
    .output(workerSchema),
  /** Forgets one. What only it held can be lost with git's next clean-up. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/worktrees/{id}/checkpoints/{checkpointId}' })
    .input(checkpointRef)
    .output(z.object({ id: checkpointIdSchema })),
};

/** Announced with every new checkpoint and when some are pruned. */
export const checkpointsChangedSchema = z.object({
  worktreeId: worktreeIdSchema,
  count: z.number(),
  newest: checkpointSchema.nullable(),
});
