import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The oldest CLI whose stream, hooks and flags are spoken here. */
const oldestVersion = [2, 1, 0];

export interface ClaudeProgram {
  path: string | null;
  version: string | null;
  /** Why it cannot be used, with the fix; null when it can. */
  problem: string | null;
  problemCode: 'NOT_INSTALLED' | 'TOO_OLD' | null;
}

/** Finds the user's `claude` and asks its version; asked again only when the file has changed. */
export function createClaudeProgram(deps: { configuredPath: string | null; environment: NodeJS.ProcessEnv }) {
  let known: { key: string; program: ClaudeProgram } | undefined;

  async function look(): Promise<ClaudeProgram> {
    const path = deps.configuredPath ?? (await searchPath('claude', deps.environment));
    if (path === null) {
      return missing(
        'claude was not found in PATH. Install Claude Code (npm install -g @anthropic-ai/claude-code) or name it with --claude or CLAUDE_PATH.',
      );
    }
    if (!isAbsolute(path) || !(await isExecutable(path))) {
      return missing(`${path} is not an executable file. Set --claude or CLAUDE_PATH to the absolute path of claude.`);
    }
    const { mtimeMs, size } = await stat(path);
    const key = `${path} ${mtimeMs} ${size}`;
    if (known?.key === key) return known.program;
    const program = await askVersion(path, deps.environment);
    if (program.problem === null) known = { key, program };
    return program;
  }

  return { look };
}

function missing(problem: string): ClaudeProgram {
  return { path: null, version: null, problem, problemCode: 'NOT_INSTALLED' };
}

async function askVersion(path: string, environment: NodeJS.ProcessEnv): Promise<ClaudeProgram> {
  const answer = await new Promise<{ text: string; error: Error | null }>((resolve) => {
    execFile(path, ['--version'], { env: environment, timeout: 15_000, windowsHide: true }, (error, stdout, stderr) => {
      resolve({ text: `${stdout}${stderr}`, error });
    });
  });
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(answer.text);
  if (answer.error || !version) {
    return missing(
      `${path} --version did not answer with a version (${(answer.error?.message ?? answer.text).slice(0, 200)}). Check that it is Claude Code and runs in a terminal.`,
    );
  }
  const numbers = version.slice(1, 4).map(Number);
  if (isOlder(numbers, oldestVersion)) {
    return {
      path,
      version: version[0],
      problem: `Claude Code ${version[0]} is too old: ${oldestVersion.join('.')} or newer is needed. Run: claude update`,
      problemCode: 'TOO_OLD',
    };
  }
  return { path, version: version[0], problem: null, problemCode: null };
}

function isOlder(version: number[], than: number[]): boolean {
  for (const [index, least] of than.entries()) {
    const number = version[index] ?? 0;
    if (number !== least) return number < least;
  }
  return false;
}

async function searchPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const file of names) {
      if (isAbsolute(folder) && (await isExecutable(join(folder, file)))) return join(folder, file);
    }
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Missing and forbidden are the same answer here: it cannot be run.
    return false;
  }
}
