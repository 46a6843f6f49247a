import { spawn } from 'node:child_process';

/** Lines of a failed program's output that its error repeats. */
const shownLines = 12;

/**
 * Runs a program to its end. Fails with the end of its output when it does not end with 0, cannot be started, or takes
 * longer than `withinMs`.
 */
export function runProgram(input: {
  file: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  withinMs: number;
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(input.file, input.args, {
      cwd: input.cwd,
      env: input.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: input.withinMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const reason = signal ? `did not end within ${Math.round(input.withinMs / 1000)} s` : `ended with ${code}`;
      reject(
        new Error(
          `${input.file} ${input.args[0] ?? ''} ${reason}:\n${output.trim().split('\n').slice(-shownLines).join('\n')}`,
        ),
      );
    });
  });
}
