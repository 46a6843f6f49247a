import { execFile, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { AppError } from '../../../shared/errors.ts';

export interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface GitBytes {
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface Git {
  /** Runs git in `folder`; rejects with UNPROCESSABLE holding git's own words when it exits with another code than 0. */
  run(folder: string, ...args: string[]): Promise<string>;
  /** Runs git in `folder` and gives its exit code with its output, whatever it is. */
  try(folder: string, ...args: string[]): Promise<GitResult>;
  /** Runs git in `folder` with `input` on its standard input; output as bytes, whatever the exit code is. */
  bytes(folder: string, args: readonly string[], input?: Buffer): Promise<GitBytes>;
  /** The same; rejects as `run` does. */
  need(folder: string, args: readonly string[], input?: Buffer): Promise<Buffer>;
  /**
   * Runs git in `folder` and gives its output as it comes, as text; git is ended when `take` answers false. Gives the exit
   * code, null when it was ended.
   */
  read(folder: string, args: readonly string[], take: (text: string) => boolean): Promise<number | null>;
  /** git's version ("2.39.5"), or undefined when it is not installed. */
  version(): Promise<string | undefined>;
  /** The same git with further variables, for a command that works on an index of its own. */
  with(variables: Record<string, string>): Git;
}

/*
 * checkout.workers: one process that creates 20,000 files needs 4 to 20 times as long as four on common disks.
 * gc.auto: a detached gc after a commit holds locks that fail the next command.
 */
const always = [
  '-c',
  'checkout.workers=4',
  '-c',
  'gc.auto=0',
  '-c',
  'core.quotePath=false',
  '-c',
  'advice.detachedHead=false',
];

/** Largest output taken from one command, in bytes. */
const maxOutputBytes = 256 * 1024 * 1024;

/** The only place that starts git. `environment` is what git and its helpers (ssh, credential) see. */
export function createGit(deps: { environment: NodeJS.ProcessEnv }): Git {
  const env = {
    ...deps.environment,
    // Never wait for a password nobody can type, never translate what is parsed, never take optional locks.
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
  };

  function execute(folder: string | undefined, args: string[]): Promise<GitResult> {
    return new Promise((resolve, reject) => {
      execFile(
        'git',
        [...always, ...args],
        { cwd: folder, env, maxBuffer: maxOutputBytes, windowsHide: true },
        (error, stdout, stderr) => {
          if (!error) return resolve({ code: 0, stdout, stderr });
          if (typeof error.code === 'number') return resolve({ code: error.code, stdout, stderr });
          reject(error);
        },
      );
    });
  }

  function executeBytes(folder: string, args: readonly string[], input: Buffer | undefined): Promise<GitBytes> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', [...always, ...args], { cwd: folder, env, windowsHide: true });
      const stdout: Buffer[] = [];
      let stderr = '';
      let sizeBytes = 0;
      child.stdout.on('data', (data: Buffer) => {
        sizeBytes += data.length;
        if (sizeBytes > maxOutputBytes) child.kill();
        else stdout.push(data);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-64 * 1024);
      });
      child.on('error', reject);
      child.on('close', (code) => {
        if (sizeBytes > maxOutputBytes) stderr = `it wrote more than ${maxOutputBytes} bytes`;
        resolve({ code: code ?? -1, stdout: Buffer.concat(stdout), stderr });
      });
      // A command that has enough may close its input before all of it is written.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  function attempt(folder: string, args: string[]): Promise<GitResult> {
    return started(folder, () => execute(folder, args));
  }

  async function started<T>(folder: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // A missing program and a missing working folder are both ENOENT here.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new AppError(
          'UNPROCESSABLE',
          `git could not be started in ${folder}: check that git is installed and the folder exists.`,
          { folder },
          { cause: error },
        );
      }
      throw error;
    }
  }

  return {
    try: (folder, ...args) => attempt(folder, args),
    async run(folder, ...args) {
      const { code, stdout, stderr } = await attempt(folder, args);
      if (code !== 0) throw failure(folder, args, code, stderr.trim() || stdout.trim());
      return stdout;
    },
    bytes: (folder, args, input) => started(folder, () => executeBytes(folder, args, input)),
    async need(folder, args, input) {
      const { code, stdout, stderr } = await started(folder, () => executeBytes(folder, args, input));
      if (code !== 0) throw failure(folder, args, code, stderr.trim() || stdout.toString('utf8').trim());
      return stdout;
    },
    read: (folder, args, take) =>
      new Promise((resolve, reject) => {
        const child = spawn('git', [...always, ...args], {
          cwd: folder,
          env,
          windowsHide: true,
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const decoder = new StringDecoder('utf8');
        let enough = false;
        child.stdout.on('data', (data: Buffer) => {
          if (enough || take(decoder.write(data))) return;
          enough = true;
          child.kill();
        });
        child.on('error', reject);
        child.on('close', (code) => resolve(enough ? null : code));
      }),
    with: (variables) => createGit({ environment: { ...deps.environment, ...variables } }),
    async version() {
      try {
        const { stdout } = await execute(undefined, ['--version']);
        return /(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1];
      } catch {
        // Not installed: the caller says what that means.
        return undefined;
      }
    },
  };
}

/** What went wrong in a git command, in words that name the fix where it is known. */
function failure(folder: string, args: readonly string[], code: number, said: string): AppError {
  const words = said.split('\n').slice(-5).join('\n');
  const command = args.find((argument, at) => !argument.startsWith('-') && args[at - 1] !== '-c') ?? args[0];
  const lock = /Unable to create '([^']+\.lock)': File exists/.exec(said)?.[1];
  if (lock)
    return new AppError(
      'CONFLICT',
      `Another git command is at work in ${folder}: it holds ${lock}. Try again when it is done; if none runs any more, "Repair" removes the lock.`,
      { command: args, code, lock },
    );
  if (/No space left on device/i.test(said))
    return new AppError(
      'UNPROCESSABLE',
      `The disk is full, so git ${command} could not finish in ${folder}. Nothing was lost; free some space (the disk view shows what can go) and do it again.`,
      { command: args, code, full: true },
    );
  return new AppError('UNPROCESSABLE', `git ${command} failed in ${folder}: ${words}`, { command: args, code });
}
