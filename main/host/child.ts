import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import * as path from 'node:path';

/** What a child process is started with: the part PTYs and pipes share. */
export interface ChildOptions {
  /** Absolute path. */
  file: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  cols: number;
  rows: number;
  /** Descriptors of ours that a child would inherit and must not: see `Child.inheritable`. */
  hidden: number[];
  onOutput(bytes: Buffer): void;
  onErrors(bytes: Buffer): void;
  /** Called once, after the last byte was given to `onOutput` and `onErrors`. */
  onEnd(end: { exitCode?: number; signal?: string; failure?: string }): void;
}

/** A running child, whatever it is connected by. */
export interface Child {
  pid: number;
  /**
   * A descriptor of ours that later children would inherit: node-pty 1.1 leaves a terminal's master open across `exec`
   * on Linux, and whoever holds it types into that terminal and reads it.
   */
  inheritable: number | null;
  /** Settles when the kernel has taken all bytes; rejects when the child ends first. Writes keep their order. */
  write(bytes: Buffer): Promise<void>;
  closeInput(): Promise<void>;
  resize(cols: number, rows: number): void;
  /** Stops reading: the child waits once the kernel's buffer is full. What is unread is still read when it ends. */
  pause(): void;
  resume(): void;
}

/**
 * Finds the program a name means, as `execvp` would but with the child's own PATH, so that a missing one is an answer in
 * words and not a child that ends with 1.
 */
export async function findProgram(file: string, cwd: string, searchPath: string | undefined): Promise<string> {
  const extensions = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : [''];
  const folders = /[/\\]/.test(file) ? [''] : (searchPath ?? '/usr/local/bin:/usr/bin:/bin').split(path.delimiter);
  let refused: string | undefined;
  for (const folder of folders) {
    for (const extension of extensions) {
      const candidate = path.resolve(cwd, folder, file + extension);
      try {
        if (!(await fsp.stat(candidate)).isFile()) continue;
        await fsp.access(candidate, fs.constants.X_OK);
        return candidate;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EACCES') refused = candidate;
      }
    }
  }
  throw new Error(
    refused
      ? `${refused} may not be executed: check its permissions`
      : `${file} was not found: install it or check PATH`,
  );
}
