import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MergeId } from '../../../shared/ids.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { type BegunMerge, createMergesBegun } from './merges-begun.ts';

let fixture: WorktreeFixture;
let begun: BegunMerge;
let journal: ReturnType<typeof createMergesBegun>;
const place = () => fixture.project.path;
const rev = async (name: string) => (await git(place(), 'rev-parse', name)).trim();
const put = (name: string, text: string) => writeFile(join(place(), name), text);
const status = () => git(place(), 'status', '--porcelain');

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'mine.txt': 'mine\n' });
  const worktree = await fixture.worktree('merged');
  await writeFile(join(worktree.path, 'a.txt'), 'A\n');
  await writeFile(join(worktree.path, 'b.txt'), 'B\n');
  await git(worktree.path, 'commit', '-qam', 'Both');
  begun = {
    id: 'm_one' as MergeId,
    worktreeId: worktree.id,
    into: 'main',
    before: await rev('main'),
    after: await rev('worker/merged'),
    method: 'merge',
    at: 1,
    kind: 'merge',
    place: place(),
  };
  journal = createMergesBegun(fixture);
});
afterAll(() => fixture.close());

test('a working copy in which git was cut off goes back to where its branch stands, beside changes of a person', async () => {
  await put('mine.txt', 'changed and in no commit\n');
  const snapshot = await fixture.copies.keep(place(), await fixture.copies.look(place()), 'refs/control-room/x', 'x');
  // git had written one of two files and held the index.
  await put('a.txt', 'A\n');
  await put('.git/index.lock', '');
  await journal.mendPlace(place(), begun, snapshot);
  expect(await status()).toBe(' M mine.txt\n');
  expect(await readFile(join(place(), 'mine.txt'), 'utf8')).toBe('changed and in no commit\n');
  expect(await rev('main')).toBe(begun.before);
}, 60_000);

test('what a person wrote there meanwhile is never touched', async () => {
  await put('a.txt', 'A\n');
  await put('b.txt', 'by hand\n');
  await journal.mendPlace(place(), begun, null);
  expect(await readFile(join(place(), 'a.txt'), 'utf8')).toBe('A\n');
  expect(await readFile(join(place(), 'b.txt'), 'utf8')).toBe('by hand\n');
});

test('the journal holds what was begun until it is recorded', () => {
  journal.put(begun);
  expect(journal.has(begun.id)).toBe(true);
  expect(journal.list()).toEqual([begun]);
  journal.remove(begun.id);
  expect(journal.list()).toEqual([]);
});
