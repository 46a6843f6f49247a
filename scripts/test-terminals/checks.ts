import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { WebSocket } from 'ws';
import type { TerminalId } from '../../shared/ids.ts';
import { decodeFrame, encodeFrame, type TerminalFrame, type ViewerFrame } from '../../shared/terminal-frames.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Room } from '../room.ts';

/** One connection of a viewer. */
export interface Viewer {
  send(frame: ViewerFrame): void;
  cut(): void;
}

export async function connectViewer(
  room: Pick<Room, 'origin' | 'token'>,
  onFrame: (frame: TerminalFrame) => void,
): Promise<Viewer> {
  const socket = new WebSocket(`${room.origin.replace('http', 'ws')}/ws`, [`bearer.${room.token}`]);
  let isCut = false;
  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary && !isCut ? (decodeFrame(data) as TerminalFrame | undefined) : undefined;
    if (frame) onFrame(frame);
  });
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  socket.on('error', () => socket.terminate());
  return {
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame));
    },
    cut() {
      isCut = true;
      socket.terminate();
    },
  };
}

/** Follows a terminal byte for byte across any number of connections, and counts what does not join up. */
export function followBytes(terminalId: TerminalId, from = 0) {
  const hash = createHash('sha256');
  const text: Buffer[] = [];
  let next = from;
  let breaks = 0;
  let acknowledged = from;
  let ended: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => {
    ended = resolve;
  });
  return {
    get next() {
      return next;
    },
    get breaks() {
      return breaks;
    },
    exited,
    giveUp: () => ended(),
    digest: () => hash.copy().digest('hex'),
    text: () => Buffer.concat(text).toString('latin1'),
    /** Takes a frame; with `acknowledge` the viewer says what it has seen, in steps as the page does. */
    take(frame: TerminalFrame, acknowledge?: (frame: ViewerFrame) => void): void {
      if (frame.terminalId !== terminalId) return;
      if (frame.kind === 'refused') {
        breaks += 1;
        console.error(`refused: ${Buffer.from(frame.bytes)}`);
      }
      if (frame.kind === 'exited' || frame.kind === 'refused') ended();
      if (frame.kind === 'snapshot') {
        breaks += 1;
        next = frame.offset;
      }
      if (frame.kind !== 'output') return;
      if (frame.offset !== next) breaks += 1;
      next = frame.offset + frame.bytes.length;
      hash.update(frame.bytes);
      text.push(Buffer.from(frame.bytes));
      if (acknowledge && next - acknowledged >= 64 * 1024) {
        acknowledged = next;
        acknowledge({ kind: 'ack', terminalId, offset: next });
      }
    },
  };
}

/** Reads what the log holds of an ended terminal, from its first byte. */
export async function readLog(room: Room, terminalId: TerminalId) {
  const log = followBytes(terminalId);
  const viewer = await connectViewer(room, (frame) => log.take(frame, (ack) => viewer.send(ack)));
  viewer.send({ kind: 'attach', terminalId, from: 0, whole: true });
  // Without an end in this time what came so far is compared, and found too short.
  const late = setTimeout(log.giveUp, 30_000);
  await log.exited;
  clearTimeout(late);
  viewer.cut();
  return log;
}

/** Waits until a stub worker has printed whole lines. */
export async function untilPrinted(room: Room, terminalId: TerminalId): Promise<void> {
  const seen = await until(async () => {
    const { text } = await room.call<{ text: string }>('GET', `/api/terminals/${terminalId}/screen`);
    return (text.match(/line \d{8} x{85}$/gm)?.length ?? 0) > 1;
  }, 60_000);
  if (!seen) throw new Error(`${terminalId} printed nothing in a minute`);
}

/** How many of the stub worker's lines are missing, doubled or out of order. */
export function wrongLines(text: string): number {
  let last: number | undefined;
  let wrong = 0;
  for (const [, digits] of text.matchAll(/line (\d{8}) x{85}\r\n/g)) {
    const number = Number(digits);
    if (last !== undefined && number !== last + 1) wrong += 1;
    last = number;
  }
  return last === undefined ? 1 : wrong;
}

export function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    // It is gone.
    return false;
  }
}

/** Waits until `test` gives true, which it must within the time; gives whether it did. */
export async function until(test: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!(await test())) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** What a process holds; `null` where the system does not say. */
export async function holdingsOf(pid: number): Promise<{ files: number; terminals: number } | null> {
  if (process.platform !== 'linux') return null;
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return {
    files: names.length,
    terminals: targets.filter((target) => target.endsWith('/ptmx')).length,
  };
}

/** Pids of a process's children; empty where the system does not say. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

export function spawnStub(room: Room, projectId: string, name: string): Promise<Worker> {
  return room.spawnWorker({ projectId, prompt: 'Print lines.', kind: 'interactive', worktree: false, name });
}

/** The worker once its terminal is there. */
export async function untilRunning(room: Room, id: string): Promise<Worker> {
  let worker: Worker | undefined;
  const found = await until(async () => {
    worker = await room.call<Worker>('GET', `/api/workers/${id}`);
    return worker.pid !== null && worker.terminalId !== null;
  }, 30_000);
  if (!worker || !found) throw new Error(`worker ${id} did not start: ${JSON.stringify(worker)}`);
  return worker;
}

/** A repeatable sequence of numbers from 0 to 1. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
