import { copyFile, lstat, mkdir, readFile, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git } from '../git/git.ts';

/**
 * Copies the files that git ignores and `.worktreeinclude` (gitignore syntax, at the top of the repository) names from
 * the repository into a new worktree, such as `.env`. Files that are there already are kept. Gives the copied paths.
 */
export async function copyIncludedFiles(git: Git, repository: string, worktree: string): Promise<string[]> {
  const list = join(repository, '.worktreeinclude');
  if (!(await readFile(list, 'utf8').catch(() => '')).trim()) return [];
  const named = await ignoredFiles(git, repository, `--exclude-from=${list}`);
  const ignored = new Set(await ignoredFiles(git, repository, '--exclude-standard'));
  const copied: string[] = [];
  for (const path of named.filter((name) => ignored.has(name))) {
    const source = join(repository, path);
    const target = join(worktree, path);
    if (
      await lstat(target).then(
        () => true,
        () => false,
      )
    )
      continue;
    await mkdir(dirname(target), { recursive: true });
    if ((await lstat(source)).isSymbolicLink()) await symlink(await readlink(source), target);
    else await copyFile(source, target);
    copied.push(path);
  }
  return copied;
}

async function ignoredFiles(git: Git, repository: string, excludes: string): Promise<string[]> {
  const found = await git.run(repository, 'ls-files', '-z', '--others', '--ignored', excludes);
  return found.split('\0').filter(Boolean);
}
