import { execFile } from 'node:child_process';

export interface ProgramAnswer {
  /** The program is not in PATH. */
  missing: boolean;
  /** Null when it was ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, without a shell, and gives what it said; never rejects. An aborted signal ends it. */
export function askProgram(
  file: string,
  args: readonly string[],
  options: { environment: Record<string, string>; signal: AbortSignal; cwd?: string },
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      {
        env: options.environment,
        signal: options.signal,
        killSignal: 'SIGKILL',
        maxBuffer: 1024 * 1024,
        windowsHide: true,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) =>
        resolve({
          missing: error?.code === 'ENOENT',
          code: error ? (typeof error.code === 'number' ? error.code : null) : 0,
          stdout,
          stderr,
        }),
    );
  });
}
