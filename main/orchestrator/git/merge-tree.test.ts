import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGitFixture, git } from '../../testing/git-fixture.ts';
import { createGit } from './git.ts';
import { mergeCommits, mergePairs } from './merge-tree.ts';

test('pairs joined by one process give what each gives alone, conflicts of every kind among them', async () => {
  const { path, close } = await createGitFixture({ 'a.txt': '1\n2\n3\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' });
  try {
    const commits: string[] = [];
    const branch = async (work: () => Promise<unknown>) => {
      await git(path, 'switch', '--quiet', '--detach', 'main');
      await work();
      await git(path, 'add', '--all');
      await git(path, 'commit', '--quiet', '--allow-empty', '--message', 'work');
      commits.push((await git(path, 'rev-parse', 'HEAD')).trim());
    };
    await branch(() => writeFile(join(path, 'a.txt'), 'one\n2\n3\n'));
    await branch(() => writeFile(join(path, 'a.txt'), 'uno\n2\n3\n'));
    await branch(() => git(path, 'rm', '--quiet', 'a.txt'));
    await branch(() => git(path, 'mv', 'a.txt', 'new\nname.txt'));
    await branch(async () => {
      await git(path, 'mv', 'dir', 'moved');
      await mkdir(join(path, 'b'));
      await git(path, 'mv', 'b.txt', 'b/b.txt');
    });
    await branch(() => writeFile(join(path, 'dir', 'd.txt'), 'd\n'));
    await branch(async () => undefined);
    const own = createGit({ environment: { PATH: process.env.PATH, HOME: path, GIT_CONFIG_NOSYSTEM: '1' } });
    const pairs = commits.flatMap((a, at) => commits.slice(at + 1).map((b) => [a, b] as const));
    const each = [];
    for (const pair of pairs) each.push(await mergeCommits(own, path, ...pair));
    expect(await mergePairs(own, path, pairs)).toEqual(each);
    const kinds = new Set(each.flatMap(({ conflicts }) => conflicts.map(({ kind }) => kind)));
    expect([...kinds].sort()).toContain('content');
    expect([...kinds].sort()).toContain('modify/delete');
    // One that cannot be joined ends the process: the others are joined alone, and it is told.
    await expect(mergePairs(own, path, [...pairs.slice(0, 2), [commits[0] ?? '', 'nothing']])).rejects.toThrow(
      /nothing/,
    );
  } finally {
    await close();
  }
});
