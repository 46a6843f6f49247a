import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../main/testing/git-fixture.ts';
import type { State } from '../../shared/events.ts';
import type { Project } from '../../shared/projects.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { until } from '../test-terminals/checks.ts';
import { pause } from './check.ts';
import type { CrashRoom } from './crash-room.ts';

/** Whether a place lies between two steps of a merge, of its undoing, or of bringing the base into a branch. */
export const isMergePoint = (point: string) => /^(merge|unmerge|update):/.test(point);
/** Whether it lies where a prepared worktree is taken. */
export const isPoolPoint = (point: string) => point === 'worktree:taken';

const stateOf = (room: CrashRoom) => room.call<State>('GET', '/api/state');
const tipOf = async (folder: string, name: string) => (await git(folder, 'rev-parse', name)).trim();

/** Starts, does something at which the program dies, and tells whether it did. */
async function dieAt(room: CrashRoom, point: string, work: () => Promise<unknown>): Promise<boolean> {
  await room.start({ env: { CONTROL_ROOM_FAULT: point } });
  await work().catch(() => undefined);
  return Promise.race([room.run().ended.then(() => true), pause(10_000).then(() => false)]);
}

/** A worker that has ended, and its worktree. */
async function endedWorker(room: CrashRoom, projectId: string, name: string): Promise<Worktree> {
  const { id } = await room.call<Worker>('POST', '/api/workers', { projectId, name, prompt: 'begin' });
  const find = async () => (await stateOf(room)).workers.find((worker) => worker.id === id);
  if (!(await until(async () => ((await find())?.turns ?? 0) > 0, 30_000))) throw new Error('the worker does not run');
  await room.call('POST', `/api/workers/${id}/stop`, { force: true });
  await until(async () => (await find())?.state === 'ended', 30_000);
  const worktree = (await stateOf(room)).worktrees.find(({ workerId }) => workerId === id);
  if (!worktree) throw new Error('the worker has no worktree');
  return worktree;
}

/** Removes all workers and worktrees. */
async function clear(room: CrashRoom): Promise<void> {
  const { workers, worktrees } = await stateOf(room);
  for (const { id } of worktrees) await room.call('DELETE', `/api/worktrees/${id}`);
  for (const { id } of workers) await room.call('DELETE', `/api/workers/${id}`);
}

/**
 * The program dies between two steps of bringing a branch into the base (by `method`), of taking that back, or of bringing
 * the base into the branch. At the next start the base is at one of two commits, the record says which, no file of either
 * working copy is another than before or after, and it can be done again. Gives what is wrong.
 */
