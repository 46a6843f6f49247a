import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import { quietly, type WorkingCopies } from '../git/working-copy.ts';

/** So long a command that outlived the program may write on. */
const stillWrittenMs = 30_000;

/** For a machine without git-lfs: pointers stay what they are instead of failing the checkout. */
const withoutLfs = ['-c', 'filter.lfs.required=false', '-c', 'filter.lfs.smudge=', '-c', 'filter.lfs.process='];

/** Refuses when the disk that holds `folder` has less free space than this. */
export async function checkFreeSpace(folder: string, minimumBytes: number): Promise<void> {
  if (minimumBytes === 0) return;
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= minimumBytes) return;
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  throw new AppError(
    'UNPROCESSABLE',
    `The disk of the worktrees has ${gib(freeBytes)} left, less than the ${gib(minimumBytes)} that are kept free. The disk view shows what can go; or lower the limit in the settings.`,
    { code: 'WORKTREE', freeBytes, minimumBytes },
  );
}

/**
 * Deletes a folder that a git of an earlier start may still be writing into: it ends once the folder is gone. Rejects when
 * it is still there after half a minute.
 */
export async function removeFolder(path: string): Promise<void> {
  const until = Date.now() + stillWrittenMs;
  for (;;) {
    try {
      await rm(path, { recursive: true, force: true });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENOTEMPTY' && code !== 'EBUSY' && code !== 'EPERM') || Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Makes a worktree on disk: on a new branch, or on one that is there. Gives what is worth knowing of it. */
export async function addWorktree(
  deps: { git: Git; copies: WorkingCopies },
  repository: string,
  worktree: Pick<Worktree, 'path' | 'branch' | 'baseCommit'>,
  options: { newBranch: boolean; tree?: string | undefined },
): Promise<string[]> {
  const { git } = deps;
  const { path, branch, baseCommit } = worktree;
  const notes: string[] = [];
  await mkdir(dirname(path), { recursive: true });
  const target = options.newBranch ? ['-b', branch, path, baseCommit] : [path, branch];
  try {
    await git.run(repository, 'worktree', 'add', '--quiet', ...target);
  } catch (error) {
    if (!(error instanceof AppError) || !/lfs/i.test(error.message)) throw error;
    // The branch is made before the files are: a second try finds it.
    await git.try(repository, 'worktree', 'remove', '--force', '--force', path);
    const made = await git.try(repository, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`);
    await git.run(
      repository,
      ...withoutLfs,
      'worktree',
      'add',
      '--quiet',
      '--force',
      ...(made.code === 0 ? [path, branch] : target),
    );
    notes.push(
      'LFS files are pointers: git-lfs is not installed or could not fetch them. Install it and run "git lfs pull" there.',
    );
  }
  notes.push(...(await fillSubmodules(git, repository, path)));
  if (options.tree) {
    const state = await deps.copies.look(path);
    await deps.copies.switchFiles(path, state.tree, options.tree);
  }
  return notes;
}

/**
 * Checks out the submodules that the project's own folder has checked out, from the copies there: without the network, and
 * in a moment. One whose commit that copy lacks is fetched as git does; what fails is told and hinders nobody.
 */
async function fillSubmodules(git: Git, repository: string, path: string): Promise<string[]> {
  if (!(await lstat(join(path, '.gitmodules')).catch(() => undefined))) return [];
  const listed = await git.try(path, 'config', '--file', '.gitmodules', '--get-regexp', '^submodule\\..*\\.path$');
  const notes: string[] = [];
  const common = (await git.run(repository, 'rev-parse', '--path-format=absolute', '--git-common-dir')).trim();
  for (const line of listed.stdout.split('\n').filter(Boolean)) {
    const [key = '', ...rest] = line.split(' ');
    const name = key.slice('submodule.'.length, -'.path'.length);
    const place = rest.join(' ');
    if (!(await lstat(join(repository, place, '.git')).catch(() => undefined))) continue;
    const source = join(common, 'modules', name);
    const local = (await lstat(source).catch(() => undefined)) ? source : join(repository, place);
    const url = await git.try(repository, 'config', '--get', `submodule.${name}.url`);
    const update = ['submodule', 'update', '--init', '--quiet', '--recursive', '--', place];
    const fromCopy = await git.try(
      path,
      '-c',
      'protocol.file.allow=always',
      '-c',
      `submodule.${name}.url=${local}`,
      ...update,
    );
    if (fromCopy.code !== 0) {
      const fetched = await git.try(path, ...update);
      if (fetched.code !== 0)
        notes.push(
          `The submodule ${place} could not be checked out: ${fetched.stderr.trim().split('\n').at(-1) ?? ''}. Run "git submodule update --init" there.`,
        );
    }
    // It was taken from a copy, and is to fetch from where that one does.
    if (url.code === 0) await git.try(join(path, place), ...quietly, 'remote', 'set-url', 'origin', url.stdout.trim());
  }
  return notes;
}
