import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import * as path from 'node:path';
import * as tty from 'node:tty';
import * as nodePty from 'node-pty';
import type { Child, ChildOptions } from './child.ts';
import { readTail } from './read-tail.ts';

/** node-pty's own binding, as its `unixTerminal.js` calls it (1.1.0). */
interface NativePty {
  fork(
    file: string,
    args: string[],
    env: string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (exitCode: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, cols: number, rows: number): void;
}

/**
 * More than any kernel keeps for a terminal (Linux: 64 kB and a line): after this many bytes read at its end, all that
 * the child itself wrote has been read, and what still comes is from somebody it left behind.
 */
const TAIL_LIMIT_BYTES = 1024 * 1024;
const WRITE_BYTES = 16 * 1024;
/** The kernel gives a terminal's output in pieces of some 4 kB; what is read goes side by side into blocks of this size. */
const READ_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Where node-pty keeps the small program that macOS starts children through; outside the archive in a packaged app. */
function findSpawnHelper(): string {
  if (process.platform !== 'darwin') return '';
  const root = path
    .dirname(createRequire(import.meta.url).resolve('node-pty/package.json'))
    .replace('app.asar', 'app.asar.unpacked');
  const folders = ['build/Release', `prebuilds/${process.platform}-${process.arch}`].map((folder) =>
    path.join(root, folder, 'spawn-helper'),
  );
  return folders.find((file) => fs.existsSync(file)) ?? (folders[0] as string);
}

/**
 * The command that closes what must not be inherited and then becomes the program. node-pty forks by itself, so only the
 * child can close it; bash, because `sh` may know single-digit descriptors alone, with `-p`, because it then reads no file
 * that the environment names. Costs a millisecond or two, and only beside other terminals.
 */
function withoutDescriptors({ file, args, hidden }: ChildOptions): [file: string, args: string[]] {
  if (hidden.length === 0) return [file, args];
  const bash = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find((path) => fs.existsSync(path));
  if (bash === undefined) return [file, args];
  const closing = hidden.map((fd) => `${fd}>&-`).join(' ');
  return [bash, ['-p', '-c', `exec ${closing}; exec -- "$@"`, 'bash', file, ...args]];
}

/** Starts a child on a terminal of its own. Throws when the system has no terminal or process left to give. */
export function startPty(options: ChildOptions): Child {
  return process.platform === 'win32' ? startConPty(options) : startUnixPty(options);
}

/**
 * Not through node-pty's `Terminal`, which loses the end of the output: libuv before 1.52 (Node 20, Electron 33) takes a partial
 * read together with a hang-up for the end, and `Terminal` destroys its socket 200 ms after the exit, read or not. Here the
 * terminal's other side stays open in this process, so no hang-up comes, until the child is reaped and the kernel says
 * there is nothing left to read.
 */
function startUnixPty(options: ChildOptions): Child {
  const { native } = nodePty as unknown as { native: NativePty };
  const env = Object.entries({ TERM: 'xterm-256color', ...options.env, PWD: options.cwd }).map(
    ([name, value]) => `${name}=${value}`,
  );
  let reaped: { exitCode: number; signal: number } | null = null;
  let finish: (() => void) | null = null;
  const [file, args] = withoutDescriptors(options);
  const terminal = native.fork(
    file,
    args,
    env,
    options.cwd,
    options.cols,
    options.rows,
    -1,
    -1,
    true,
    findSpawnHelper(),
    (exitCode, signal) => {
      reaped = { exitCode, signal };
      finish?.();
    },
  );
  const { fd } = terminal;
  // O_NOCTTY: the host must never become a member of a child's terminal.
  const otherSide = fs.openSync(terminal.pty, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
  let ended = false;
  let paused = false;
  const writes: Array<{ bytes: Buffer; done: number; resolve: () => void; reject: (error: Error) => void }> = [];
  let writeTimer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  let refusals = 0;

  // Read into one buffer and laid side by side: a stream's own reading makes and cuts a buffer of 64 kB for each 4 kB.
  let block = Buffer.alloc(0);
  let blockUsed = 0;
  const take = (count: number, bytes: Uint8Array): boolean => {
    if (ended) return true;
    if (block.length - blockUsed < count) {
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      blockUsed = 0;
    }
    block.set(bytes.subarray(0, count), blockUsed);
    options.onOutput(block.subarray(blockUsed, blockUsed + count));
    blockUsed += count;
    return true;
  };
  // The types leave out `onread`, which this stream hands to net.Socket like every other option.
  const reading = { onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: take } };
  const socket = new tty.ReadStream(fd, reading as ConstructorParameters<typeof tty.ReadStream>[1]);
  socket.resume();
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // With the other side open the kernel has no reason for EIO; macOS revokes the terminal when its leader ends.
    if (error.code !== 'EIO' && error.code !== 'EAGAIN') process.emitWarning(error);
  });

  const stopWriting = (): void => {
    if (writeTimer) {
      clearTimeout(writeTimer as NodeJS.Timeout);
      clearImmediate(writeTimer as NodeJS.Immediate);
    }
    for (const write of writes.splice(0)) write.reject(new Error('the process ended before it read its input'));
  };

  finish = () => {
    if (ended || !reaped) return;
    ended = true;
    readTail(fd, TAIL_LIMIT_BYTES, options.onOutput);
    stopWriting();
    socket.destroy();
    fs.closeSync(otherSide);
    const { exitCode, signal } = reaped;
    options.onEnd(signal > 0 ? { signal: signalNames.get(signal) ?? `signal ${signal}` } : { exitCode });
  };

  // The terminal takes about 4 kB until the child reads: written without blocking, the rest a moment later.
  const writeOn = (): void => {
    writeTimer = null;
    for (let turnBytes = 0; turnBytes < 256 * 1024; ) {
      const write = writes[0];
      if (!write) return;
      try {
        const written = fs.writeSync(
          fd,
          write.bytes,
          write.done,
          Math.min(WRITE_BYTES, write.bytes.length - write.done),
        );
        write.done += written;
        turnBytes += written;
        refusals = 0;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EAGAIN' && code !== 'EINTR') {
          writes.shift();
          write.reject(error as Error);
          continue;
        }
        refusals++;
        writeTimer = refusals < 20 ? setImmediate(writeOn) : setTimeout(writeOn, Math.min(20, refusals - 19));
        return;
      }
      if (write.done === write.bytes.length) {
        writes.shift();
        write.resolve();
      }
    }
    writeTimer = setImmediate(writeOn);
  };

  const write = (bytes: Buffer): Promise<void> => {
    if (ended) return Promise.reject(new Error('the process has ended'));
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      writes.push({ bytes, done: 0, resolve, reject });
      if (writes.length === 1 && !writeTimer) writeOn();
    });
  };

  return {
    pid: terminal.pid,
    // macOS starts children with nothing but their terminal.
    inheritable: process.platform === 'linux' ? fd : null,
    write,
    closeInput: () => write(Buffer.from([4])),
    resize(cols, rows) {
      if (!ended) native.resize(fd, cols, rows);
    },
    pause() {
      if (ended || paused) return;
      paused = true;
      socket.pause();
    },
    resume() {
      if (ended || !paused) return;
      paused = false;
      socket.resume();
    },
  };
}

/** Windows: node-pty reads the console's pipe to its end before it reports the exit. */
function startConPty(options: ChildOptions): Child {
  const terminal = nodePty.spawn(options.file, options.args, {
    cols: options.cols,
    rows: options.rows,
    cwd: options.cwd,
    env: options.env,
    encoding: null,
  });
  let ended = false;
  terminal.onData((data) => options.onOutput(Buffer.from(data as unknown as Uint8Array)));
  terminal.onExit(({ exitCode }) => {
    ended = true;
    options.onEnd({ exitCode });
  });
  const write = (bytes: Buffer): Promise<void> => {
    if (ended) return Promise.reject(new Error('the process has ended'));
    terminal.write(bytes);
    return Promise.resolve();
  };
  return {
    pid: terminal.pid,
    inheritable: null,
    write,
    closeInput: () => write(Buffer.from([4])),
    resize: (cols, rows) => terminal.resize(cols, rows),
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
  };
}
