import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Worktree } from '../../../shared/worktrees.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createDisk } from './disk.ts';
import type { Worktrees } from './worktrees.ts';

let fixture: WorktreeFixture;
beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': 'one\n', '.gitignore': 'dist/\n' });
});
afterAll(() => fixture.close());

test('one that was moved by hand is said to be so, and the others are measured all the same', async () => {
  const rows = [await fixture.worktree('moved'), await fixture.worktree('there')];
  const [moved, there] = rows as [Worktree, Worktree];
  await mkdir(join(there.path, 'dist'));
  await writeFile(join(there.path, 'dist', 'out.js'), 'x'.repeat(200_000));
  await rename(moved.path, `${moved.path}-by-hand`);
  const worktrees: Partial<Worktrees> = { list: () => rows, removed: () => ({ items: [] }) };
  const deps = {
    git: fixture.git,
    copies: fixture.copies,
    worktrees: worktrees as Worktrees,
    now: Date.now,
    folder: fixture.folder,
    guardBytes: () => 0,
    findProject: () => fixture.project,
    included: async () => [],
    liveWorkerName: ({ id }: Worktree) => (id === moved.id ? 'Somebody' : undefined),
    lastActivityAt: () => 1,
    log: { warn: () => undefined },
    prepared: async () => [],
  };
  const disk = createDisk(deps);
  const { worktrees: sizes, measuring } = await disk.disk();
  expect(measuring).toBe(false);
  expect(sizes.find(({ id }) => id === there.id)).toMatchObject({
    removal: 'safe',
    reclaimable: [{ path: 'dist' }],
    reclaimableBytes: expect.any(Number),
  });
  expect(sizes.find(({ id }) => id === there.id)?.reclaimableBytes).toBeGreaterThan(200_000);
  expect(sizes.find(({ id }) => id === moved.id)).toMatchObject({
    sizeBytes: 0,
    removal: 'blocked',
    reasons: ['Somebody works in it', expect.stringContaining('Repair')],
  });
  await disk.close();
});
