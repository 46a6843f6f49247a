/**
 * Sizes of blocks: what the host joins of a flood (64 kB and one more read) with its head, and what it gives of one at a
 * time while somebody types.
 */
const blockSizes = [16 * 1024, 84 * 1024];

/** Frames shorter than this get memory of their own: a block would be mostly empty. */
const leastBytes = 6 * 1024;

/** So many blocks of each size are kept for the next flood; more go to the garbage collector. */
const keptBlocks = 64;

/** Bytes of a frame, which nobody else uses until whoever holds them has let go. */
export interface HeldBytes {
  bytes: Uint8Array;
  /** Another one uses them too. */
  hold(): void;
  /** One of those who used them is done. Who never says so keeps them to itself for good, and takes nothing from others. */
  release(): void;
}

export interface FrameMemory {
  take(sizeBytes: number): HeldBytes;
}

/**
 * Memory for the frames of floods, used again and again. With a new buffer for each frame the garbage collector went through
 * the whole heap several times a second (8 ms each, up to 37, at 60 MB/s), and every key waited for it.
 */
export function createFrameMemory(): FrameMemory {
  const kinds = blockSizes.map((blockBytes) => ({ blockBytes, free: [] as Uint8Array[] }));
  return {
    take(sizeBytes) {
      const kind = kinds.find(({ blockBytes }) => sizeBytes <= blockBytes);
      if (sizeBytes < leastBytes || !kind) {
        return {
          bytes: Buffer.allocUnsafe(sizeBytes),
          hold: () => undefined,
          release: () => undefined,
        };
      }
      const { blockBytes, free } = kind;
      const block = free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
      let users = 1;
      return {
        bytes: block.subarray(0, sizeBytes),
        hold() {
          users += 1;
        },
        release() {
          users -= 1;
          if (users === 0 && free.length < keptBlocks) free.push(block);
        },
      };
    },
  };
}
