import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes read first, when it is not known yet whether the file is read on, and then; twice as many while a line goes on. */
const firstBytes = 16 * 1024;
const chunkBytes = 256 * 1024;

/** Longest line that is read, in bytes: pictures inside of one reach a dozen megabytes. A longer one is skipped. */
export const maxLineBytes = 32 * 1024 * 1024;

/** A finished line of a file and the offset after it, in bytes; `text` is null for one that is too long to be read. */
export interface FileLine {
  text: string | null;
  end: number;
}

/**
 * The finished lines of a file from an offset on, one at a time, with no more than a line in memory. It blocks: only the
 * index thread may use it.
 */
export function createTranscriptCursor(path: string, offset: number) {
  let buffer: Buffer = Buffer.alloc(0);
  /** Offset of the buffer's first byte in the file, and the place in the buffer that is read next. */
  let start = offset;
  let position = 0;
  let first = true;

  function read(from: number, length: number): Buffer {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      // It was deleted a moment ago: there is nothing more to read.
      return Buffer.alloc(0);
    }
    try {
      const chunk = Buffer.allocUnsafe(length);
      return chunk.subarray(0, readSync(file, chunk, 0, length, from));
    } finally {
      closeSync(file);
    }
  }

  /** Goes past a line that is too long; undefined when it is not finished. */
  function skipLine(): FileLine | undefined {
    let from = start + buffer.length;
    for (;;) {
      const chunk = read(from, chunkBytes);
      if (chunk.length === 0) return undefined;
      const end = chunk.indexOf(10);
      if (end !== -1) {
        start = from + end + 1;
        buffer = chunk.subarray(end + 1);
        position = 0;
        return { text: null, end: start };
      }
      from += chunk.length;
    }
  }

  return {
    /** The next finished line; undefined when there is none (yet). */
    next(): FileLine | undefined {
      let searched = position;
      let wanted = first ? firstBytes : chunkBytes;
      for (;;) {
        const end = buffer.indexOf(10, searched);
        if (end !== -1) {
          const text = end - position > maxLineBytes ? null : buffer.toString('utf8', position, end);
          position = end + 1;
          return { text, end: start + position };
        }
        if (buffer.length - position > maxLineBytes) return skipLine();
        const chunk = read(start + buffer.length, wanted);
        if (chunk.length === 0) return undefined;
        first = false;
        searched = buffer.length - position;
        buffer = position === buffer.length ? chunk : Buffer.concat([buffer.subarray(position), chunk]);
        start += position;
        position = 0;
        wanted = Math.min(wanted * 2, maxLineBytes);
      }
    },
    /** Forgets what was read ahead; `end` is where to go on. */
    release(end: number): void {
      buffer = Buffer.alloc(0);
      start = end;
      position = 0;
      first = true;
    },
  };
}
