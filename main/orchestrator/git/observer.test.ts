import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Worktree } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createObserver, type Observer } from './observer.ts';
import type { WorkingCopies } from './working-copy.ts';

let fixture: WorktreeFixture;
let observer: Observer;
let worktree: Worktree;
let looks = 0;
let tree = '';
/** How many looks there had been when it was told. */
let looksThen = 0;
let wake: () => void = () => undefined;

beforeAll(async () => {
  fixture = await createWorktreeFixture({
    'src/a.txt': 'a\n',
    'src/b.txt': 'b\n',
    'deep/er/c.txt': 'c\n',
    '.gitignore': 'out/\n*.log\n',
  });
  worktree = await fixture.worktree('watched');
  const copies: WorkingCopies = {
    ...fixture.copies,
    look: (path, options) => {
      looks += 1;
      return fixture.copies.look(path, options);
    },
  };
  observer = createObserver({
    git: fixture.git,
    copies,
    now: Date.now,
    log: { warn: (details, message) => expect.unreachable(`${message} ${JSON.stringify(details)}`) },
  });
  observer.watch(worktree, (state) => {
    tree = state.tree;
    looksThen = looks;
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

test('a change is known before everything is looked at, and everything is looked at after it', async () => {
  // What the making of the worktree asks for is over once a look found nothing more to ask for.
  let before = -1;
  while (before !== looks) {
    before = looks;
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  await Promise.all([
    write('src/a.txt', 'changed\n'),
    write('src/new\nname ü.txt', 'new\n'),
    rm(join(worktree.path, 'src/b.txt')),
  ]);
  await seen();
  expect(looksThen).toBe(before);
  await write('a.log', 'ignored\n');
  while (looks === before) await new Promise((resolve) => setTimeout(resolve, 50));
  await seen();
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
