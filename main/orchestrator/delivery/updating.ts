import { readFile } from 'node:fs/promises';
import { AppError } from '../../../shared/errors.ts';
import type { CheckpointId, WorktreeId } from '../../../shared/ids.ts';
import { readablePath } from '../../../shared/repository-path.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import { fault } from '../fault.ts';
import { identityFor } from '../git/merge-tree.ts';
import { joinNul } from '../git/path-bytes.ts';
import { inFolder, quietly } from '../git/working-copy.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { operationIn, unmergedPaths } from './operation.ts';

/** Editors never open: messages are git's own. */
const noEditor = { GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true' };

/** What was begun here in a worktree, and the checkpoint of what was before. */
interface Begun {
  checkpointId: CheckpointId;
  method: 'merge' | 'rebase';
  at: number;
}

/** Brings the base into a worker's branch, with a way back to exactly what was before at every moment. */
export function createUpdating(
  deps: DeliveryDeps & {
    database: Database;
    /** Makes files and branch what they were at a checkpoint; in the repository's turn. */
    backTo: (worktree: Worktree, checkpoint: CheckpointId) => Promise<void>;
  },
) {
  const { git, copies, database } = deps;

  const begun = {
    get(id: WorktreeId): Begun | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM worktree_operations WHERE worktree_id = ?', id);
      return found && (JSON.parse(found.row) as Begun);
    },
    put: (id: WorktreeId, row: Begun) =>
      void database.run(
        'INSERT INTO worktree_operations (worktree_id, row) VALUES (?1, ?2) ON CONFLICT (worktree_id) DO UPDATE SET row = ?2',
        id,
        JSON.stringify(row),
      ),
    remove: (id: WorktreeId) => void database.run('DELETE FROM worktree_operations WHERE worktree_id = ?', id),
  };

  const inTurn = <T>(worktree: Worktree, work: () => Promise<T>) => deps.turns.inTurn(deps.repository(worktree), work);

  function refuseInTurn(worktree: Worktree): void {
    const worker = deps.worker(worktree);
    if (worker && ['working', 'starting', 'preparing'].includes(worker.state))
      throw new AppError(
        'CONFLICT',
        `${worker.name} is in the middle of a turn. Wait for its end or interrupt it, then do this.`,
        {
          workerId: worker.id,
          state: worker.state,
        },
      );
  }

  async function begin(worktree: Worktree, method: 'merge' | 'rebase') {
    const { path } = worktree;
    const standing = await operationIn(git, copies, path);
    if (standing)
      throw new AppError(
        'CONFLICT',
        `A ${standing.kind} stands half way in ${path}. Go on with it or abort it first.`,
        { kind: standing.kind },
      );
    const base = await git.try(
      path,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${worktree.baseBranch}^{commit}`,
    );
    if (base.code !== 0)
      throw new AppError('UNPROCESSABLE', `There is no branch or commit "${worktree.baseBranch}" any more.`, {
        code: 'BRANCH_GONE',
      });
    const commit = base.stdout.trim();
    if ((await git.try(path, 'merge-base', '--is-ancestor', commit, 'HEAD')).code === 0)
      return { state: 'nothing' as const, conflicts: [] };
    const checkpointId = await deps.checkpoint(worktree, 'before-update');
    begun.put(worktree.id, { checkpointId, method, at: deps.now() });
    fault('update:begun');
    const own = git.with({ ...noEditor, ...(await identityFor(git, path)) });
    // Changes in no commit are set aside by git and put back at the end, or when it is aborted.
    const done =
      method === 'merge'
        ? await own.bytes(path, [
            'merge',
            '--no-edit',
            '--no-ff',
            '--autostash',
            '-m',
            `Merge branch '${worktree.baseBranch}' into ${worktree.branch}`,
            commit,
          ])
        : await own.bytes(path, ['rebase', '--autostash', commit]);
    return settle(worktree, done.code, done.stderr || done.stdout.toString('utf8'));
  }

  /** What a command of git came to: done, in conflict, or refused (then all is as it was). */
  async function settle(worktree: Worktree, code: number, said: string) {
    const { path } = worktree;
    fault('update:ran');
    const conflicts = await unmergedPaths(git, path);
    if (conflicts.length > 0) return { state: 'conflicts' as const, conflicts };
    if (code === 0 && !(await operationIn(git, copies, path))) {
      begun.remove(worktree.id);
      return { state: 'done' as const, conflicts: [] };
    }
    const before = begun.get(worktree.id);
    if (before) await back(worktree, before);
    throw new AppError(
      'UNPROCESSABLE',
      `git refused, and everything is as it was: ${said.trim().split('\n').slice(-4).join('\n')}`,
      { path },
    );
  }

  /** Ends what stands half way and makes sure of what was before. */
  async function back(worktree: Worktree, to: Begun): Promise<void> {
    const { path } = worktree;
    const standing = await operationIn(git, copies, path);
    if (standing) {
      const aborted = await git.try(path, standing.kind, '--abort');
      if (aborted.code !== 0) await git.try(path, standing.kind, '--quit');
    }
    await deps.backTo(worktree, to.checkpointId);
    begun.remove(worktree.id);
  }

  async function markersIn(worktree: Worktree, conflicts: readonly string[]): Promise<string[]> {
    const left: string[] = [];
    for (const name of conflicts) {
      const text = await readFile(inFolder(worktree.path, name), 'latin1').catch(() => '');
      if (/^(<{7}|>{7}) /m.test(text)) left.push(name);
    }
    return left;
  }

  return {
    ours: (id: WorktreeId) => begun.get(id) !== undefined,

    /** Forgets what was begun and stands half way no more: it was finished, or never came to change anything. */
    async settle(): Promise<void> {
      for (const { worktree_id: id } of database.all<{ worktree_id: WorktreeId }>(
        'SELECT worktree_id FROM worktree_operations',
      )) {
        const worktree = deps.find(id);
        if (worktree && worktree.state !== 'ready') continue;
        if (!worktree || !(await operationIn(git, copies, worktree.path))) begun.remove(id);
      }
    },

    update(input: { id: WorktreeId; method: 'merge' | 'rebase' }) {
      const worktree = deps.worktree(input.id);
      refuseInTurn(worktree);
      return inTurn(worktree, () => begin(worktree, input.method));
    },

    abort(id: WorktreeId): Promise<{ aborted: string }> {
      const worktree = deps.worktree(id);
      refuseInTurn(worktree);
      return inTurn(worktree, async () => {
        const standing = await operationIn(git, copies, worktree.path);
        if (!standing) {
          begun.remove(id);
          throw new AppError('CONFLICT', `Nothing stands half way in ${worktree.path}.`, { id });
        }
        // What was resolved already is work too.
        await deps.checkpoint(worktree, 'before-rewind');
        const ours = begun.get(id);
        if (ours) await back(worktree, ours);
        else await git.run(worktree.path, standing.kind, '--abort');
        return { aborted: standing.kind };
      });
    },

    continue(id: WorktreeId) {
      const worktree = deps.worktree(id);
      refuseInTurn(worktree);
      return inTurn(worktree, async () => {
        const { path } = worktree;
        const standing = await operationIn(git, copies, path);
        if (!standing) throw new AppError('CONFLICT', `Nothing stands half way in ${path}.`, { id });
        const left = await markersIn(worktree, standing.conflicts);
        if (left.length > 0) return { state: 'conflicts' as const, conflicts: left };
        if (standing.conflicts.length > 0)
          await git.need(
            path,
            [...quietly, 'update-index', '-z', '--add', '--remove', '--stdin'],
            joinNul(standing.conflicts),
          );
        const own = git.with({ ...noEditor, ...(await identityFor(git, path)) });
        const done = await own.bytes(
          path,
          standing.kind === 'merge' ? ['commit', '--no-edit', '--quiet'] : [standing.kind, '--continue'],
        );
        const conflicts = await unmergedPaths(git, path);
        if (conflicts.length > 0) return { state: 'conflicts' as const, conflicts };
        if (await operationIn(git, copies, path))
          throw new AppError(
            'UNPROCESSABLE',
            `git did not go on: ${done.stderr.trim().split('\n').slice(-4).join('\n')}`,
            { id },
          );
        begun.remove(id);
        return { state: 'done' as const, conflicts: [] };
      });
    },

    async askToResolve(input: { id: WorktreeId; note: string }): Promise<{ asked: boolean; conflicts: string[] }> {
      const worktree = deps.worktree(input.id);
      refuseInTurn(worktree);
      return inTurn(worktree, async () => {
        const standing = await operationIn(git, copies, worktree.path);
        const conflicts = standing ? standing.conflicts : (await begin(worktree, 'merge')).conflicts;
        if (conflicts.length === 0) return { asked: false, conflicts: [] };
        deps.tell(worktree, resolveMessage(worktree, conflicts, standing?.kind ?? 'merge', input.note));
        return { asked: true, conflicts };
      });
    },
  };
}

function resolveMessage(worktree: Worktree, conflicts: readonly string[], kind: string, note: string): string {
  const end = kind === 'merge' ? 'git commit --no-edit' : `git ${kind} --continue`;
  return [
    `I am bringing ${worktree.baseBranch} into your branch ${worktree.branch}. These files are in conflict:`,
    conflicts.map((path) => `- ${readablePath(path)}`).join('\n'),
    `Please resolve them so that the intent of both sides stays: look at what ${worktree.baseBranch} changed and why, and at your own changes. Leave no conflict markers, run the checks you have, then finish with \`git add\` of these files and \`${end}\`. Do not abort it and do not drop either side.`,
    ...(note.trim() ? [note.trim()] : []),
  ].join('\n\n');
}
