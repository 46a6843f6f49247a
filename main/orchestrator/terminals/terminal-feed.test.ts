import { expect, test } from 'vitest';
import type { TerminalId } from '../../../shared/ids.ts';
import { decodeFrame } from '../../../shared/terminal-frames.ts';
import type { HostChunk, HostClient } from '../host/host.ts';
import { createFrameMemory } from './frame-memory.ts';
import { createTerminalFeed, type FeedPiece } from './terminal-feed.ts';

const terminalId = 's_feed' as TerminalId;

/** A feed, and the host's side of it: bytes are lent, as the host client lends them. */
function makeFeed() {
  let onChunk: (chunk: HostChunk) => void = () => undefined;
  const host = {
    subscribe(_id: string, _stream: string, _from: number, listener: (chunk: HostChunk) => void) {
      onChunk = listener;
      return () => undefined;
    },
  };
  const memory = createFrameMemory();
  const feed = createTerminalFeed({
    host: host as unknown as HostClient,
    memory,
    processId: 'p',
    terminalId,
    onPiece: () => undefined,
  });
  feed.follow(0);
  const lent = Buffer.alloc(128 * 1024);
  return {
    feed,
    memory,
    comes(sizeBytes: number): void {
      const offset = feed.end;
      for (let at = 0; at < sizeBytes; at += 1) lent[at] = byteAt(offset + at);
      onChunk({ offset, bytes: lent.subarray(0, sizeBytes) });
      lent.fill(255, 0, sizeBytes);
    },
  };
}

const byteAt = (offset: number) => (offset * 31) % 251;

function isRight({ frame }: FeedPiece): boolean {
  const output = decodeFrame(frame.bytes);
  return (
    output?.kind === 'output' &&
    output.terminalId === terminalId &&
    output.bytes.every((byte, index) => byte === byteAt(output.offset + index))
  );
}

test('frames stay as they were while they are sent, however much comes meanwhile', () => {
  const { feed, comes } = makeFeed();
  const sending: FeedPiece[] = [];
  for (let round = 0; round < 120; round += 1) {
    comes(40_000 + round);
    const piece = feed.read(feed.end - 40_000 - round) as FeedPiece;
    // Every third is still on its way when the ring has gone over it.
    if (round % 3 === 0) {
      piece.frame.hold();
      sending.push(piece);
    }
  }
  expect(sending.filter((piece) => !isRight(piece))).toEqual([]);
  for (const { frame } of sending) frame.release();
  expect(feed.holds(0)).toBe(false);
});

test('memory of frames that were sent and fell out of the ring is used again', () => {
  const { feed, comes } = makeFeed();
  const buffers = new Set<ArrayBufferLike>();
  for (let round = 0; round < 300; round += 1) {
    comes(64 * 1024);
    buffers.add((feed.read(feed.end - 64 * 1024) as FeedPiece).frame.bytes.buffer);
  }
  // 2 MiB of ring, and one to write into.
  expect(buffers.size).toBeLessThanOrEqual(34);
});

test('a viewer in the middle of a piece is given the rest of it', () => {
  const { feed, comes } = makeFeed();
  comes(50_000);
  comes(10);
  const rest = feed.read(12_345) as FeedPiece;
  expect([rest.offset, rest.sizeBytes, isRight(rest)]).toEqual([12_345, 50_000 - 12_345, true]);
  expect(feed.read(50_000)).toMatchObject({ offset: 50_000, sizeBytes: 10 });
  expect(feed.read(50_010)).toBeUndefined();
});
