import type { TerminalId } from '../../../shared/ids.ts';
import { frameBytesOf, writeFrame } from '../../../shared/terminal-frames.ts';
import type { HostChunk, HostClient } from '../host/host.ts';
import type { FrameMemory, HeldBytes } from './frame-memory.ts';

/** The newest bytes of a terminal that are kept for viewers who are a little behind, however many there are. */
const ringBytes = 2 * 1024 * 1024;

/** A part of a terminal's output as the frame that all its viewers are sent. */
export interface FeedPiece {
  offset: number;
  sizeBytes: number;
  frame: HeldBytes;
}

/** One process's output as it comes, with the newest of it at hand: what all its viewers are served from. */
export interface TerminalFeed {
  /** One past the newest byte. */
  readonly end: number;
  /** Whether it follows the process. */
  readonly isLive: boolean;
  /** Whether a viewer that goes on at `offset` can be served. */
  holds(offset: number): boolean;
  /** The piece that goes on at `offset`, to be held while it is sent; undefined when there is none. */
  read(offset: number): FeedPiece | undefined;
  /** Follows the process from `offset` on. What does not join up is forgotten. */
  follow(offset: number): void;
  /** Stops following: what comes stays in the log, and costs nothing here. */
  pause(): void;
  close(): void;
}

/** Makes the feed of a process, at rest. `onPiece` is called for each piece with its end, after it can be read. */
export function createTerminalFeed(deps: {
  host: HostClient;
  memory: FrameMemory;
  processId: string;
  terminalId: TerminalId;
  onPiece(end: number): void;
}): TerminalFeed {
  const { memory, terminalId } = deps;
  let ring: FeedPiece[] = [];
  let heldBytes = 0;
  let end = 0;
  let unsubscribe: (() => void) | undefined;

  function pieceOf({ offset, bytes }: HostChunk): FeedPiece {
    const output = { kind: 'output', terminalId, offset, bytes } as const;
    const frame = memory.take(frameBytesOf(output));
    writeFrame(output, frame.bytes);
    return { offset, sizeBytes: bytes.length, frame };
  }

  function take(chunk: HostChunk): void {
    if (chunk.offset !== end) clear(); // the log had lost what lay between
    const piece = pieceOf(chunk);
    ring.push(piece);
    heldBytes += piece.sizeBytes;
    end = chunk.offset + chunk.bytes.length;
    let dropped = 0;
    while (heldBytes > ringBytes && dropped < ring.length - 1) {
      const { frame, sizeBytes } = ring[dropped] as FeedPiece;
      heldBytes -= sizeBytes;
      frame.release();
      dropped += 1;
    }
    if (dropped > 0) ring.splice(0, dropped);
    deps.onPiece(end);
  }

  function clear(): void {
    for (const { frame } of ring) frame.release();
    ring = [];
    heldBytes = 0;
  }

  function pause(): void {
    unsubscribe?.();
    unsubscribe = undefined;
  }

  return {
    get end() {
      return end;
    },
    get isLive() {
      return unsubscribe !== undefined;
    },
    holds: (offset) => offset <= end && offset >= (ring[0]?.offset ?? end),
    read(offset) {
      if (offset >= end) return undefined;
      // From the newest backwards: most viewers are near the end.
      for (let index = ring.length - 1; index >= 0; index -= 1) {
        const piece = ring[index] as FeedPiece;
        if (piece.offset > offset) continue;
        if (piece.offset === offset) return piece;
        const bytes = piece.frame.bytes.subarray(piece.frame.bytes.length - (piece.offset + piece.sizeBytes - offset));
        return pieceOf({ offset, bytes });
      }
      return undefined;
    },
    follow(offset) {
      pause();
      if (offset !== end) clear();
      end = offset;
      unsubscribe = deps.host.subscribe(deps.processId, 'output', offset, take, { lent: true });
    },
    pause,
    close() {
      pause();
      clear();
    },
  };
}
