import { copyFile, lstat, mkdir, readFile, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git } from '../git/git.ts';
import { pathFromBytes, splitNul } from '../git/path-bytes.ts';
import { inFolder } from '../git/working-copy.ts';

/** The ignored files of a folder that patterns (gitignore syntax) or the repository's `.worktreeinclude` name. */
export async function includedFiles(
  git: Git,
  repository: string,
  folder: string,
  patterns: readonly string[],
): Promise<string[]> {
  const list = join(repository, '.worktreeinclude');
  const ownList = (await readFile(list, 'utf8').catch(() => '')).trim() !== '';
  if (!ownList && patterns.length === 0) return [];
  const excludes = [
    ...(ownList ? [`--exclude-from=${list}`] : []),
    ...patterns.map((pattern) => `--exclude=${pattern}`),
  ];
  const named = await ignoredFiles(git, folder, excludes);
  const ignored = new Set(await ignoredFiles(git, folder, ['--exclude-standard']));
  return named.filter((name) => ignored.has(name));
}

/**
 * Copies the files that git ignores and `.worktreeinclude` (gitignore syntax, at the top of the repository) or `patterns`
 * name from the repository into a new worktree, such as `.env`. Files that are there already are kept. Gives the copied paths.
 */
export async function copyIncludedFiles(
  git: Git,
  repository: string,
  worktree: string,
  patterns: readonly string[] = [],
): Promise<string[]> {
  const copied: string[] = [];
  for (const path of await includedFiles(git, repository, repository, patterns)) {
    const source = inFolder(repository, path);
    const target = inFolder(worktree, path);
    if (await lstat(target).catch(() => undefined)) continue;
    await mkdir(dirname(join(worktree, path)), { recursive: true });
    if ((await lstat(source)).isSymbolicLink()) await symlink(await readlink(source), target);
    else await copyFile(source, target);
    copied.push(path);
  }
  return copied;
}

async function ignoredFiles(git: Git, folder: string, excludes: readonly string[]): Promise<string[]> {
  const found = await git.need(folder, ['ls-files', '-z', '--others', '--ignored', ...excludes]);
  return splitNul(found).map(pathFromBytes);
}
