import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Radar } from '../../../shared/overlaps.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createObserver } from '../git/observer.ts';
import { changedRanges, commonRanges, mergeOrder } from './compare.ts';
import { createOverlaps } from './overlaps.ts';

const lines = Array.from({ length: 40 }, (_, number) => `line ${number}\n`);
let fixture: WorktreeFixture;
let observer: ReturnType<typeof createObserver>;
let overlaps: ReturnType<typeof createOverlaps>;
let commands = 0;
const counted = new Map<string, number>();
const radars: Radar[] = [];
let wake: () => void = () => undefined;

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'src/a.txt': lines.join(''), 'b.txt': 'b\n' });
  const counting: typeof fixture.git = {
    ...fixture.git,
    bytes: (...args) => {
      commands += 1;
      return fixture.git.bytes(...args);
    },
    run: (...args) => {
      commands += 1;
      return fixture.git.run(...args);
    },
  };
  const log = {
    warn: (details: object, message: string) => expect.unreachable(`${message} ${JSON.stringify(details)}`),
  };
  observer = createObserver({ git: counting, copies: fixture.copies, now: Date.now, log });
  overlaps = createOverlaps({
    git: counting,
    observer,
    publish(event) {
      if (event.type === 'overlaps.changed') radars.push(event.radar);
      wake();
    },
    now: Date.now,
    repository: () => fixture.project.path,
    forkPoint: fixture.forkPoint,
    counted: ({ id }, { files }) => {
      counted.set(id, files);
      wake();
    },
    log,
  });
});
afterAll(async () => {
  await overlaps.close();
  await observer.close();
  await fixture.close();
});

/** Settles once what was told is as `matches` says. */
async function until(matches: () => boolean): Promise<void> {
  while (!matches())
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
}
const newest = () => radars.at(-1);
const edit = (worktree: Worktree, place: number, text: string) =>
  writeFile(join(worktree.path, 'src/a.txt'), lines.with(place, `${text}\n`).join(''));

test('files, then lines, then a conflict are seen as they are written, and an order that was tried', async () => {
  const one = await fixture.worktree('one');
  const two = await fixture.worktree('two');
  overlaps.follow(one);
  overlaps.follow(two);
  await until(() => counted.size === 2);
  await edit(one, 2, 'one');
  await until(() => counted.get(one.id) === 1);
  await edit(two, 30, 'two');
  await until(() => newest()?.overlaps[0]?.level === 'file' && newest()?.order.length === 2);
  expect(newest()?.overlaps).toMatchObject([
    { a: one.id, b: two.id, files: [{ path: 'src/a.txt', level: 'file', ranges: [] }] },
  ]);
  expect(newest()?.order.map(({ state }) => state)).toEqual(['clean', 'clean']);
  await edit(two, 2, 'two');
  await until(() => newest()?.overlaps[0]?.level === 'conflict' && newest()?.order[1]?.state === 'conflicts');
  expect(newest()).toMatchObject({
    overlaps: [
      { level: 'conflict', files: [{ path: 'src/a.txt', conflict: 'content', ranges: [{ from: 3, to: 3 }] }] },
    ],
    order: [{ state: 'clean' }, { state: 'conflicts', conflicts: ['src/a.txt'] }],
  });
  // A folder that is new is watched as well, and so is what comes into it later.
  await mkdir(join(one.path, 'deep/er'), { recursive: true });
  await writeFile(join(one.path, 'deep/er/x.txt'), '1\n');
  await until(() => counted.get(one.id) === 2);
  await writeFile(join(one.path, 'deep/er/y.txt'), '1\n');
  await until(() => counted.get(one.id) === 3);
  // The base moves: what would conflict with it is told.
  await writeFile(join(fixture.project.path, 'src/a.txt'), lines.with(2, 'main\n').join(''));
  await git(fixture.project.path, 'commit', '-qam', 'main');
  overlaps.baseMoved(fixture.project.id);
  await until(() => newest()?.worktrees.every(({ baseConflicts }) => baseConflicts.length === 1) ?? false);
  await git(two.path, 'checkout', '-q', '--', '.');
  await until(() => newest()?.overlaps.length === 0);
  await rm(join(one.path, 'deep'), { recursive: true });
  await until(() => counted.get(one.id) === 1);
});

test('while nothing changes, no command of git runs', async () => {
  const settled = commands;
  // Looks that were already asked for end; each rests before the next.
  let last = settled;
  for (let calm = 0; calm < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    calm = commands === last ? calm + 1 : 0;
    last = commands;
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(commands).toBe(last);
  expect(overlaps.followed()).toHaveLength(2);
});

test('ranges meet where lines are the same or side by side; who meets fewest goes first', () => {
  expect(changedRanges(Buffer.from('@@ -3 +3 @@\n-x\n+y\n@@ -10,2 +10,0 @@\n@@ -20,0 +19,3 @@\n'))).toEqual([
    { from: 3, to: 3 },
    { from: 10, to: 11 },
    { from: 20, to: 21 },
  ]);
  expect(commonRanges([{ from: 3, to: 5 }], [{ from: 5, to: 9 }])).toEqual([{ from: 5, to: 5 }]);
  expect(commonRanges([{ from: 3, to: 5 }], [{ from: 7, to: 9 }])).toEqual([]);
  const file = { path: 'f', level: 'conflict' as const, ranges: [], conflict: 'content' };
  const order = mergeOrder(
    [
      { id: 'a', branch: 'A', size: 50 },
      { id: 'b', branch: 'B', size: 5 },
      { id: 'c', branch: 'C', size: 500 },
    ],
    [{ a: 'a', b: 'b', level: 'conflict', files: [file] } as never],
  );
  expect(order.map(({ item, reason }) => [item.id, reason])).toEqual([
    ['c', 'shares no file with another'],
    ['b', 'conflicts in f with A, and is the smaller change'],
    ['a', 'conflicts in f with B, which goes first'],
  ]);
});
