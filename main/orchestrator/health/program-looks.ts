import type { ClaudeProgram } from '../claude/claude-program.ts';
import { askProgram } from '../processes/ask-program.ts';
import { installActions, isInPath } from './install-command.ts';
import type { DoctorLook, Found } from './run-checks.ts';

/** The oldest Node that runs this. */
const oldestNode = [20, 18];

export interface ProgramLooks {
  claude: { look(): Promise<ClaudeProgram> };
  /** What git, gh and shells see of the environment, and what workers see. */
  environment: Record<string, string>;
  workerEnvironment: Record<string, string>;
}

/** The programs that are used: whether they are there, new enough, and signed in. Nothing of it costs anything. */
export function programLooks({ claude, environment, workerEnvironment }: ProgramLooks): DoctorLook[] {
  const path = environment.PATH ?? '';
  return [
    { id: 'runtime', title: 'Runtime', group: 'programs', look: lookAtRuntime },
    { id: 'claude', title: 'Claude Code', group: 'programs', look: () => lookAtClaude(claude) },
    {
      id: 'claude-login',
      title: 'Claude Code’s login',
      group: 'programs',
      look: (signal) => lookAtLogin(claude, workerEnvironment, signal),
    },
    { id: 'git', title: 'git', group: 'programs', look: (signal) => lookAtGit(environment, path, signal) },
    { id: 'gh', title: 'GitHub CLI', group: 'programs', look: (signal) => lookAtGh(environment, path, signal) },
    { id: 'shell', title: 'Shell', group: 'programs', look: (signal) => lookAtShell(environment, signal) },
    { id: 'tmux', title: 'tmux', group: 'programs', look: () => lookAtTmux(path) },
  ];
}

function lookAtRuntime(): Found {
  const { node, electron } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldestNode;
  const detail = `Node ${node}${electron ? ` in Electron ${electron}` : ''} on ${process.platform} ${process.arch}`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return { state: 'ok', detail };
  return {
    state: 'error',
    detail,
    fix: `Install Node ${oldestNode.join('.')} or newer: this one is too old.`,
    actions: [{ kind: 'copy', label: 'Copy the address', text: 'https://nodejs.org/en/download' }],
  };
}

async function lookAtClaude(claude: ProgramLooks['claude']): Promise<Found> {
  const { path, version, problem, problemCode } = await claude.look();
  if (problem === null) return { state: 'ok', detail: `${version} at ${path}` };
  const isMissing = problemCode === 'NOT_INSTALLED';
  return {
    state: isMissing ? 'not-installed' : 'error',
    detail: problem,
    fix: isMissing ? 'Install Claude Code, then look again.' : 'Update Claude Code, then look again.',
    actions: [
      {
        kind: 'copy',
        label: 'Copy the command',
        text: isMissing ? 'npm install -g @anthropic-ai/claude-code' : 'claude update',
      },
    ],
  };
}

