import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import { createRepository, git as gitCommand } from '../../testing/git-fixture.ts';
import { keepProject } from '../../testing/project-fixture.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents } from '../events.ts';
import { createGit } from '../git/git.ts';
import { createTurns } from '../git/turns.ts';
import { createWorkingCopies } from '../git/working-copy.ts';
import { createPool, type Pool } from './pool.ts';
import { createWorktreeStore } from './store.ts';
import { createWorktrees, slugOf } from './worktrees.ts';

let folder: string;
let database: Database;
let project: Project;
let worktrees: ReturnType<typeof createWorktrees>;
let pool: Pool;
let makePool: () => Pool;
let prepared: number;

const workerId = 'w_one' as WorkerId;
let at = 1000;

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
  project = keepProject(database, path, { trusted: false });
  const { publish } = createEvents({ database, now: Date.now });
  const own = createGit({ environment: { PATH: process.env.PATH, HOME: folder } });
  const log = {
    warn: (details: object, message: string) => expect.unreachable(`${message}: ${JSON.stringify(details)}`),
  };
  const copies = createWorkingCopies({ git: own });
  const turns = createTurns();
  prepared = 0;
  makePool = () =>
    createPool({
      git: own,
      copies,
      turns,
      folder: join(folder, 'worktrees'),
      count: () => prepared,
      guardBytes: () => 0,
      projects: () => [project],
      isUsed: () => true,
      log,
    });
  pool = makePool();
  worktrees = createWorktrees({
    database,
    publish,
    git: own,
    copies,
    turns,
    pool,
    now: () => at,
    settings: () => ({ undoDays: 14, minimumFreeGib: 0, portBlocks: true }),
    folder: join(folder, 'worktrees'),
    getProject: () => project,
    findProject: () => project,
    liveWorkerName: () => undefined,
    includePatterns: async () => [],
    log,
  });
});

