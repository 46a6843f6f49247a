import { execFile } from 'node:child_process';
import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
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

/** The version of a program file, as it said itself: `key` is what tells one file from another. */
export interface ClaudeMemory {
  key: string;
  program: ClaudeProgram;
}

/**
 * Finds the user's `claude` and asks its version; asked again only when the file has changed. With `memoryFile` the answer
 * is kept there for the next start, as it takes the program a third of a second to say it.
 */
export function createClaudeProgram(deps: {
  configuredPath: string | null;
  environment: NodeJS.ProcessEnv;
  memoryFile?: string;
}) {
  let known: ClaudeMemory | undefined;
  let recalled: Promise<void> | undefined;

  async function recall(file: string): Promise<void> {
    try {
      const memory = JSON.parse(await readFile(file, 'utf8')) as Partial<ClaudeMemory>;
      if (typeof memory.key === 'string' && memory.program) known = { key: memory.key, program: memory.program };
    } catch {
      // There is none yet, or it was cut off: the program is asked.
    }
  }

  async function remember(memory: ClaudeMemory): Promise<void> {
    known = memory;
    if (deps.memoryFile)
      await writeFile(deps.memoryFile, JSON.stringify(memory), { mode: 0o600 }).catch(() => undefined);
  }

  async function look(): Promise<ClaudeProgram> {
    recalled ??= deps.memoryFile ? recall(deps.memoryFile) : Promise.resolve();
    await recalled;
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
    if (program.problem === null) await remember({ key, program });
    return program;
  }

  /** What can be said before the first look. */
  const unseen: ClaudeProgram = { path: deps.configuredPath, version: null, problem: null, problemCode: null };
  return { look, unseen };
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
