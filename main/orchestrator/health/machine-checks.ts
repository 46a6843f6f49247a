import { access, constants, stat, statfs } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { DoctorCheck } from '../../../shared/health.ts';
import type { ClaudeProgram } from '../claude/claude-program.ts';

/** Less free space than this stops git and SQLite sooner or later. */
const lowDiskBytes = 1024 ** 3;
const fullDiskBytes = 100 * 1024 ** 2;

export interface MachineChecks {
  dataDir: string;
  claude: { look(): Promise<ClaudeProgram> };
  gitVersion: () => Promise<string | undefined>;
  /** What children see of the environment. */
  environment: Record<string, string>;
}

/** Looks at what has to be on the machine, whether Control Room runs or not. */
export function runMachineChecks(deps: MachineChecks): Promise<DoctorCheck[]> {
  const path = deps.environment.PATH ?? '';
  return Promise.all([
    claudeCheck(deps.claude),
    gitCheck(deps.gitVersion),
    diskCheck(deps.dataDir),
    shellCheck(deps.environment),
    optionalProgram('gh', 'GitHub CLI', 'pull requests need it', path),
    ...(process.platform === 'linux'
      ? [optionalProgram('bwrap', 'Sandbox (bubblewrap)', 'commands of workers run unsandboxed', path)]
      : []),
  ]);
}

async function claudeCheck(claude: MachineChecks['claude']): Promise<DoctorCheck> {
  const { path, version, problem, problemCode } = await claude.look();
  const title = 'Claude Code';
  if (problem)
    return {
      id: 'claude',
      title,
      state: problemCode === 'NOT_INSTALLED' ? 'not-installed' : 'error',
      detail: problem,
      fix: problem,
    };
  return { id: 'claude', title, state: 'ok', detail: `${version} at ${path}`, fix: null };
}

async function gitCheck(gitVersion: MachineChecks['gitVersion']): Promise<DoctorCheck> {
  const found = await gitVersion();
  if (!found)
    return {
      id: 'git',
      title: 'git',
      state: 'not-installed',
      detail: 'git was not found in PATH.',
      fix: 'Install git, then look again.',
    };
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const old = major < 2 || (major === 2 && minor < 38);
  return {
    id: 'git',
    title: 'git',
    state: old ? 'warning' : 'ok',
    detail: found,
    fix: old ? 'Update git to 2.38 or newer: conflict prediction needs it.' : null,
  };
}

/** Whether there is space enough where the data is. */
export async function diskCheck(dataDir: string): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(await existingFolder(dataDir));
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free at ${dataDir}`;
  if (free < fullDiskBytes)
    return { id: 'disk', title: 'Disk', state: 'error', detail, fix: 'Free some space now: nothing more can be kept.' };
  if (free < lowDiskBytes)
    return {
      id: 'disk',
      title: 'Disk',
      state: 'warning',
      detail,
      fix: 'Free some space: remove worktrees that are done.',
    };
  return { id: 'disk', title: 'Disk', state: 'ok', detail, fix: null };
}

async function optionalProgram(id: string, title: string, use: string, path: string): Promise<DoctorCheck> {
  const found = await isInPath(id, path);
  return {
    id,
    title,
    state: found ? 'ok' : 'not-installed',
    detail: found ? 'installed' : `not installed; ${use}`,
    fix: found ? null : `Install ${id} to get it. Everything else works without.`,
  };
}

function shellCheck(environment: Record<string, string>): DoctorCheck {
  const shell = environment.SHELL ?? environment.COMSPEC;
  return shell
    ? { id: 'shell', title: 'Shell', state: 'ok', detail: shell, fix: null }
    : {
        id: 'shell',
        title: 'Shell',
        state: 'warning',
        detail: 'SHELL is not set; terminals use /bin/sh.',
        fix: 'Set SHELL to your login shell.',
      };
}

async function isInPath(name: string, path: string): Promise<boolean> {
  const tries = path.split(delimiter).map((folder) =>
    access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(tries)).includes(true);
}

/** The folder itself, or the nearest one above it that is there already. */
async function existingFolder(path: string): Promise<string> {
  const found = await stat(path).then(
    () => true,
    () => false,
  );
  return found || dirname(path) === path ? path : existingFolder(dirname(path));
}
