import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation } from '../../../shared/delivery.ts';
import type { Git } from '../git/git.ts';
import { pathFromBytes, splitNul } from '../git/path-bytes.ts';
import { quietly, type WorkingCopies } from '../git/working-copy.ts';

const there = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** What stands half way in a working copy, as git's own files say; null: nothing. */
export async function operationIn(
  git: Git,
  copies: WorkingCopies,
  path: string,
): Promise<Omit<Operation, 'ours'> | null> {
  const { own } = await copies.folders(path);
  const text = (name: string) =>
    readFile(join(own, name), 'utf8').then(
      (read) => read.trim(),
      () => null,
    );
  let kind: Operation['kind'];
  let incoming: string | null;
  if (await there(join(own, 'rebase-merge'))) {
    kind = 'rebase';
    incoming = await text('rebase-merge/onto');
  } else if (await there(join(own, 'rebase-apply'))) {
    kind = (await there(join(own, 'rebase-apply', 'applying'))) ? 'am' : 'rebase';
    incoming = await text('rebase-apply/onto');
  } else if (await there(join(own, 'MERGE_HEAD'))) {
    kind = 'merge';
    incoming = await text('MERGE_HEAD');
  } else if (await there(join(own, 'CHERRY_PICK_HEAD'))) {
    kind = 'cherry-pick';
    incoming = await text('CHERRY_PICK_HEAD');
  } else if (await there(join(own, 'REVERT_HEAD'))) {
    kind = 'revert';
    incoming = await text('REVERT_HEAD');
  } else return null;
  return { kind, with: incoming, conflicts: await unmergedPaths(git, path) };
}

/** Paths that are in conflict in the index. */
export async function unmergedPaths(git: Git, path: string): Promise<string[]> {
  const listed = await git.need(path, [...quietly, 'ls-files', '-z', '--unmerged']);
  return [...new Set(splitNul(listed).map((entry) => pathFromBytes(entry.subarray(entry.indexOf(9) + 1))))];
}
