import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import type { Worktree, WorktreeSize } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createDisk } from './disk.ts';

let fixture: WorktreeFixture;
let disk: ReturnType<typeof createDisk>;
let live: Worktree | undefined;
let waiting: string[] = [];

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': 'a\n', '.gitignore': 'build/\nnode_modules/\nkeys/\n.env\n' });
  const get = (id: Worktree['id']): Worktree => fixture.rows.get(id) as Worktree;
  disk = createDisk({
    git: fixture.git,
    copies: fixture.copies,
    worktrees: {
      list: () => [...fixture.rows.values()],
      present: get,
      removed: () => ({ items: [] }),
      refuseLive(worktree) {
        if (worktree.id === live?.id) throw new AppError('CONFLICT', 'fix works in it. Stop it first.', {});
      },
    },
    now: Date.now,
    folder: join(fixture.folder, 'worktrees'),
    guardBytes: () => 1,
    prepared: async () => waiting,
    findProject: () => fixture.project,
    // The repository wants these in every worktree: they are no build output.
    included: async () => ['keys/own.pem'],
    liveWorkerName: (worktree) => (worktree.id === live?.id ? 'fix' : undefined),
    lastActivityAt: ({ createdAt }) => createdAt,
    log: { warn: (details, message) => expect.unreachable(`${message} ${JSON.stringify(details)}`) },
  });
});
afterAll(async () => {
  await disk.close();
  await fixture.close();
});

async function put(worktree: Worktree, name: string, sizeBytes: number): Promise<void> {
  await mkdir(join(worktree.path, name, '..'), { recursive: true });
  await writeFile(join(worktree.path, name), Buffer.alloc(sizeBytes, 7));
}
const sizeOf = async (worktree: Worktree) =>
  (await disk.disk()).worktrees.find(({ id }) => id === worktree.id) as WorktreeSize;

test('a worktree is measured with what can be made again; what the repository wants in each is not that', async () => {
  const one = await fixture.worktree('sizes');
  await put(one, 'build/deep/out.bin', 1_000_000);
  await put(one, 'node_modules/lib/index.js', 200_000);
  await put(one, 'keys/own.pem', 50_000);
  await put(one, '.env', 10);
  const size = await sizeOf(one);
  expect(size.reclaimable.map(({ path }) => path)).toEqual(['build', 'node_modules']);
  expect(size.reclaimableBytes).toBeGreaterThanOrEqual(1_200_000);
  expect(size.sizeBytes ?? 0).toBeGreaterThanOrEqual((size.reclaimableBytes ?? 0) + 50_000);
  await writeFile(join(fixture.folder, 'outside.txt'), 'outside');
  await symlink(fixture.folder, join(one.path, 'build', 'link'));
  const done = await disk.reclaim([one.id]);
  expect(done.freedBytes).toBeGreaterThanOrEqual(1_200_000);
  expect(existsSync(join(one.path, 'build'))).toBe(false);
  expect(existsSync(join(one.path, 'keys/own.pem'))).toBe(true);
  expect(existsSync(join(one.path, '.env'))).toBe(true);
  expect(existsSync(join(fixture.folder, 'outside.txt'))).toBe(true);
  expect(await sizeOf(one)).toMatchObject({ reclaimableBytes: 0, reclaimable: [] });
});

test('says what may go and why: merged, merged by content, in no commit, not merged, in use, gone', async () => {
  const fresh = await fixture.worktree('fresh');
  expect(await sizeOf(fresh)).toMatchObject({ removal: 'safe', reasons: ['all its commits are in main'] });

  const draft = await fixture.worktree('draft');
  await put(draft, 'new.txt', 5);
  expect(await sizeOf(draft)).toMatchObject({
    removal: 'keeps',
    reasons: ['1 file in no commit would be kept as a snapshot'],
  });

  const ahead = await fixture.worktree('ahead');
  await put(ahead, 'ahead.txt', 5);
  await git(ahead.path, 'add', '--all');
  await git(ahead.path, 'commit', '--quiet', '--message', 'Ahead');
  expect(await sizeOf(ahead)).toMatchObject({
    removal: 'keeps',
    reasons: ['worker/ahead is not in main; the branch stays'],
  });
  await git(fixture.project.path, 'merge', '--quiet', '--squash', 'worker/ahead');
  await git(fixture.project.path, 'commit', '--quiet', '--message', 'Squashed');
  expect(await sizeOf(ahead)).toMatchObject({ removal: 'safe', reasons: ['its content is in main'] });

  live = fresh;
  await put(fresh, 'build/x.bin', 1000);
  expect(await sizeOf(fresh)).toMatchObject({ removal: 'blocked', reasons: ['fix works in it'] });
  const { freedBytes, results } = await disk.reclaim([fresh.id]);
  expect({ freedBytes, results }).toMatchObject({ freedBytes: 0, results: [{ done: false }] });
  expect(existsSync(join(fresh.path, 'build/x.bin'))).toBe(true);
  live = undefined;

  await rm(draft.path, { recursive: true });
  fixture.rows.set(draft.id, { ...draft, state: 'missing' });
  expect(await sizeOf(draft)).toMatchObject({ sizeBytes: 0, reasons: ['its folder is gone'] });
});

test('worktrees that wait for workers are counted, and are nobody’s', async () => {
  const folder = join(fixture.folder, 'worktrees', '.prepared', 'one');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'x.bin'), Buffer.alloc(100_000, 1));
  waiting = [folder];
  const found = await disk.disk();
  expect(found.prepared.count).toBe(1);
  expect(found.prepared.sizeBytes ?? 0).toBeGreaterThanOrEqual(100_000);
  expect(found.worktrees.some(({ path }) => path === folder)).toBe(false);
  expect(found.freeBytes).toBeGreaterThan(0);
});