export async function dieInMerge(
  room: CrashRoom,
  projectId: string,
  point: string,
  method: 'merge' | 'squash' | 'rebase',
): Promise<{ hit: boolean; wrong: string[] }> {
  const wrong: string[] = [];
  const { repository } = room;
  await room.start();
  const worktree = await endedWorker(room, projectId, 'merging');
  const { id, path } = worktree;
  await writeFile(join(path, 'merged.txt'), `${point} ${method} ${await tipOf(path, 'HEAD')}\n`);
  await git(path, 'add', '--all');
  await git(path, 'commit', '--quiet', '--message', 'Work');
  await writeFile(join(path, 'draft.txt'), 'in no commit\n');
  await writeFile(join(repository, 'mine.txt'), 'a draft beside the base\n');
  if (point.startsWith('update:')) {
    await appendFile(join(repository, 'README.md'), `${point}\n`);
    await git(repository, 'commit', '--quiet', '--all', '--message', 'Base moves');
  }
  const input = { dryRun: false, method, leaveUncommitted: true, besideChanges: true };
  const merge = () => room.call<{ mergeId: string }>('POST', `/api/worktrees/${id}/merge`, input);
  const before = await tipOf(repository, 'main');
  const branchBefore = await tipOf(path, 'HEAD');
  let undo: (() => Promise<unknown>) | undefined;
  if (point.startsWith('unmerge:')) {
    const { mergeId } = await merge();
    undo = () => room.call('POST', `/api/worktrees/${id}/merge/undo`, { mergeId });
  }
  const after = await tipOf(repository, 'main');
  await room.kill();
  const update = () => room.call('POST', `/api/worktrees/${id}/update`, { method: 'merge' });
  const hit = await dieAt(room, point, undo ?? (point.startsWith('update:') ? update : merge));
  if (!hit) await room.kill();
  await room.start();
  const row = async () => (await stateOf(room)).worktrees.find((one) => one.id === id);
  const agrees = async () => {
    const tip = await tipOf(repository, 'main');
    const merged = (await row())?.merged ?? null;
    return merged === null ? tip === before : tip !== before && merged.commit === tip;
  };
  if (!(await until(agrees, 15_000)))
    wrong.push(
      `the record says ${JSON.stringify((await row())?.merged)}, the base stands at ${await tipOf(repository, 'main')}`,
    );
  const tip = await tipOf(repository, 'main');
  if (undo && tip !== before && tip !== after) wrong.push(`the base stands at ${tip}, neither before nor after`);
  const status = await git(repository, 'status', '--porcelain');
  if (status.trim() !== '?? mine.txt') wrong.push(`the working copy of the base: ${status}`);
  const own = await git(path, 'status', '--porcelain');
  if (own.trim() !== '?? draft.txt') wrong.push(`the worktree: ${own}`);
  const reached = await git(path, 'merge-base', '--is-ancestor', branchBefore, 'HEAD').then(
    () => true,
    () => false,
  );
  if (!reached) wrong.push('a commit of the branch is gone');
  // It can be done from there: brought in where it is not yet, and taken back where it is.
  if (point.startsWith('update:')) await update();
  else if ((await row())?.merged) {
    const mergeId = (await row())?.merged?.mergeId;
    await room.call('POST', `/api/worktrees/${id}/merge/undo`, { mergeId });
    if ((await tipOf(repository, 'main')) !== before) wrong.push('it was not taken back');
  } else {
    await merge();
    if ((await tipOf(repository, 'main')) === before) wrong.push('it was not merged');
  }
  const fsck = await git(repository, 'fsck', '--no-progress', '--no-dangling', '--connectivity-only');
  if (/missing|broken|error/.test(fsck)) wrong.push(`git fsck: ${fsck.slice(0, 300)}`);
  await clear(room);
  await git(repository, 'reset', '--quiet', '--hard');
  await git(repository, 'clean', '--quiet', '--force');
  // A branch that is merged goes with its worktree; one that is not stays, which is right, and is in the way of the next.
  for (const name of (await git(repository, 'branch', '--format=%(refname:short)')).split('\n'))
    if (name && name !== 'main') await git(repository, 'branch', '--quiet', '-D', name);
  await room.kill();
  return { hit, wrong };
}

/** Sees to it that one prepared worktree waits, in a repository large enough for it; the next worker takes it. */
export async function prepareOne(room: CrashRoom, projectId: string): Promise<void> {
  const { repository, worktreesDir } = room;
  await Promise.all(Array.from({ length: 5200 }, (_, at) => writeFile(join(repository, `many-${at}`), `${at}\n`)));
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--message', 'Many');
  await room.start();
  await room.call<Project>('GET', `/api/projects/${projectId}`).catch(() => undefined);
  await room.call('PATCH', '/api/settings', { preparedWorktrees: 1 });
  await endedWorker(room, projectId, 'first');
  const folder = join(worktreesDir, '.prepared', projectId);
  const waits = async () => {
    const [name] = await readdir(folder).catch(() => []);
    if (name === undefined) return false;
    const file = await git(join(folder, name), 'rev-parse', '--git-path', 'control-room-whole').catch(() => '');
    return file !== '' && (await readdir(join(file.trim(), '..'))).includes('control-room-whole');
  };
  if (!(await until(waits, 60_000))) throw new Error('no worktree is prepared');
  await clear(room);
  await room.kill();
}

/** Takes the prepared ones away again. */
export async function prepareNone(room: CrashRoom): Promise<void> {
  await room.call('PATCH', '/api/settings', { preparedWorktrees: 0 });
  const folder = join(room.worktreesDir, '.prepared');
  const gone = async () => (await readdir(folder).catch(() => [])).length === 0;
  if (!(await until(gone, 30_000))) throw new Error('a prepared worktree stays');
}
