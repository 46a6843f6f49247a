import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Worktree } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createFollowedCopy, type FollowedState } from './followed-copy.ts';
import { createObserver, type Observer } from './observer.ts';

let fixture: WorktreeFixture;
let observer: Observer;
let worktree: Worktree;
let tree = '';
let wake: () => void = () => undefined;

beforeAll(async () => {
  fixture = await createWorktreeFixture({
    'src/a.txt': 'a\n',
    'src/b.txt': 'b\n',
    'deep/er/c.txt': 'c\n',
    '.gitignore': 'out/\n*.log\n',
  });
  worktree = await fixture.worktree('watched');
  observer = createObserver({
    git: fixture.git,
    copies: fixture.copies,
    now: Date.now,
    log: { warn: (details, message) => expect.unreachable(`${message} ${JSON.stringify(details)}`) },
  });
  observer.watch(worktree, (state) => {
    tree = state.tree;
    wake();
  });
  await seen();
});
afterAll(async () => {
  await observer.close();
  await fixture.close();
});

/** Settles once what was told is what is there. */
async function seen(): Promise<void> {
  const { tree: there } = await fixture.copies.look(worktree.path);
  while (tree !== there)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
}
const write = (name: string, text: string) => writeFile(join(worktree.path, name), text);

test('a glance at what changed gives what a look at everything gives, or says that it cannot tell', async () => {
  const { path } = await fixture.worktree('glanced');
  const put = (name: string, text: string) => writeFile(join(path, name), text);
  const copy = createFollowedCopy({ git: fixture.git, copies: fixture.copies, path, maxFileBytes: 1000 });
  try {
    expect(await copy.glance(await fixture.copies.look(path), ['src/a.txt'])).toBeUndefined();
    let state: FollowedState = await copy.look();
    for (const [place, name] of ['src/a.txt', 'src/new\nname ü.txt', 'src/a.txt', ':(top)odd'].entries()) {
      await put(name, `changed ${place}\n`);
      const next = await copy.glance(state, [name, 'src/never-there']);
      expect(next?.tree).toBe((await fixture.copies.look(path)).tree);
      expect(next?.tree).not.toBe(state.tree);
      if (next) state = next;
    }
    await rm(join(path, 'src/b.txt'));
    state = (await copy.glance(state, ['src/b.txt', 'src/a.txt'])) ?? state;
    expect(state.tree).toBe((await fixture.copies.look(path)).tree);
    await put('a.log', 'ignored\n');
    expect(await copy.glance(state, ['a.log'])).toBe(state);
    await put('large.txt', 'x'.repeat(2000));
    expect(await copy.glance(state, ['large.txt'])).toBeUndefined();
    expect(await copy.glance(state, ['src'])).toBeUndefined();
    await put('src/.gitignore', '*\n');
    expect(await copy.glance(state, ['src/.gitignore'])).toBeUndefined();
  } finally {
    await copy.close();
  }
});

test.each([
  [
    'a folder that is empty until something else changed',
    async () => {
      await mkdir(join(worktree.path, 'empty/inner'), { recursive: true });
      await write('src/a.txt', 'again\n');
      await seen();
      await write('empty/inner/late.txt', 'late\n');
    },
  ],
  [
    'a folder that is taken away and comes back',
    async () => {
      await rm(join(worktree.path, 'deep'), { recursive: true });
      await git(worktree.path, 'checkout', '--quiet', '--', 'deep');
      await seen();
      await write('deep/er/c.txt', 'in the new one\n');
    },
  ],
  [
    'a folder that is renamed',
    async () => {
      await rename(join(worktree.path, 'deep'), join(worktree.path, 'deeper'));
      await seen();
      await write('deeper/er/d.txt', 'd\n');
    },
  ],
  [
    'what is ignored otherwise from now on',
    async () => {
      await mkdir(join(worktree.path, 'out'));
      await write('out/built.txt', 'built\n');
      await write('.gitignore', '*.txt2\n');
    },
  ],
  [
    'a commit and another branch',
    async () => {
      await git(worktree.path, 'add', '--all');
      await git(worktree.path, 'commit', '--quiet', '--message', 'All');
      await git(worktree.path, 'switch', '--quiet', '--detach', 'main');
    },
  ],
  [
    'a file for a folder and a folder for a file',
    async () => {
      await rm(join(worktree.path, 'deep'), { recursive: true });
      await write('deep', 'a file\n');
      await rm(join(worktree.path, 'src/a.txt'));
      await mkdir(join(worktree.path, 'src/a.txt'));
      await write('src/a.txt/inside', 'inside\n');
    },
  ],
])('%s is seen', async (_name, work) => {
  await work();
  await seen();
});
