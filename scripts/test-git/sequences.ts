import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { AppError } from '../../shared/errors.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { type GitRoom, openGitRoom } from './git-room.ts';

/** What is done, with numbers that choose among what is there at that moment. */
const actionNames = [
  ...Array.from({ length: 10 }, () => 'write' as const),
  'delete-file',
  'stage',
  'stage-lines',
  'unstage',
  'discard',
  'discard',
  'discard',
  'discard-lines',
  'commit',
  'amend',
  'reset-by-hand',
  'checkpoint',
  'rewind',
  'rewind-branch',
  'remove',
  'restore',
  'merge',
  'squash',
  'rebase',
  'undo-merge',
  'update',
  'update-rebase',
  'abort',
  'continue',
  'create',
  'move-by-hand',
  'delete-branch-by-hand',
  'break-link',
  'lock-file',
  'repair',
  'main-moves',
  'gc',
] as const;
type ActionName = (typeof actionNames)[number];
export interface Action {
  name: ActionName;
  pick: number;
  other: number;
}

export const actions = fc.record({
  name: fc.constantFrom(...actionNames),
  pick: fc.nat(1000),
  other: fc.nat(1000),
});

/** A blob's id, as git makes it. */
function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function filesUnder(folder: string, found: string[] = []): Promise<string[]> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.name === '.git') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await filesUnder(path, found);
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** Blobs on disk and in indexes, and the commits that can be reached: what must not get lost by anything done here. */
async function holdings(room: GitRoom): Promise<{ blobs: Set<string>; commits: Set<string> }> {
  const places = [room.project.path, ...room.worktrees.list().map(({ path }) => path)].filter(existsSync);
  const blobs = new Set<string>();
  const commits = new Set<string>();
  for (const place of places) {
    for (const file of await filesUnder(place)) blobs.add(blobId(await readFile(file)));
    const index = await room.git(place, 'ls-files', '-s').catch(() => '');
    for (const line of index.split('\n')) if (line.startsWith('100')) blobs.add(line.split(' ')[1] ?? '');
  }
  const listed = await room.git(room.project.path, 'rev-list', '--all', '--reflog');
  for (const commit of listed.split('\n').filter(Boolean)) commits.add(commit);
  return { blobs, commits };
}

/** What was there and cannot be reached by anything any more: no ref, no log, no index, no file. */
async function lostOf(room: GitRoom, before: Awaited<ReturnType<typeof holdings>>): Promise<string[]> {
  const after = await holdings(room);
  const objects = await room.git(room.project.path, 'rev-list', '--objects', '--all', '--reflog', '--indexed-objects');
  const reachable = new Set(objects.split('\n').map((line) => line.split(' ')[0] ?? ''));
  return [
    ...[...before.blobs].filter((id) => !after.blobs.has(id) && !reachable.has(id)).map((id) => `file content ${id}`),
    ...[...before.commits].filter((id) => !reachable.has(id)).map((id) => `commit ${id}`),
  ];
}

let serial = 0;