async function lookAtLogin(
  claude: ProgramLooks['claude'],
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<Found> {
  const { path, problem } = await claude.look();
  if (problem !== null || path === null)
    return { state: 'warning', detail: 'Claude Code itself is to be mended first' };
  const { stdout, code } = await askProgram(path, ['auth', 'status', '--json'], { environment, signal });
  let told: { loggedIn?: unknown; authMethod?: unknown; apiKeySource?: unknown; subscriptionType?: unknown };
  try {
    told = JSON.parse(stdout) as typeof told;
  } catch {
    return {
      state: 'ok',
      detail: `this version does not tell (it ended with ${code ?? 'a signal'}); a worker will show it`,
    };
  }
  const method = [told.authMethod, told.apiKeySource, told.subscriptionType]
    .filter((part) => typeof part === 'string' && part !== 'none')
    .join(', ');
  if (told.loggedIn === true) return { state: 'ok', detail: `signed in${method ? ` (${method})` : ''}` };
  return {
    state: 'error',
    detail: 'Claude Code is not signed in: no worker can do anything.',
    fix: 'Sign in, or give ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN to the start of Control Room.',
    actions: [{ kind: 'copy', label: 'Copy the command', text: 'claude auth login' }],
  };
}

async function lookAtGit(environment: Record<string, string>, path: string, signal: AbortSignal): Promise<Found> {
  const { missing, stdout } = await askProgram('git', ['--version'], { environment, signal });
  const version = /(\d+)\.(\d+)(?:\.\d+)?/.exec(stdout);
  if (missing || !version)
    return {
      state: 'not-installed',
      detail: 'git was not found in PATH: no project can be added.',
      fix: 'Install git, then look again.',
      actions: await installActions(['git'], path),
    };
  const [major = 0, minor = 0] = version.slice(1, 3).map(Number);
  const isAtLeast = (least: number) => major > 2 || (major === 2 && minor >= least);
  const lacking = [
    // What each is used for needs.
    ...(isAtLeast(17) ? [] : ['worktrees that can be moved and mended (2.17)']),
    ...(isAtLeast(32) ? [] : ['fast checkout with several workers (2.32)']),
    ...(isAtLeast(38) ? [] : ['prediction of conflicts, git merge-tree (2.38)']),
  ];
  if (!isAtLeast(17))
    return {
      state: 'error',
      detail: `${version[0]} is too old`,
      fix: 'Update git to 2.38 or newer.',
      actions: await installActions(['git'], path),
    };
  if (lacking.length > 0)
    return {
      state: 'warning',
      detail: `${version[0]} has no ${lacking.join(', ')}`,
      fix: 'Update git to 2.38 or newer.',
      actions: await installActions(['git'], path),
    };
  const names = await askProgram('git', ['config', '--get-regexp', '^user\\.(name|email)$'], { environment, signal });
  const isNamed = /user\.name /.test(names.stdout) && /user\.email /.test(names.stdout);
  if (!isNamed && !environment.GIT_AUTHOR_NAME)
    return {
      state: 'warning',
      detail: `${version[0]}, but it does not know your name and address: workers cannot commit`,
      fix: 'Tell git who you are.',
      actions: [
        {
          kind: 'copy',
          label: 'Copy the commands',
          text: 'git config --global user.name "Your Name" && git config --global user.email you@example.org',
        },
      ],
    };
  return { state: 'ok', detail: `${version[0]}, with worktrees and prediction of conflicts` };
}

async function lookAtGh(environment: Record<string, string>, path: string, signal: AbortSignal): Promise<Found> {
  if (!(await isInPath('gh', path)))
    return {
      state: 'not-installed',
      detail: 'not installed; pull requests need it',
      fix: 'Install gh to open pull requests from here. Everything else works without.',
      actions: await installActions(['gh'], path),
    };
  const version = /(\d+\.\d+\.\d+)/.exec((await askProgram('gh', ['--version'], { environment, signal })).stdout)?.[1];
  const { code } = await askProgram('gh', ['auth', 'token'], { environment, signal });
  if (code === 0) return { state: 'ok', detail: `${version ?? 'installed'}, signed in` };
  return {
    state: 'warning',
    detail: `${version ?? 'installed'}, but not signed in: pull requests cannot be opened`,
    fix: 'Sign in to GitHub.',
    actions: [{ kind: 'copy', label: 'Copy the command', text: 'gh auth login' }],
  };
}

async function lookAtShell(environment: Record<string, string>, signal: AbortSignal): Promise<Found> {
  const shell = environment.SHELL ?? environment.COMSPEC;
  if (!shell)
    return {
      state: 'warning',
      detail: 'SHELL is not set; terminals use /bin/sh.',
      fix: 'Set SHELL to your login shell where Control Room is started.',
    };
  if (process.platform === 'win32') return { state: 'ok', detail: shell };
  const { code, missing, stderr } = await askProgram(shell, ['-c', 'exit 0'], { environment, signal });
  if (code === 0) return { state: 'ok', detail: shell };
  return {
    state: 'error',
    detail: missing
      ? `${shell} is not there`
      : `${shell} does not run: ${stderr.trim().slice(0, 200) || `it ended with ${code}`}`,
    fix: 'Set SHELL to a shell of this machine where Control Room is started.',
  };
}

async function lookAtTmux(path: string): Promise<Found> {
  const found = await isInPath('tmux', path);
  return {
    state: found ? 'ok' : 'not-installed',
    detail: found
      ? 'installed; not needed here: terminals live in a host of our own'
      : 'not installed, and not needed: terminals live in a host of our own',
  };
}
