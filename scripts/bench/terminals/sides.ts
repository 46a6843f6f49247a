import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import type { TerminalId } from '../../../shared/ids.ts';
import { decodeFrame, encodeFrame, type TerminalFrame, type ViewerFrame } from '../../../shared/terminal-frames.ts';
import type { Terminal } from '../../../shared/terminals.ts';
import { repositoryFolder } from '../../repository-folder.ts';
import { type Room, startRoom } from '../../room.ts';
import { readyMark } from './bench-shell.ts';

const run = promisify(execFile);

/** Shown bytes are acknowledged in steps of this many, as the page does. */
const acknowledgeEvery = 64 * 1024;

/** A terminal as a viewer has it, whoever serves it. It has said "ready". */
export interface BenchTerminal {
  write(data: string): void;
  /** Every byte of output from now on. One listener at a time. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  close(): Promise<void>;
}

/** Something that opens terminals in the bench shell. */
export interface BenchSide {
  name: string;
  open(): Promise<BenchTerminal>;
  close(): Promise<void>;
}

/** A built Control Room whose users' shell is the bench shell. */
export function startBenchRoom(shell: string): Promise<Room> {
  const headless = join(repositoryFolder, 'dist', 'main', 'headless.js');
  return startRoom({
    program: { file: process.execPath, args: [headless, 'start', '--no-open'], env: { SHELL: shell } },
  });
}

/** One connection of a viewer to a Control Room. */
export async function connectViewer(room: Pick<Room, 'origin' | 'token'>): Promise<{
  send(frame: ViewerFrame): void;
  onFrame(listener: (frame: TerminalFrame) => void): () => void;
  socket: WebSocket;
}> {
  const socket = new WebSocket(`${room.origin.replace('http', 'ws')}/ws`, [`bearer.${room.token}`]);
  const listeners = new Set<(frame: TerminalFrame) => void>();
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    const frame = decodeFrame(data) as TerminalFrame | undefined;
    if (frame) for (const listener of listeners) listener(frame);
  });
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  return {
    send: (frame) => socket.send(encodeFrame(frame)),
    onFrame(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    socket,
  };
}

export function createTerminal(room: Room): Promise<Terminal> {
  return room.call<Terminal>('POST', '/api/terminals', { cols: 120, rows: 36 });
}

/**
 * Watches a Control Room's terminal from its first byte, acknowledging as the page does; `whole` takes every byte however
 * far behind.
 */
export async function watchTerminal(room: Room, terminalId: TerminalId, whole: boolean): Promise<BenchTerminal> {
  const viewer = await connectViewer(room);
  let listener: (bytes: Uint8Array) => void = () => undefined;
  let end = 0;
  let acknowledged = 0;
  viewer.onFrame((frame) => {
    if (frame.kind === 'snapshot') {
      if (whole) throw new Error(`something was left out before ${frame.offset}`);
      end = frame.offset;
      acknowledged = end;
    }
    if (frame.kind !== 'output') return;
    if (frame.offset !== end) throw new Error(`a piece at ${frame.offset} after ${end}`);
    end = frame.offset + frame.bytes.length;
    if (end - acknowledged >= acknowledgeEvery) {
      acknowledged = end;
      viewer.send({ kind: 'ack', terminalId, offset: end });
    }
    listener(frame.bytes);
  });
  const ready = untilReady((take) => {
    listener = take;
  });
  viewer.send({ kind: 'attach', terminalId, from: 0, whole });
  await ready;
  return {
    write: (data) => viewer.send({ kind: 'input', terminalId, bytes: Buffer.from(data) }),
    onBytes(next) {
      listener = next;
    },
    async close() {
      viewer.socket.terminate();
      await room.call('DELETE', `/api/terminals/${terminalId}`);
    },
  };
}

export function controlRoomSide(room: Room, { whole }: { whole: boolean }): BenchSide {
  return {
    name: 'Control Room',
    open: async () => watchTerminal(room, (await createTerminal(room)).id, whole),
    close: async () => undefined,
  };
}

/** The bare relay, a process of its own. */
export async function startRelay(shell: string): Promise<BenchSide & { port: number }> {
  const program = fileURLToPath(new URL('./relay.ts', import.meta.url));
  const child = spawn(process.execPath, [program, shell], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = (await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value as string;
  return {
    name: 'bare relay',
    port: Number(port),
    async open() {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      let listener: (bytes: Uint8Array) => void = () => undefined;
      const ready = untilReady((take) => {
        listener = take;
      });
      socket.on('message', (data: Buffer) => listener(data));
      await ready;
      return {
        write: (data) => socket.send(data),
        onBytes(next) {
          listener = next;
        },
        async close() {
          socket.terminate();
        },
      };
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

function untilReady(listen: (take: (bytes: Uint8Array) => void) => void): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    listen((bytes) => {
      text += Buffer.from(bytes).toString('latin1');
      if (text.includes(readyMark)) resolve();
    });
  });
}

/** Milliseconds from a command to the last of the bytes it makes. */
export async function timeFlood(side: BenchSide, command: string, expectedBytes: number): Promise<number> {
  const terminal = await side.open();
  try {
    return await new Promise<number>((resolve) => {
      let count = 0;
      const startedAt = performance.now();
      terminal.onBytes((bytes) => {
        count += bytes.length;
        if (count >= expectedBytes) resolve(performance.now() - startedAt);
      });
      terminal.write(`${command}\n`);
    });
  } finally {
    await terminal.close();
  }
}

/** The same with node-pty alone. */
export async function timeRawRead(shell: string, command: string, expectedBytes: number): Promise<number> {
  const program = fileURLToPath(new URL('./raw-read.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [program, shell, String(expectedBytes), command]);
  return Number(stdout);
}
