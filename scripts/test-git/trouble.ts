import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { type GitRoom, openGitRoom } from './git-room.ts';

/** A trouble, made for real; gives what came of it in words, and throws when that is not what is promised. */
export interface Trouble {
  name: string;
  /** It is among what `npm test` makes. */
  short?: boolean;
  /** Why it cannot be made here; empty when it can. */
  missing?: () => Promise<string>;
  run: (short: boolean) => Promise<string>;
}

export function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

export async function inRoom(
  work: (room: GitRoom) => Promise<string>,
  make?: Parameters<typeof openGitRoom>[0],
  leave: (room: GitRoom) => void = () => undefined,
): Promise<string> {
  const room = await openGitRoom(make);
  try {
    const words = await work(room);
    const fsck = await room
      .git(room.project.path, 'fsck', '--connectivity-only', '--no-dangling')
      .catch((error: { stderr: string }) => `broken: ${error.stderr}`);
    check(!/broken|missing|^error/m.test(fsck), `git fsck: ${fsck}`);
    return words;
  } finally {
    leave(room);
    await room.close();
  }
}

/** A worktree with a commit of its own and files in no commit. */
export async function worked(room: GitRoom, name = 'work'): Promise<Worktree> {
  const worktree = await room.create(name);
  await writeFile(join(worktree.path, 'own.txt'), 'committed\n');
  await room.git(worktree.path, 'add', '-A');
  await room.git(worktree.path, 'commit', '-q', '-m', 'Own');
  await writeFile(join(worktree.path, 'draft.txt'), 'in no commit\n');
  return worktree;
}

export const draftOf = (worktree: Pick<Worktree, 'path'>) => readFile(join(worktree.path, 'draft.txt'), 'utf8');

/** Removes and restores, and sees that all is as before. */
export async function roundTrip(room: GitRoom, worktree: Worktree): Promise<void> {
  // A repository that wants a filter which is not there fails in git itself; how we look at it does not.
  const look = async () => {
    const { head, branch, tree, indexTree, unstaged } = await room.copies.look(worktree.path);
    return JSON.stringify([head, branch, tree, indexTree, unstaged.sort()]);
  };
  const before = await look();
  await room.worktrees.remove(worktree.id);
  check(!existsSync(worktree.path), 'its folder is still there');
  await room.git(room.project.path, 'gc', '-q', '--prune=now');
  await room.worktrees.restore(worktree.id);
  const after = await look();
  check(after === before, `it came back otherwise: ${JSON.stringify([before, after])}`);
}

export const repaired = async (room: GitRoom, kind: string) => {
  const { findings } = await room.repair.repair({ apply: true });
  const finding = findings.find((one) => one.kind === kind);
  check(finding, `repair did not find "${kind}": ${JSON.stringify(findings)}`);
  return finding;
};
