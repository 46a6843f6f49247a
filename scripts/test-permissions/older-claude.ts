import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from '../run-command.ts';

/** What npm gives to a user whose Node is older than the newest Claude Code wants. */
const version = '2.1.197';

/**
 * The older Claude Code that workers may meet, fetched once from npm into the user's cache folder (its platform's package,
 * 246 MB, without anything else); or why there is none here. CONTROL_ROOM_CLAUDE_CACHE names another folder.
 */
export async function olderClaude(): Promise<{ path: string } | { problem: string }> {
  const name = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  const cache = process.env.CONTROL_ROOM_CLAUDE_CACHE
    ? resolve(process.env.CONTROL_ROOM_CLAUDE_CACHE)
    : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'control-room-claude');
  const program = process.platform === 'win32' ? 'claude.exe' : 'claude';
  const path = join(cache, version, 'node_modules', name, program);
  if (existsSync(path)) return { path };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetching-'));
  try {
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
    const [file = 'npm', ...args] = npm;
    const { code, output } = await runCommand(file, [
      ...args,
      ...['install', '--prefix', work, '--no-audit', '--no-fund', '--no-save', `${name}@${version}`],
    ]);
    if (code !== 0 || !existsSync(join(work, 'node_modules', name, program)))
      return {
        problem: `Claude Code ${version} cannot be had from npm here: ${output.trim().split('\n').at(-1) ?? ''}`,
      };
    await rename(work, join(cache, version));
    return { path };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