/** Does one action; what Control Room refuses with a sentence is an answer, anything else an error. */
async function act(room: GitRoom, { name, pick, other }: Action): Promise<void> {
  const { worktrees, staging, reviewer, delivery, checkpoints, git } = room;
  const all = worktrees.list().filter(({ path, state }) => state === 'ready' && existsSync(path));
  const worktree = all[pick % Math.max(1, all.length)];
  const removed = worktrees.removed().items;
  const of = <T>(items: readonly T[]): T | undefined => items[other % Math.max(1, items.length)];
  const chosen = { cursor: 0, limit: 3000, context: 3, large: true, ignoreSpaces: false };
  const merging = { dryRun: false, leaveUncommitted: other % 2 === 0, besideChanges: other % 3 === 0 };
  async function changes(one: Worktree, scope: 'unstaged' | 'staged') {
    return of((await reviewer.files(one.id, { scope })).files);
  }
  /** Half of the lines of a change. */
  async function lines(one: Worktree) {
    const file = await changes(one, 'unstaged');
    if (file?.kind !== 'text') return undefined;
    const { hunks } = await reviewer.file({ id: one.id, scope: 'unstaged', path: file.path, ...chosen });
    return {
      path: file.path,
      expected: { oldId: file.oldId, newId: file.newId },
      lines: hunks.map((hunk) => ({
        hunk: hunk.id,
        lines: hunk.lines.flatMap((_line, at) => ((at + pick) % 2 === 0 ? [at] : [])),
      })),
    };
  }
  switch (name) {
    case 'create':
      if (all.length < 4) await room.create('more');
      return;
    case 'restore': {
      const one = of(removed);
      if (one) await worktrees.restore(one.id);
      return;
    }
    case 'repair':
      await room.repair.repair({ apply: true });
      return;
    case 'gc':
      await git(room.project.path, 'gc', '-q', '--prune=now');
      return;
    case 'main-moves': {
      serial += 1;
      await writeFile(join(room.project.path, `f${other % 4}.txt`), `main ${serial}\n${'same\n'.repeat(5)}`);
      await git(room.project.path, 'add', '-A');
      await git(room.project.path, 'commit', '-q', '-m', `main ${serial}`);
      return;
    }
    default:
  }
  if (!worktree) return;
  const { id, path } = worktree;
  switch (name) {
    case 'write': {
      serial += 1;
      const file = join(path, other % 5 === 0 ? `deep/n\n${other % 3}.txt` : `f${other % 6}.txt`);
      await mkdir(join(file, '..'), { recursive: true });
      const old = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, 12);
      old.splice(other % (old.length + 1), other % 3, `line ${serial}`, `more ${serial}`);
      await writeFile(file, `${old.join('\n')}${other % 4 === 0 ? '' : '\n'}`);
      return;
    }
    case 'delete-file': {
      // Files that are committed: what a person deletes elsewhere is nobody's loss here.
      const tracked = (await git(path, 'ls-tree', '-r', '--name-only', 'HEAD'))
        .split('\n')
        .filter((file) => file && !file.startsWith('"'));
      const file = of(tracked);
      if (file && (await git(path, 'status', '--porcelain', '--', file)) === '')
        await rm(join(path, file), { force: true });
      return;
    }
    case 'stage':
    case 'unstage': {
      const file = await changes(worktree, name === 'stage' ? 'unstaged' : 'staged');
      if (file) await staging.stage({ id, selections: [{ path: file.path }], unstage: name === 'unstage' });
      return;
    }
    case 'stage-lines': {
      const selection = await lines(worktree);
      if (selection) await staging.stage({ id, selections: [selection], unstage: false });
      return;
    }
    case 'discard': {
      const scope = other % 2 === 0 ? 'unstaged' : 'uncommitted';
      const file = of((await reviewer.files(id, { scope })).files);
      if (file) await staging.discard({ id, selections: [{ path: file.path }], scope });
      return;
    }
    case 'discard-lines': {
      const selection = await lines(worktree);
      if (selection) await staging.discard({ id, selections: [selection], scope: 'unstaged' });
      return;
    }
    case 'commit':
    case 'amend':
      serial += 1;
      await delivery.commit({
        id,
        message: `work ${serial}`,
        all: other % 2 === 0,
        amend: name === 'amend',
        skipHooks: false,
      });
      return;
    case 'reset-by-hand':
      await git(path, 'reset', '-q', '--soft', 'HEAD~1').catch(() => '');
      return;
    case 'checkpoint':
      await checkpoints.create({ id });
      return;
    case 'rewind':
    case 'rewind-branch': {
      const target = of(checkpoints.list(id).items);
      if (target)
        await checkpoints.rewind({
          id,
          checkpointId: target.id,
          branch: name === 'rewind-branch',
          conversation: false,
        });
      return;
    }
    case 'remove':
      await worktrees.remove(id);
      return;
    case 'merge':
    case 'squash':
    case 'rebase':
      await delivery.merge({ id, method: name, ...merging });
      return;
    case 'undo-merge': {
      const mergeId = worktree.merged?.mergeId;
      if (mergeId) await delivery.undoMerge({ id, mergeId });
      return;
    }
    case 'update':
    case 'update-rebase':
      await delivery.update({ id, method: name === 'update' ? 'merge' : 'rebase' });
      return;
    case 'abort':
      await delivery.abort(id);
      return;
    case 'continue':
      if (other % 2 === 0)
        for (const file of (await git(path, 'diff', '--name-only', '--diff-filter=U')).split('\n').filter(Boolean)) {
          const text = await readFile(join(path, file), 'utf8').catch(() => '');
          await writeFile(join(path, file), text.replace(/^(<{7}|={7}|>{7}).*\n/gm, ''));
        }
      await delivery.continue(id);
      return;
    case 'move-by-hand':
      serial += 1;
      await rename(path, `${path}-moved-${serial}`);
      await room.repair.repair({ apply: true });
      return;
    case 'delete-branch-by-hand':
      if ((await git(path, 'symbolic-ref', '--short', '-q', 'HEAD').catch(() => '')).trim() === worktree.branch)
        await git(room.project.path, 'update-ref', '-d', `refs/heads/${worktree.branch}`);
      await room.repair.repair({ apply: true });
      return;
    case 'break-link':
      // Only while nothing is staged: the index goes with git's own data of the worktree.
      await rm(join(path, '.git'), { force: true });
      await room.repair.repair({ apply: true });
      return;
    case 'lock-file': {
      const { own } = await room.copies.folders(path);
      await writeFile(join(own, 'index.lock'), '');
      await utimes(join(own, 'index.lock'), 1, 1);
      await room.repair.repair({ apply: true });
      return;
    }
    default:
  }
}

export interface SequenceResult {
  done: number;
  refused: number;
  lost: string[];
  failed: string | null;
}

/** Runs actions on a repository of its own and looks after each one what got lost. */
export async function runSequence(list: readonly Action[]): Promise<SequenceResult> {
  const room = await openGitRoom();
  const result: SequenceResult = { done: 0, refused: 0, lost: [], failed: null };
  try {
    await writeFile(join(room.project.path, 'f0.txt'), 'zero\n'.repeat(10));
    await writeFile(join(room.project.path, 'f1.txt'), 'one\n'.repeat(10));
    await room.git(room.project.path, 'add', '-A');
    await room.git(room.project.path, 'commit', '-q', '-m', 'Files');
    await room.create('first');
    await room.create('second');
    for (const action of list) {
      const before = await holdings(room);
      // What a person overwrites or takes away with own hands is not what this is about.
      const byHand = ['write', 'main-moves', 'delete-file', 'reset-by-hand'].includes(action.name);
      try {
        await act(room, action);
        result.done += 1;
      } catch (error) {
        if (!(error instanceof AppError)) {
          result.failed = `${action.name}: ${(error as Error).stack}`;
          return result;
        }
        result.refused += 1;
      }
      if (!byHand) result.lost.push(...(await lostOf(room, before)).map((what) => `${what} by ${action.name}`));
      if (result.lost.length > 0) return result;
    }
    const fsck = await room
      .git(room.project.path, 'fsck', '--connectivity-only', '--no-dangling')
      .catch((error: { stderr: string }) => `broken: ${error.stderr}`);
    if (/broken|missing|error/.test(fsck)) result.failed = fsck;
    return result;
  } finally {
    await room.close();
  }
}
