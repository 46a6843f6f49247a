import type { Git } from './git.ts';
import { pathFromBytes, splitNul } from './path-bytes.ts';
import { quietly } from './working-copy.ts';

/** What git ignores in a working copy; a folder that is ignored wholly is one entry, with a slash at its end. */
export async function ignoredPaths(git: Git, path: string): Promise<string[]> {
  const listed = await git.need(path, [
    ...quietly,
    'ls-files',
    '-z',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
  ]);
  return splitNul(listed).map(pathFromBytes);
}
