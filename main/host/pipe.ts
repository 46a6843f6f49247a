import type { ChildProcessWithoutNullStreams, StdioOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { Readable } from 'node:stream';
import type { Child, ChildOptions } from './child.ts';
import { readTail } from './read-tail.ts';

/** More than a socket pair keeps (Linux: 208 kB unless raised): see the PTY's tail. */
const TAIL_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Starts a child on three pipes, in a session of its own: a signal for our group never reaches it. It has ended when it was
 * reaped and what it wrote is read, also when somebody it started still holds the pipes.
 */
export function startPipe(options: ChildOptions): Child {
  // What must not be inherited is covered up: the child finds /dev/null under the same number.
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe'];
  const cover = options.hidden.length > 0 ? fs.openSync('/dev/null', 'r') : null;
  for (const fd of options.hidden) {
    while (stdio.length < fd) stdio.push('ignore'); // leaves that number as it is
    stdio[fd] = cover;
  }
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio,
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (cover !== null) fs.closeSync(cover);
  const { stdin, stdout, stderr } = child as ChildProcessWithoutNullStreams;
  let ended = false;
  let paused = false;

  stdout.on('data', options.onOutput);
  stderr.on('data', options.onErrors);
  // EPIPE and ECONNRESET: the child ended first. The write's own callback reports it.
  for (const stream of [stdin, stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') process.emitWarning(error);
    });
  }

  const readRest = (stream: Readable, give: (bytes: Buffer) => void): void => {
    stream.removeListener('data', give);
    for (let rest = stream.read() as Buffer | null; rest !== null; rest = stream.read() as Buffer | null) give(rest);
    const fd = (stream as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
    if (stream.readableEnded || fd === undefined || fd < 0) return;
    readTail(fd, TAIL_LIMIT_BYTES, give);
  };

  const finish = (end: { exitCode?: number; signal?: string; failure?: string }): void => {
    if (ended) return;
    ended = true;
    if (end.failure === undefined && process.platform !== 'win32') {
      readRest(stdout, options.onOutput);
      readRest(stderr, options.onErrors);
    }
    stdin.destroy();
    stdout.destroy();
    stderr.destroy();
    options.onEnd(end);
  };

  child.on('error', (error) => {
    if (child.pid === undefined) finish({ failure: error.message });
  });
  child.on(process.platform === 'win32' ? 'close' : 'exit', (exitCode, signal) =>
    finish(signal ? { signal } : { exitCode: exitCode ?? 0 }),
  );

  return {
    pid: child.pid ?? 0,
    inheritable: null,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (ended || !stdin.writable) reject(new Error('its input is closed'));
        else stdin.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    closeInput: () => new Promise((resolve) => (stdin.writable ? stdin.end(() => resolve()) : resolve())),
    resize: () => undefined,
    pause() {
      if (ended || paused) return;
      paused = true;
      stdout.pause();
      stderr.pause();
    },
    resume() {
      if (ended || !paused) return;
      paused = false;
      stdout.resume();
      stderr.resume();
    },
  };
}
