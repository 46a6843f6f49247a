import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs git as a tester, whatever the machine's own configuration says. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.invalid',
    '-c',
    'init.defaultBranch=main',
    '-c',
    'commit.gpgsign=false',
  ];
  const { stdout } = await run('git', [...identity, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout;
}

/** A repository with one commit of the given files on branch `main`. */
export async function createRepository(
  folder: string,
  files: Record<string, string> = { 'README.md': '# Sample\n' },
): Promise<string> {
  await createEmptyRepository(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'First commit');
  return folder;
}

/** A repository without any commit. */
export async function createEmptyRepository(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '--quiet');
  return folder;
}

export interface GitFixture {
  path: string;
  close(): Promise<void>;
}

/** A repository with one commit in a temporary folder of its own. */
export async function createGitFixture(files?: Record<string, string>): Promise<GitFixture> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-repository-')));
  return {
    path: await createRepository(join(folder, 'sample'), files),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
