import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEmptyRepository, createRepository, git as gitCommand } from '../../testing/git-fixture.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents } from '../events.ts';
import { createGit } from '../git/git.ts';
import { createProjects } from './projects.ts';

let folder: string;
let database: Database;
let live: string[];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-projects-')));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
  migrate(database);
  live = [];
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function projectsIn(allowedRoots: string[] = []) {
  const { publish } = createEvents({ database, now: Date.now });
  const git = createGit({ environment: { PATH: process.env.PATH, HOME: folder } });
  return createProjects({
    database,
    publish,
    git,
    now: Date.now,
    allowedRoots,
    findOwnPrograms: async () => [],
    restartBudget: () => undefined,
    liveWorkers: () => live,
    forgetContents: () => undefined,
  });
}

test('adds a repository by any folder in it, and refuses it a second time', async () => {
  const repository = await createRepository(join(folder, 'shop api'), { 'src/a.ts': '' });
  await gitCommand(repository, 'remote', 'add', 'origin', 'https://someone:secret@example.invalid/shop.git');
  const projects = projectsIn();
  const added = await projects.add({ path: join(repository, 'src'), trusted: false });
  expect(added).toMatchObject({ name: 'shop api', path: repository, defaultBranch: 'main', trusted: false });
  expect(added.remoteUrl).toBe('https://someone@example.invalid/shop.git');
  await expect(projects.add({ path: repository, trusted: false })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('"shop api" already'),
  });
  expect(projects.list()).toEqual([added]);
});

test.each([
  ['a folder that does not exist', async () => join(folder, 'nowhere'), /no such folder/],
  ['a relative path', async () => 'somewhere', /not an absolute path/],
  [
    'a folder without git',
    async () => {
      await mkdir(join(folder, 'plain'));
      return join(folder, 'plain');
    },
    /not a git repository\. Run "git init"/,
  ],
  [
    'a file',
    async () => {
      await writeFile(join(folder, 'a.txt'), '');
      return join(folder, 'a.txt');
    },
    /is a file/,
  ],
  ['a repository without a commit', () => createEmptyRepository(join(folder, 'empty')), /no commit yet.*git commit/],
])('refuses %s with what to do', async (_name, make, message) => {
  await expect(projectsIn().add({ path: await make(), trusted: false })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringMatching(message),
  });
});

test('takes a bare repository: worktrees lie beside it', async () => {
  await createRepository(join(folder, 'r'));
  await gitCommand(folder, 'clone', '--bare', '-q', 'r', 'bare.git');
  expect(await projectsIn().add({ path: join(folder, 'bare.git'), trusted: false })).toMatchObject({
    path: join(folder, 'bare.git'),
    defaultBranch: 'main',
  });
});

test('stays inside the allowed folders, symlinks seen through', async () => {
  const inside = join(folder, 'allowed');
  await createRepository(join(inside, 'good'));
  await createRepository(join(folder, 'outside'));
  await symlink(join(folder, 'outside'), join(inside, 'link'));
  const projects = projectsIn([inside]);
  await projects.add({ path: join(inside, 'good'), trusted: false });
  await expect(projects.add({ path: join(inside, 'link'), trusted: false })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(projects.add({ path: join(inside, '..', 'outside'), trusted: false })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(projects.browse(folder)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await projects.browse(undefined)).toMatchObject({
    path: inside,
    parent: null,
    folders: [{ name: 'good', isRepository: true }],
  });
});

test('lists branches with the present one first, and is not forgotten while workers live', async () => {
  const repository = await createRepository(join(folder, 'shop'));
  await gitCommand(repository, 'branch', 'feature/a');
  const projects = projectsIn();
  const { id } = await projects.add({ path: repository, trusted: true, name: 'Shop' });
  expect(await projects.branches(id)).toEqual({ current: 'main', branches: ['main', 'feature/a'] });
  expect(projects.update({ id, trusted: false, resetSpent: false })).toMatchObject({ trusted: false, name: 'Shop' });
  live = ['fix totals'];
  expect(() => projects.remove(id)).toThrow(/fix totals/);
  live = [];
  projects.remove(id);
  expect(() => projects.get(id)).toThrow(/no project/);
});