afterEach(async () => {
  await pool.close();
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

test('a removed worktree comes back wholly: commits, index, files in no commit, ignored single files, clones inside', async () => {
  const made = await make('kept');
  const { path } = made;
  await writeFile(join(path, 'b.txt'), 'committed');
  await gitCommand(path, 'add', '-A');
  await gitCommand(path, 'commit', '-qm', 'b');
  await writeFile(join(path, 'b.txt'), 'reset away');
  await gitCommand(path, 'commit', '-qam', 'lost');
  const lost = (await gitCommand(path, 'rev-parse', 'HEAD')).trim();
  await gitCommand(path, 'reset', '-q', '--hard', 'HEAD~1');
  await writeFile(join(path, 'b.txt'), 'staged');
  await gitCommand(path, 'add', 'b.txt');
  await writeFile(join(path, 'b.txt'), 'only on disk');
  await writeFile(Buffer.concat([Buffer.from(`${path}/n\n`), Buffer.from([0xff])]), 'odd');
  await writeFile(join(path, '.env'), 'KEY=mine\n');
  await mkdir(join(path, 'build'));
  await writeFile(join(path, 'build', 'out'), 'made again');
  await createRepository(join(path, 'clone'), { 'c.txt': 'c' });
  await writeFile(join(path, 'clone', 'c.txt'), 'changed in the clone');
  const before = await gitCommand(path, 'status', '--porcelain');

  expect(await worktrees.remove(made.id)).toEqual({ id: made.id, branchKept: true, undoUntil: at + 14 * 86_400_000 });
  expect(existsSync(path)).toBe(false);
  expect(await gitCommand(project.path, 'worktree', 'list')).not.toContain('kept');
  expect(worktrees.removed().items).toMatchObject([
    { id: made.id, uncommitted: 2, ignoredKept: 1, ignoredDropped: ['build/'] },
  ]);
  await gitCommand(project.path, 'gc', '-q', '--prune=now');
  expect(await gitCommand(project.path, 'cat-file', '-t', lost)).toBe('commit\n');

  const back = await worktrees.restore(made.id);
  expect(back).toMatchObject({ id: made.id, path, branch: made.branch, state: 'ready' });
  expect(await gitCommand(path, 'status', '--porcelain')).toBe(before);
  expect(await readFile(join(path, 'b.txt'), 'utf8')).toBe('only on disk');
  expect(await gitCommand(path, 'show', ':b.txt')).toBe('staged');
  expect(await readFile(Buffer.concat([Buffer.from(`${path}/n\n`), Buffer.from([0xff])]), 'utf8')).toBe('odd');
  expect(await readFile(join(path, '.env'), 'utf8')).toBe('KEY=mine\n');
  expect(existsSync(join(path, 'build'))).toBe(false);
  expect(await readFile(join(path, 'clone', 'c.txt'), 'utf8')).toBe('changed in the clone');
  expect(await gitCommand(join(path, 'clone'), 'status', '--porcelain')).toBe(' M c.txt\n');
  await expect(worktrees.restore(made.id)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('a branch goes with its worktree when its work is in the base, squashed or not; after 14 days it is for good', async () => {
  const empty = await make('empty');
  expect(await worktrees.remove(empty.id)).toMatchObject({ branchKept: false });
  const squashed = await make('squashed');
  for (const text of ['one\ntwo\n3\n', 'one\n2\n3\n']) {
    await writeFile(join(squashed.path, 'a.txt'), text);
    await gitCommand(squashed.path, 'commit', '-qam', text);
  }
  await gitCommand(project.path, 'merge', '-q', '--squash', squashed.branch);
  await gitCommand(project.path, 'commit', '-qm', 'Squashed');
  await writeFile(join(project.path, 'a.txt'), 'one\nzwei\n3\n');
  await gitCommand(project.path, 'commit', '-qam', 'And changed again');
  const tip = (await gitCommand(squashed.path, 'rev-parse', 'HEAD')).trim();
  expect(await worktrees.remove(squashed.id)).toMatchObject({ branchKept: false });
  expect(await gitCommand(project.path, 'branch', '--list', '--format=%(refname:short)', 'worker/*')).toBe('');
  expect(await worktrees.restore(squashed.id)).toMatchObject({ branch: squashed.branch });
  expect((await gitCommand(squashed.path, 'rev-parse', 'HEAD')).trim()).toBe(tip);
  await worktrees.remove(squashed.id);
  at += 15 * 86_400_000;
  expect((await worktrees.expire([project])).sort()).toEqual([empty.id, squashed.id].sort());
  expect(await gitCommand(project.path, 'for-each-ref', 'refs/control-room')).toBe('');
});

test('a removal that was cut off is finished at the next start', async () => {
  const moved = await make('moved');
  await writeFile(join(moved.path, 'draft.txt'), 'draft');
  const store = createWorktreeStore(database);
  await worktrees.remove(moved.id);
  const kept = store.removed.get(moved.id);
  if (!kept) throw new Error('not kept');
  await worktrees.restore(moved.id);
  // As a kill after the folder was moved aside leaves it.
  store.removed.put({ ...kept, state: 'removing' });
  await rename(moved.path, kept.recipe.aside);
  await worktrees.settle();
  expect(worktrees.list()).toEqual([]);
  expect(existsSync(kept.recipe.aside)).toBe(false);
  expect(worktrees.removed().items).toMatchObject([{ id: moved.id, uncommitted: 1 }]);
  await worktrees.restore(moved.id);
  expect(await readFile(join(moved.path, 'draft.txt'), 'utf8')).toBe('draft');
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
  expect(await worktrees.remove(gone.id)).toMatchObject({ id: gone.id, branchKept: false });
});

test('a prepared worktree is taken on a new branch as if it had been made, whatever commit it waited at', async () => {
  const list = () => gitCommand(project.path, 'worktree', 'list');
  pool.took(project.id, 60_000);
  prepared = 1;
  await pool.adjust();
  const [waiting = ''] = await pool.list();
  expect(await list()).toContain(waiting);
  expect(pool.holds(waiting)).toBe(true);
  expect(worktrees.list()).toEqual([]);
  await writeFile(join(project.path, 'a.txt'), 'moved on\n');
  await gitCommand(project.path, 'commit', '--quiet', '--all', '--message', 'Moved on');
  const made = await make('taken');
  expect(made).toMatchObject({ state: 'ready', branch: 'worker/taken', notes: [] });
  expect(await pool.list()).toEqual([]);
  expect(await readFile(join(made.path, 'a.txt'), 'utf8')).toBe('moved on\n');
  expect(await readFile(join(made.path, '.env'), 'utf8')).toBe('KEY=1\n');
  expect(await worktrees.status(made.id)).toMatchObject({ branch: 'worker/taken', files: [], ahead: 0, behind: 0 });
  await worktrees.remove(made.id);
  expect(existsSync(made.path)).toBe(false);
});

test('a prepared worktree that somebody wrote into is not handed out; one that was half made goes at the next start', async () => {
  pool.took(project.id, 60_000);
  prepared = 2;
  await pool.adjust();
  const [touched = '', half = ''] = await pool.list();
  await writeFile(join(touched, 'stray.txt'), 'stray');
  await rm((await gitCommand(half, 'rev-parse', '--path-format=absolute', '--git-path', 'control-room-whole')).trim());
  const made = await make('fresh');
  expect(existsSync(join(made.path, 'stray.txt'))).toBe(false);
  expect(existsSync(touched)).toBe(false);
  expect(existsSync(half)).toBe(true);
  const next = makePool();
  next.took(project.id, 60_000);
  await next.settle();
  expect(existsSync(half)).toBe(false);
  await next.adjust();
  expect(await next.list()).toHaveLength(2);
  prepared = 0;
  await next.adjust();
  expect(await next.list()).toEqual([]);
  await next.close();
  const listed = await gitCommand(project.path, 'worktree', 'list');
  expect(listed.trim().split('\n')).toHaveLength(2);
});
