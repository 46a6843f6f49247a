import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import { createRepository, git as gitCommand } from '../../testing/git-fixture.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents } from '../events.ts';
import { createGit } from '../git/git.ts';
import { createWorktreeStore } from './store.ts';
import { createWorktrees, slugOf } from './worktrees.ts';

let folder: string;
let database: Database;
let project: Project;
let worktrees: ReturnType<typeof createWorktrees>;

const workerId = 'w_one' as WorkerId;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-worktrees-')));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
  migrate(database);
  const path = await createRepository(join(folder, 'shop'), {
    'a.txt': 'one\ntwo\nthree\n',
    'old name.txt': 'stays\nthe\nsame\n',
    'picture.bin': '\u0000\u0001',
    '.gitignore': '.env\nbuild/\n',
    '.worktreeinclude': '.env\nsecrets/*.key\n',
  });
  await writeFile(join(path, '.env'), 'KEY=1\n');
  project = {
    id: 'p_shop' as ProjectId,
    name: 'shop',
    path,
    defaultBranch: 'main',
    remoteUrl: null,
    trusted: false,
    trustQuestion: null,
    limits: {},
    limitsSince: 0,
    createdAt: 1,
  };
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', project.id, JSON.stringify(project));
  const { publish } = createEvents({ database, now: Date.now });
  worktrees = createWorktrees({
    database,
    publish,
    git: createGit({ environment: { PATH: process.env.PATH, HOME: folder } }),
    now: Date.now,
    folder: join(folder, 'worktrees'),
    getProject: () => project,
    liveWorkerName: () => undefined,
  });
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const make = (name: string, baseBranch = 'main') =>
  worktrees.create({ project, workerId, name, branchPrefix: 'worker/', baseBranch });

test('makes a readable branch and folder, copies what .worktreeinclude names, and never reuses a name', async () => {
  const first = await make('Fix the “totals” — now!');
  expect(first).toMatchObject({
    branch: 'worker/fix-the-totals-now',
    path: join(folder, 'worktrees', 'shop', 'fix-the-totals-now'),
    state: 'ready',
    baseBranch: 'main',
  });
  expect(await readFile(join(first.path, '.env'), 'utf8')).toBe('KEY=1\n');
  const [second, third] = await Promise.all([make('Fix the totals now'), make('Fix the totals now')]);
  expect([second.branch, third.branch]).toEqual(['worker/fix-the-totals-now-2', 'worker/fix-the-totals-now-3']);
  expect(slugOf('日本語 🚀')).toBe('worker');
});

test('refuses a base branch that is gone and leaves nothing behind', async () => {
  await expect(make('x', 'gone')).rejects.toMatchObject({
    message: expect.stringContaining('"gone"'),
    details: { code: 'BRANCH_GONE' },
  });
  await expect(make('x', '--force')).rejects.toMatchObject({ details: { code: 'BRANCH_GONE' } });
  expect(worktrees.list()).toEqual([]);
  expect(await gitCommand(project.path, 'branch', '--list', 'worker/*')).toBe('');
});

test('tells every difference from the base: committed, changed, renamed, binary, untracked with odd names', async () => {
  const { id, path } = await make('look');
  await writeFile(join(path, 'a.txt'), 'one\n2\nthree\nfour\n');
  await rename(join(path, 'old name.txt'), join(path, 'new name.txt'));
  await gitCommand(path, 'add', '-A');
  await gitCommand(path, 'commit', '-qm', 'work');
  await writeFile(join(path, 'picture.bin'), '\u0000\u0002');
  await writeFile(join(path, 'tab\tand "quote" ü.txt'), 'x\ny\n');
  const status = await worktrees.status(id);
  expect(status).toMatchObject({
    branch: 'worker/look',
    ahead: 1,
    behind: 0,
    uncommitted: ['picture.bin', 'tab\tand "quote" ü.txt'],
  });
  expect(status.files).toEqual([
    { path: 'a.txt', oldPath: null, status: 'modified', additions: 2, deletions: 1 },
    { path: 'new name.txt', oldPath: 'old name.txt', status: 'renamed', additions: 0, deletions: 0 },
    { path: 'picture.bin', oldPath: null, status: 'modified', additions: null, deletions: null },
    { path: 'tab\tand "quote" ü.txt', oldPath: null, status: 'untracked', additions: 2, deletions: 0 },
  ]);
  const { patch } = await worktrees.diff({ id });
  expect(patch).toContain('+2\n');
  expect(patch).toContain('rename to new name.txt');
  expect((await worktrees.diff({ id, path: 'a.txt' })).patch).not.toContain('rename');
  expect(await gitCommand(path, 'status', '--porcelain')).toContain('?? ');
});

test('removal refuses uncommitted work, keeps a branch with commits of its own and drops an empty one', async () => {
  const kept = await make('kept');
  await writeFile(join(kept.path, 'b.txt'), 'b');
  await expect(worktrees.remove(kept.id)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('b.txt'),
  });
  expect(existsSync(join(kept.path, 'b.txt'))).toBe(true);
  await gitCommand(kept.path, 'add', '-A');
  await gitCommand(kept.path, 'commit', '-qm', 'b');
  expect(await worktrees.remove(kept.id)).toEqual({ id: kept.id, branchKept: true });
  expect(existsSync(kept.path)).toBe(false);
  const empty = await make('empty');
  expect(await worktrees.remove(empty.id)).toEqual({ id: empty.id, branchKept: false });
  expect(await gitCommand(project.path, 'branch', '--list', '--format=%(refname:short)', 'worker/*')).toBe(
    'worker/kept\n',
  );
});

test('at the next start a half-made worktree is undone and one deleted by hand is marked', async () => {
  const whole = await make('whole');
  const gone = await make('gone');
  await rm(gone.path, { recursive: true });
  const half = await make('half');
  createWorktreeStore(database).put({ ...half, state: 'creating' });
  await worktrees.settle();
  expect(
    worktrees
      .list()
      .map(({ branch, state }) => [branch, state])
      .sort(),
  ).toEqual([
    ['worker/gone', 'missing'],
    ['worker/whole', 'ready'],
  ]);
  expect(existsSync(half.path)).toBe(false);
  expect(await gitCommand(project.path, 'branch', '--list', 'worker/half')).toBe('');
  expect(await gitCommand(whole.path, 'status', '--porcelain')).toBe('');
  await expect(worktrees.status(gone.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await worktrees.remove(gone.id)).toEqual({ id: gone.id, branchKept: false });
});
