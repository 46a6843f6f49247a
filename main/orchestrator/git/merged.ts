import type { Git } from './git.ts';
import { quietly } from './working-copy.ts';

/** Most commits of a base whose patches are compared. */
const mostCompared = 400;

/**
 * Whether all that a branch holds is in another: its commits, or (as after a squash or a rebase) their content. A branch
 * without any commit of its own counts as `commits`.
 */
export async function mergedInto(
  git: Git,
  folder: string,
  head: string,
  base: string,
): Promise<'no' | 'commits' | 'content'> {
  const ancestor = await git.try(folder, 'merge-base', '--is-ancestor', head, base);
  if (ancestor.code === 0) return 'commits';
  const fork = await git.try(folder, 'merge-base', base, head);
  if (fork.code !== 0) return 'no';
  // Merging it would change nothing: the base has it all.
  const [merged, baseTree] = await Promise.all([
    git.try(folder, 'merge-tree', '--write-tree', '--no-messages', base, head),
    git.run(folder, 'rev-parse', `${base}^{tree}`),
  ]);
  if (merged.code === 0 && merged.stdout.trim() === baseTree.trim()) return 'content';
  const at = fork.stdout.trim();
  const cherry = await git.try(folder, 'cherry', base, head);
  const lines = cherry.stdout.split('\n').filter(Boolean);
  if (cherry.code === 0 && lines.length > 0 && lines.every((line) => line.startsWith('-'))) return 'content';
  // One commit of the base makes the same change as all of the branch together, whatever came after it.
  const whole = await patchIds(git, folder, ['diff', '--no-ext-diff', '--no-textconv', at, head]);
  const own = whole[0];
  if (!own) return 'no';
  const others = await patchIds(git, folder, [
    'log',
    '-p',
    '--no-ext-diff',
    '--no-textconv',
    '--no-merges',
    `--max-count=${mostCompared}`,
    `${at}..${base}`,
  ]);
  return others.includes(own) ? 'content' : 'no';
}

async function patchIds(git: Git, folder: string, args: string[]): Promise<string[]> {
  const { code, stdout } = await git.bytes(folder, [...quietly, ...args]);
  if (code !== 0 || stdout.length === 0) return [];
  const ids = await git.bytes(folder, ['patch-id', '--stable'], stdout);
  return ids.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter(Boolean);
}
