import { statfs } from 'node:fs/promises';
import type { DoctorCheck, HealthReport } from '../../../shared/health.ts';
import type { ClaudeProgram } from '../claude/claude-program.ts';
import type { Database } from '../database/database.ts';

/** Less free space than this stops git and SQLite sooner or later. */
const lowDiskBytes = 1024 ** 3;
const fullDiskBytes = 100 * 1024 ** 2;

export type Health = ReturnType<typeof createHealth>;

/** Looks at what Control Room depends on and says what is wrong and what to do about it. */
export function createHealth(deps: {
  database: Database;
  dataDir: string;
  version: string;
  now: () => number;
  startedAt: number;
  claude: { look(): Promise<ClaudeProgram> };
  gitVersion: () => Promise<string | undefined>;
  hasProgram: (name: string) => Promise<boolean>;
  hostPid: () => number | null;
  counts: () => { live: number; all: number; messages: number };
  migrations: () => { applied: number; latest: number };
  environment: Record<string, string>;
}) {
  async function claudeCheck(): Promise<DoctorCheck> {
    const { path, version, problem, problemCode } = await deps.claude.look();
    const title = 'Claude Code';
    if (problem) return { id: 'claude', title, state: problemCode === 'NOT_INSTALLED' ? 'not-installed' : 'error', detail: problem, fix: problem };
    return { id: 'claude', title, state: 'ok', detail: `${version} at ${path}`, fix: null };
  }

  async function gitCheck(): Promise<DoctorCheck> {
    const found = await deps.gitVersion();
    if (!found) return { id: 'git', title: 'git', state: 'not-installed', detail: 'git was not found in PATH.', fix: 'Install git, then look again.' };
    const [major = 0, minor = 0] = found.split('.').map(Number);
    const old = major < 2 || (major === 2 && minor < 38);
    return { id: 'git', title: 'git', state: old ? 'warning' : 'ok', detail: found, fix: old ? 'Update git to 2.38 or newer: conflict prediction needs it.' : null };
  }

  async function diskCheck(): Promise<DoctorCheck> {
    const { bavail, bsize } = await statfs(deps.dataDir);
    const free = bavail * bsize;
    const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free at ${deps.dataDir}`;
    if (free < fullDiskBytes) return { id: 'disk', title: 'Disk', state: 'error', detail, fix: 'Free some space now: nothing more can be kept.' };
    if (free < lowDiskBytes) return { id: 'disk', title: 'Disk', state: 'warning', detail, fix: 'Free some space: remove worktrees that are done.' };
    return { id: 'disk', title: 'Disk', state: 'ok', detail, fix: null };
  }

  function databaseCheck(): DoctorCheck {
    try {
      deps.database.get('SELECT count(*) FROM projects');
      const { applied, latest } = deps.migrations();
      return { id: 'database', title: 'Database', state: 'ok', detail: `schema ${applied} of ${latest}, ${deps.database.path}`, fix: null };
    } catch (error) {
      return { id: 'database', title: 'Database', state: 'error', detail: error instanceof Error ? error.message : String(error), fix: 'Stop Control Room and restore the newest copy beside the database file.' };
    }
  }

  function hostCheck(): DoctorCheck {
    const pid = deps.hostPid();
    return pid === null
      ? { id: 'terminals', title: 'Process host', state: 'error', detail: 'No host process: workers and terminals cannot start.', fix: 'Restart Control Room. The log says why the host ended.' }
      : { id: 'terminals', title: 'Process host', state: 'ok', detail: `process ${pid}`, fix: null };
  }

  async function optionalProgram(id: string, title: string, use: string): Promise<DoctorCheck> {
    const found = await deps.hasProgram(id);
    return { id, title, state: found ? 'ok' : 'not-installed', detail: found ? 'installed' : `not installed; ${use}`, fix: found ? null : `Install ${id} to get it. Everything else works without.` };
  }

  function shellCheck(): DoctorCheck {
    const shell = deps.environment.SHELL ?? deps.environment.COMSPEC;
    return shell
      ? { id: 'shell', title: 'Shell', state: 'ok', detail: shell, fix: null }
      : { id: 'shell', title: 'Shell', state: 'warning', detail: 'SHELL is not set; terminals use /bin/sh.', fix: 'Set SHELL to your login shell.' };
  }

  async function doctor(): Promise<{ checks: DoctorCheck[]; ranAt: number }> {
    const checks = await Promise.all([
      claudeCheck(),
      gitCheck(),
      hostCheck(),
      databaseCheck(),
      diskCheck(),
      shellCheck(),
      optionalProgram('gh', 'GitHub CLI', 'pull requests need it'),
      ...(process.platform === 'linux' ? [optionalProgram('bwrap', 'Sandbox (bubblewrap)', 'commands of workers run unsandboxed')] : []),
    ]);
    return { checks, ranAt: deps.now() };
  }

  return {
    doctor,
    /** What `GET /health` answers: unhealthy when nothing can work, degraded when workers cannot start. */
    async report(): Promise<HealthReport> {
      const { checks } = await doctor();
      const broken = checks.filter(({ id, state }) => state === 'error' || (state === 'not-installed' && (id === 'claude' || id === 'git')));
      const dead = broken.some(({ id }) => id === 'database' || id === 'disk');
      const counts = deps.counts();
      return {
        status: dead ? 'unhealthy' : broken.length > 0 ? 'degraded' : 'healthy',
        checks: {
          server: 'ok',
          ...Object.fromEntries(checks.map(({ id, state }) => [id, state === 'warning' ? 'ok' : state])),
        },
        reasons: broken.map(({ title, detail, fix }) => (fix && fix !== detail ? `${title}: ${detail} ${fix}` : `${title}: ${detail}`)),
        uptime: Math.floor((deps.now() - deps.startedAt) / 1000),
        timestamp: deps.now(),
        version: deps.version,
        persistence: 'sqlite',
        agents: counts.live,
        chats: 0,
        messages: counts.messages,
        workers: counts.live,
      };
    },
    /** Whether requests can be answered usefully: the state can be read and processes can be started. */
    ready(): { ready: boolean; reasons: string[] } {
      const reasons = [databaseCheck(), hostCheck()].filter(({ state }) => state === 'error').map(({ title, detail }) => `${title}: ${detail}`);
      return { ready: reasons.length === 0, reasons };
    },
  };
}
