import type { CheckpointId, WorktreeId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import type { Turns } from '../git/turns.ts';
import type { WorkingCopies } from '../git/working-copy.ts';

/** What delivering needs of the rest of the house. */
export interface DeliveryDeps {
  git: Git;
  copies: WorkingCopies;
  turns: Turns;
  now: () => number;
  /** A worktree that is there; throws for one that is not. */
  worktree: (id: WorktreeId) => Worktree;
  /** One that may be gone. */
  find: (id: WorktreeId) => Worktree | undefined;
  /** The folder of the project it belongs to. */
  repository: (worktree: Worktree) => string;
  repositoryOf: (id: WorktreeId) => string | undefined;
  /** Keeps and publishes a changed row. */
  keep: (worktree: Worktree) => Worktree;
  /** Makes a checkpoint, in the repository's turn. */
  checkpoint: (worktree: Worktree, kind: 'before-merge' | 'before-update' | 'before-rewind') => Promise<CheckpointId>;
  /** The worker of a worktree, ended or not. */
  worker: (worktree: Worktree) => Worker | undefined;
  /** Says something to the worker of a worktree, and brings it back for that if it has ended. */
  tell: (worktree: Worktree, text: string) => void;
}
