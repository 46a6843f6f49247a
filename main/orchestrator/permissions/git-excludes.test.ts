import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGit } from '../git/git.ts';
import { writeGitExcludes } from './git-excludes.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-excludes-'));
});

afterEach(() => rm(folder, { recursive: true }));

function write() {
  const environment = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  const file = join(folder, 'data', 'excludes');
  return writeGitExcludes({ file, git: createGit({ environment }), environment });
}

test("the user's own excludes stay", async () => {
  await mkdir(join(folder, '.config', 'git'), { recursive: true });
  await writeFile(join(folder, '.config', 'git', 'ignore'), '*.swp');
  expect(await readFile(await write(), 'utf8')).toMatch(/^\*\.swp\n\/\.bashrc\n/);
});

test('those of a file that git is told of as well', async () => {
  await writeFile(join(folder, '.gitconfig'), '[core]\n\texcludesFile = ~/mine\n');
  await writeFile(join(folder, 'mine'), 'notes/\n');
  expect(await readFile(await write(), 'utf8')).toMatch(/^notes\/\n\/\.bashrc\n/);
});

test('without any there are the guarded files alone', async () => {
  expect(await readFile(await write(), 'utf8')).toMatch(/^\/\.bashrc\n[\s\S]*\/\.claude\/\n$/);
});
