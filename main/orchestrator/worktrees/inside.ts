import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { Git } from '../git/git.ts';
import { pathFromBytes, splitNul } from '../git/path-bytes.ts';
import { inFolder, quietly, type WorkingCopies, type WorkingState } from '../git/working-copy.ts';
import type { Recipe } from './store.ts';

type Inside = Recipe['inside'];

/** Most of those that are kept: a commit cannot have any number of parents. */
const mostReflogCommits = 1000;

/** Where a repository inside of another keeps what it holds, before that is taken over. */
const keptRef = 'refs/control-room/kept';

/**
 * Repositories inside of a worktree (submodules, clones that somebody made there) with all their commits and files in no
 * commit, taken over into the worktree's own repository under `ref`: their own folders go with the worktree.
 */
export async function keepInside(
  deps: { git: Git; copies: WorkingCopies },
  repository: string,
  path: string,
  state: Pick<WorkingState, 'nested'>,
  ref: string,
  prefix = '',
): Promise<Inside> {
  const { git, copies } = deps;
  const kept: Inside = [];
  for (const name of await foldersInside(git, path, state)) {
    const folder = join(path, name);
    const own = await copies.look(folder);
    if (own.left.length > 0) throw unreadable(folder, own.left);
    const commit = await copies.keep(folder, own, keptRef, `kept of ${name}`, await reflogCommits(git, folder));
    const under = `${ref}/inside/${kept.length + 1}-${Buffer.from(prefix + name)
      .toString('hex')
      .slice(0, 60)}`;
    await git.run(
      repository,
      ...quietly,
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--update-shallow',
      folder,
      `+refs/*:${under}/*`,
    );
    const remote = await git.try(folder, 'config', '--get', 'remote.origin.url');
    kept.push({
      path: prefix + name,
      ref: under,
      branch: own.branch,
      remote: remote.code === 0 ? remote.stdout.trim() : null,
      commit,
      head: own.head,
    });
    kept.push(...(await keepInside(deps, repository, folder, own, under, `${prefix}${name}/`)));
  }
  return kept;
}

/** Folders of repositories inside: clones that git does not track, and submodules that are checked out. */
async function foldersInside(git: Git, path: string, state: Pick<WorkingState, 'nested'>): Promise<string[]> {
  const tracked = await git.need(path, [...quietly, 'ls-files', '-z', '--stage']);
  const links = splitNul(tracked)
    .filter((entry) => entry.subarray(0, 6).toString('latin1') === '160000')
    .map((entry) => pathFromBytes(entry.subarray(entry.indexOf(9) + 1)));
  const found: string[] = [];
  for (const name of new Set([...links, ...state.nested])) {
    if (await lstat(inFolder(path, `${name}/.git`)).catch(() => undefined)) found.push(name);
  }
  return found;
}

/** Commits that only a reflog still names: work that was reset or rebased away. */
export async function reflogCommits(git: Git, path: string, ...refs: string[]): Promise<string[]> {
  const named = new Set<string>();
  for (const ref of ['HEAD', ...refs]) {
    const { code, stdout } = await git.try(path, 'reflog', 'show', '--format=%H', ref, '--');
    if (code === 0) for (const id of stdout.split('\n').filter(Boolean)) named.add(id);
  }
  if (named.size === 0) return [];
  const lost = await git.bytes(
    path,
    ['rev-list', '--stdin', '--ignore-missing', '--not', ...refs.map((ref) => `--exclude=${ref}`), '--all'],
    Buffer.from(`${[...named].join('\n')}\n`),
  );
  const unreachable = new Set(lost.stdout.toString('utf8').split('\n').filter(Boolean));
  return [...named].filter((id) => unreachable.has(id)).slice(0, mostReflogCommits);
}

/** Puts the repositories inside back where they were. */
export async function restoreInside(
  deps: { git: Git },
  repository: string,
  path: string,
  inside: Inside,
): Promise<void> {
  const { git } = deps;
  for (const one of inside) {
    const folder = join(path, one.path);
    await mkdir(folder, { recursive: true });
    await git.run(folder, 'init', '--quiet');
    await git.run(
      folder,
      ...quietly,
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--update-shallow',
      repository,
      `+${one.ref}/*:refs/*`,
    );
    if (one.remote) await git.run(folder, 'remote', 'add', 'origin', one.remote);
    if (one.branch) await git.run(folder, 'symbolic-ref', 'HEAD', `refs/heads/${one.branch}`);
    else if (one.head) await git.run(folder, 'update-ref', '--no-deref', 'HEAD', one.head);
    await git.run(folder, ...quietly, 'read-tree', '--reset', '-u', `${one.commit}^{tree}`);
    if (one.head) await git.run(folder, ...quietly, 'read-tree', `${one.head}^{tree}`);
    else await git.run(folder, ...quietly, 'read-tree', '--empty');
    await git.run(folder, ...quietly, 'update-ref', '-d', keptRef);
  }
}

/** Files that cannot be read cannot be kept, so what holds them is not removed. */
export function unreadable(folder: string, names: readonly string[]): AppError {
  return new AppError(
    'CONFLICT',
    `${folder} holds files that cannot be read, so they could not be brought back: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}. Change their permissions, or move them away, and remove it again; nothing was touched.`,
    { folder, files: names },
  );
}
