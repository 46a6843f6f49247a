import { spawn } from 'node:child_process';
import { repositoryFolder } from './repository-folder.ts';

export interface CommandResult {
  /** Exit code; null when it was ended by a signal or did not start. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Everything it printed, both streams in the order of arrival. Empty when the output was shown instead. */
  output: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ended (TERM, then KILL) after this long. */
  timeoutMs?: number;
  /** `show` passes the output on, `collect` keeps it, `both` does both. */
  output?: 'show' | 'collect' | 'both';
}

/** Runs a program without a shell and gives how it ended; never rejects, for a program that is missing gives `code: null`. */
export function runCommand(file: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { output: mode = 'collect', timeoutMs } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? repositoryFolder,
      env: options.env ?? process.env,
      stdio: mode === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (data: Buffer) => {
      output += data.toString();
      if (mode === 'both') process.stdout.write(data);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const timers: NodeJS.Timeout[] = [];
    if (timeoutMs !== undefined) {
      timers.push(
        setTimeout(() => {
          output += `\nStopped after ${Math.round(timeoutMs / 1000)} s.\n`;
          child.kill('SIGTERM');
        }, timeoutMs),
        setTimeout(() => child.kill('SIGKILL'), timeoutMs + 5000),
      );
    }
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code, signal, output });
    };
    child.on('error', (error) => {
      output += `${file}: ${error.message}\n`;
      end(null, null);
    });
    child.on('close', end);
  });
}
