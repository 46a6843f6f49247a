import type { HostChunk, HostClient } from '../host/host.ts';

/** The newest bytes of a terminal that are kept for viewers who are a little behind, however many there are. */
const ringBytes = 2 * 1024 * 1024;

/** One process's output as it comes, with the newest of it at hand: what all its viewers are served from. */
export interface TerminalFeed {
  /** One past the newest byte. */
  readonly end: number;
  /** Whether it follows the process. */
  readonly isLive: boolean;
  /** Whether a viewer that goes on at `offset` can be served. */
  holds(offset: number): boolean;
  /** The piece that goes on at `offset`; undefined when there is none. */
  read(offset: number): HostChunk | undefined;
  /** Follows the process from `offset` on. What does not join up is forgotten. */
  follow(offset: number): void;
  /** Stops following: what comes stays in the log, and costs nothing here. */
  pause(): void;
  close(): void;
}

/** Makes the feed of a process, at rest. `onChunk` is called for each piece, after it can be read. */
export function createTerminalFeed(deps: {
  host: HostClient;
  processId: string;
  onChunk(chunk: HostChunk): void;
}): TerminalFeed {
  let ring: HostChunk[] = [];
  let heldBytes = 0;
  let end = 0;
  let unsubscribe: (() => void) | undefined;

  function take(chunk: HostChunk): void {
    if (chunk.offset !== end) clear(); // the log had lost what lay between
    ring.push(chunk);
    heldBytes += chunk.bytes.length;
    end = chunk.offset + chunk.bytes.length;
    let dropped = 0;
    while (heldBytes > ringBytes && dropped < ring.length - 1) {
      heldBytes -= ring[dropped]?.bytes.length ?? 0;
      dropped += 1;
    }
    if (dropped > 0) ring.splice(0, dropped);
    deps.onChunk(chunk);
  }

  function clear(): void {
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
        const chunk = ring[index] as HostChunk;
        if (chunk.offset > offset) continue;
        return chunk.offset === offset ? chunk : { offset, bytes: chunk.bytes.subarray(offset - chunk.offset) };
      }
      return undefined;
    },
    follow(offset) {
      pause();
      if (offset !== end) clear();
      end = offset;
      unsubscribe = deps.host.subscribe(deps.processId, 'output', offset, take);
    },
    pause,
    close() {
      pause();
      clear();
    },
  };
}
