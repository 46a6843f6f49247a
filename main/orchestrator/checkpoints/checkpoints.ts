import type { Checkpoint } from '../../../shared/checkpoints.ts';
import { AppError } from '../../../shared/errors.ts';
import type { CheckpointId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { Git } from '../git/git.ts';
import { countChanges, diffTrees } from '../git/tree-diff.ts';
import type { Turns } from '../git/turns.ts';
import { ChangedMeanwhile, emptyTree, quietly, type WorkingCopies } from '../git/working-copy.ts';
import { newId } from '../new-id.ts';
import { createCheckpointStore, type KeptCheckpoint } from './store.ts';

/** Larger files in no commit are left out of checkpoints that nobody asked for. */
const maxFileBytes = 100 * 1024 * 1024;
/** Most checkpoints of a worktree that are kept. */
const mostCheckpoints = 500;
const dayMs = 86_400_000;

/** Where the hidden refs of a worktree's checkpoints are. */
export const checkpointRefs = (id: WorktreeId) => `refs/control-room/checkpoints/${id}/`;

/** The whole tree of a worktree after every turn, on hidden refs: looked at, compared, gone back to, gone on from. */
export function createCheckpoints(deps: {
  database: Database;
  publish: Publish;
  git: Git;
  turns: Turns;
  copies: WorkingCopies;
  now: () => number;
  keepDays: () => number;
  worktree: (id: WorktreeId) => Worktree;
  worktreeOf: (id: WorkerId) => Worktree | undefined;
  /** Where git keeps the worktree's repository; undefined when its project is gone. */
  repository: (worktree: Worktree) => string;
  repositoryOf: (id: WorktreeId) => string | undefined;
  worker: (id: WorkerId) => Worker | undefined;
  /** What its turn was asked to do. */
  lastPrompt: (id: WorkerId) => string | null;
  /** Makes the worker's session go on from what was said until then. */
  rewindConversation: (worker: Worker, at: number) => Promise<Worker>;
  forkWorker: (input: {
    worktree: Worktree;
    checkpoint: Checkpoint;
    name: string | undefined;
    prompt: string | undefined;
    conversation: boolean;
  }) => Promise<Worker>;
  log: { warn(details: object, message: string): void };
}) {
  const { database, git, copies, now, log } = deps;
  const store = createCheckpointStore(database);
  const underWay = new Set<Promise<unknown>>();

  function get(id: WorktreeId, checkpointId: CheckpointId): KeptCheckpoint {
    const checkpoint = store.get(checkpointId);
    if (!checkpoint || checkpoint.worktreeId !== id)
      throw new AppError('NOT_FOUND', `There is no checkpoint ${checkpointId} of this worktree (any more).`, {
        checkpointId,
      });
    return checkpoint;
  }

  function announce(id: WorktreeId): void {
    deps.publish({
      type: 'checkpoints.changed',
      checkpoints: { worktreeId: id, count: store.count(id), newest: store.newest(id) ?? null },
    });
  }

  /** Keeps what a worktree holds now. To be called in the repository's turn. */
  async function make(
    worktree: Worktree,
    about: Pick<Checkpoint, 'kind'> & Partial<Pick<Checkpoint, 'turn' | 'label' | 'prompt' | 'workerId' | 'sessionId'>>,
  ): Promise<KeptCheckpoint> {
    const { path } = worktree;
    const mayLeave = about.kind === 'turn' || about.kind === 'manual';
    const state = await copies.look(path, mayLeave ? { maxFileBytes } : {});
    const id = newId<CheckpointId>('c');
    const words = `${about.kind}${about.turn ? ` ${about.turn}` : ''} of ${worktree.branch}`;
    const commit = await copies.keep(path, state, `${checkpointRefs(worktree.id)}${id}`, words);
    const before =
      store.newest(worktree.id)?.tree ?? (await treeOf(path, worktree.baseCommit)) ?? emptyTree(state.tree);
    const changes = before === state.tree ? [] : await diffTrees(git, path, before, state.tree);
    const checkpoint: KeptCheckpoint = {
      id,
      worktreeId: worktree.id,
      workerId: about.workerId ?? worktree.workerId,
      kind: about.kind,
      turn: about.turn ?? null,
      label: about.label ?? null,
      prompt: about.prompt ?? null,
      at: now(),
      commit,
      tree: state.tree,
      head: state.head ?? commit,
      branch: state.branch,
      changes: countChanges(changes),
      left: [...state.left, ...state.nested.map((name) => `${name}/`)].slice(0, 20),
      sessionId: about.sessionId ?? null,
      indexTree: state.indexTree,
    };
    database.transaction(() => {
      store.add(checkpoint);
      announce(worktree.id);
    });
    return checkpoint;
  }

  async function treeOf(path: string, commit: string): Promise<string | undefined> {
    const { code, stdout } = await git.try(path, 'rev-parse', '--verify', '--quiet', `${commit}^{tree}`);
    return code === 0 ? stdout.trim() : undefined;
  }

  const inTurn = <T>(worktree: Worktree, work: () => Promise<T>) => deps.turns.inTurn(deps.repository(worktree), work);

  /** The first one of a worktree: as it was made. */
  async function start(worktree: Worktree): Promise<void> {
    if (store.count(worktree.id) > 0) return;
    const { path, baseCommit } = worktree;
    const tree = await treeOf(path, baseCommit);
    if (!tree) return;
    const id = newId<CheckpointId>('c');
    await git.run(path, ...quietly, 'update-ref', `${checkpointRefs(worktree.id)}${id}`, baseCommit);
    database.transaction(() => {
      store.add({
        id,
        worktreeId: worktree.id,
        workerId: worktree.workerId,
        kind: 'start',
        turn: 0,
        label: null,
        prompt: null,
        at: worktree.createdAt,
        commit: baseCommit,
        tree,
        head: baseCommit,
        branch: worktree.branch,
        changes: { files: 0, additions: 0, deletions: 0 },
        left: [],
        sessionId: null,
        indexTree: tree,
      });
      announce(worktree.id);
    });
  }

  /** A worker's turn has ended: what it left is kept. Nothing is done twice for one turn. */
  async function turnEnded(workerId: WorkerId): Promise<void> {
    const worker = deps.worker(workerId);
    const worktree = deps.worktreeOf(workerId);
    if (!worker || worktree?.state !== 'ready') return;
    // Now, because by the time it is this worktree's turn the next prompt may have been said.
    const prompt = firstLine(deps.lastPrompt(workerId));
    await inTurn(worktree, async () => {
      await start(worktree);
      if (store.lastTurn(worktree.id, workerId) >= worker.turns) return;
      await make(worktree, {
        kind: 'turn',
        turn: worker.turns,
        prompt,
        workerId,
        sessionId: worker.sessionId,
      });
    });
  }

  function refuseInTurn(worktree: Worktree): Worker | undefined {
    const worker = worktree.workerId ? deps.worker(worktree.workerId) : undefined;
    if (worker && ['working', 'waiting', 'starting', 'preparing'].includes(worker.state))
      throw new AppError(
        'CONFLICT',
        `${worker.name} is in the middle of a turn and would write over it. Interrupt it first, then rewind.`,
        { workerId: worker.id, state: worker.state },
      );
    return worker;
  }

  async function rewind(input: { id: WorktreeId; checkpointId: CheckpointId; branch: boolean; conversation: boolean }) {
    const worktree = deps.worktree(input.id);
    const target = get(input.id, input.checkpointId);
    const worker = refuseInTurn(worktree);
    if (input.conversation && !worker)
      throw new AppError(
        'CONFLICT',
        'No worker belongs to this worktree any more, so there is no conversation to take back.',
        {
          id: input.id,
        },
      );
    const done = await inTurn(worktree, () => goTo(worktree, target, input.branch));
    const next = input.conversation && worker ? await deps.rewindConversation(worker, target.at) : null;
    return { ...done, workerId: next?.id ?? null };
  }

  /** Makes files, index and with `branch` the branch what they were. In the repository's turn. */
  async function goTo(worktree: Worktree, target: KeptCheckpoint, branch: boolean) {
    const { path } = worktree;
    const undo = await make(worktree, { kind: 'before-rewind' });
    const files = await switchTo(worktree, undo, target.tree);
    if (branch && target.head !== undo.head) await git.run(path, 'reset', '--quiet', '--mixed', target.head, '--');
    // What stood in the index goes with the files; what only ever stood there is kept by `undo`.
    const index = target.kind.startsWith('before-') ? target.indexTree : null;
    if (index) await copies.setIndex(path, index);
    else if (undo.indexTree !== (await treeOf(path, 'HEAD'))) await git.run(path, 'reset', '--quiet', '--mixed');
    return { undo: undo.id, files };
  }

  async function switchTo(worktree: Worktree, from: KeptCheckpoint, tree: string): Promise<number> {
    try {
      return await copies.switchFiles(worktree.path, from.tree, tree);
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      throw new AppError(
        'CONFLICT',
        `Files in ${worktree.path} changed at this very moment, or an ignored file stands where one would come back. Nothing was touched; stop what writes there, or move that file, and do it again.`,
        { id: worktree.id },
      );
    }
  }

  /** Forgets checkpoints and lets git have what only they held. */
  async function forget(checkpoints: readonly KeptCheckpoint[]): Promise<void> {
    const byWorktree = groupByWorktree(checkpoints);
    for (const [id, some] of byWorktree) {
      const repository = deps.repositoryOf(id);
      if (repository)
        await git.need(
          repository,
          [...quietly, 'update-ref', '--stdin'],
          Buffer.from(some.map((one) => `delete ${checkpointRefs(id)}${one.id}\n`).join('')),
        );
      database.transaction(() => {
        for (const one of some) store.remove(one.id);
        announce(id);
      });
    }
  }

  return {
    list(id: WorktreeId): { items: Checkpoint[] } {
      return { items: store.list(id) };
    },
    treeOf: (id: WorktreeId, checkpointId: CheckpointId) => get(id, checkpointId).tree,
    get,
    start,
    make,

    create(input: { id: WorktreeId; label?: string | undefined }): Promise<Checkpoint> {
      const worktree = deps.worktree(input.id);
      return inTurn(worktree, () => make(worktree, { kind: 'manual', label: input.label ?? null }));
    },

    /** Keeps what a turn left, in the background. */
    noteTurn(workerId: WorkerId): void {
      const work = turnEnded(workerId)
        .catch((error: unknown) => log.warn({ workerId, error }, 'the checkpoint of a turn could not be made'))
        .finally(() => underWay.delete(work));
      underWay.add(work);
    },

    rewind,

    /** Makes all of a worktree what it was, in the repository's turn. */
    async backTo(worktree: Worktree, checkpointId: CheckpointId): Promise<void> {
      await goTo(worktree, get(worktree.id, checkpointId), true);
    },

    async fork(input: {
      id: WorktreeId;
      checkpointId: CheckpointId;
      name?: string | undefined;
      prompt?: string | undefined;
      conversation: boolean;
    }): Promise<Worker> {
      const worktree = deps.worktree(input.id);
      const checkpoint = get(input.id, input.checkpointId);
      const { name, prompt, conversation } = input;
      return deps.forkWorker({ worktree, checkpoint, name, prompt, conversation });
    },

    async remove(id: WorktreeId, checkpointId: CheckpointId): Promise<{ id: CheckpointId }> {
      await forget([get(id, checkpointId)]);
      return { id: checkpointId };
    },

    /** Forgets what is older than the settings say, and more than a worktree may have. */
    async prune(): Promise<void> {
      const days = deps.keepDays();
      await forget(store.prunable(days === 0 ? 0 : now() - days * dayMs, mostCheckpoints));
    },

    /** Forgets all of a worktree that is gone for good. */
    forgetWorktree: (id: WorktreeId) => forget(store.list(id)),

    /** Settles when nothing is being kept any more. */
    async close(): Promise<void> {
      await Promise.allSettled(underWay);
    },
  };
}

function groupByWorktree(checkpoints: readonly KeptCheckpoint[]): Map<WorktreeId, KeptCheckpoint[]> {
  const groups = new Map<WorktreeId, KeptCheckpoint[]>();
  for (const one of checkpoints) groups.set(one.worktreeId, [...(groups.get(one.worktreeId) ?? []), one]);
  return groups;
}

function firstLine(text: string | null): string | null {
  return text?.trim().split('\n')[0]?.slice(0, 200) || null;
}
