import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import * as path from 'node:path';

/** A stream's bytes on disk, in segments named by the offset of their first byte. */
export interface OutputLog {
  /** The oldest offset that can still be read. */
  readonly start: number;
  /** One past the newest byte, on disk or on its way there. */
  readonly end: number;
  /** Bytes that are not on disk yet. */
  readonly waitingBytes: number;
  /** Takes bytes and tells the listeners at once; the disk follows. The buffer must not change afterwards. */
  append(bytes: Buffer): void;
  /** Up to `maxBytes` from `from`, or from the oldest byte there is when `from` is gone: see `offset`. Empty at the end. */
  read(from: number, maxBytes: number): Promise<{ offset: number; bytes: Buffer }>;
  /** Bytes before `offset` may go. Without effect on a log with a limit, which is kept for those who look back. */
  acknowledge(offset: number): void;
  onAppend(listener: (offset: number, bytes: Buffer) => void): () => void;
  /** Settles when everything appended so far is on disk. */
  settled(): Promise<void>;
  /** Writes what waits (unless the disk refuses it) and lets go of the file. Safe to call twice. */
  close(): Promise<void>;
}

export interface OutputLogOptions {
  folder: string;
  name: string;
  /** Oldest segments go when the log is longer than this; `null` keeps all that is not acknowledged. */
  limitBytes: number | null;
  /** Called when the disk takes bytes again after `waitingBytes` grew. */
  onWritten(): void;
  onTrouble(error: Error): void;
}

interface Segment {
  start: number;
  sizeBytes: number;
}

const SEGMENT_BYTES = 4 * 1024 * 1024;
/** A full disk is asked again this often; the bytes wait in memory meanwhile. */
const RETRY_MS = 500;

const segmentName = (name: string, start: number): string => `${name}-${start}.log`;

/** The segments of a log in a folder, oldest first; what does not join up (a hole) is left out with all before it. */
async function findSegments(folder: string, name: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const file of await fsp.readdir(folder)) {
    if (!file.startsWith(`${name}-`) || !file.endsWith('.log')) continue;
    const start = Number(file.slice(name.length + 1, -4));
    if (!Number.isSafeInteger(start) || start < 0) continue;
    segments.push({ start, sizeBytes: (await fsp.stat(path.join(folder, file))).size });
  }
  segments.sort((a, b) => a.start - b.start);
  let from = 0;
  for (let i = 1; i < segments.length; i++) {
    const before = segments[i - 1] as Segment;
    if (before.start + before.sizeBytes !== (segments[i] as Segment).start) from = i;
  }
  return segments.slice(from);
}

/** Opens the log of one stream, with what an earlier host left of it. */
export async function openOutputLog(options: OutputLogOptions): Promise<OutputLog> {
  return logOver(options, await findSegments(options.folder, options.name));
}

/** A log in a folder that was just made: nothing to find. */
export function newOutputLog(options: OutputLogOptions): OutputLog {
  return logOver(options, []);
}

function logOver(options: OutputLogOptions, segments: Segment[]): OutputLog {
  const { folder, name, limitBytes } = options;
  const segmentBytes =
    limitBytes === null ? SEGMENT_BYTES : Math.max(64 * 1024, Math.min(SEGMENT_BYTES, Math.floor(limitBytes / 8)));
  const listeners = new Set<(offset: number, bytes: Buffer) => void>();
  const settlers: Array<{ offset: number; resolve: () => void }> = [];
  const last = segments.at(-1);
  let writtenEnd = last ? last.start + last.sizeBytes : 0;
  let end = writtenEnd;
  let acknowledgedEnd = 0;
  let waiting: Buffer[] = [];
  let file: fsp.FileHandle | null = null;
  let writing: Promise<void> | null = null;
  let retryTimer: NodeJS.Timeout | null = null;
  let closed = false;

  const removeSegment = (segment: Segment): void => {
    fs.unlink(path.join(folder, segmentName(name, segment.start)), (error) => {
      if (error && error.code !== 'ENOENT') options.onTrouble(error);
    });
  };

  const dropOld = (): void => {
    for (let oldest = segments[0]; oldest && segments.length > 1; oldest = segments[0]) {
      const oldestEnd = oldest.start + oldest.sizeBytes;
      const mayGo = limitBytes === null ? oldestEnd <= acknowledgedEnd : writtenEnd - oldestEnd >= limitBytes;
      if (!mayGo) break;
      segments.shift();
      removeSegment(oldest);
    }
  };

  const settle = (): void => {
    while (settlers[0] && settlers[0].offset <= writtenEnd) settlers.shift()?.resolve();
  };

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      let current = segments.at(-1);
      if (!current || current.sizeBytes >= segmentBytes || !file) {
        if (file) await file.close();
        file = null;
        if (!current || current.sizeBytes >= segmentBytes) {
          current = { start: writtenEnd, sizeBytes: 0 };
          file = await fsp.open(path.join(folder, segmentName(name, current.start)), 'w', 0o600);
          segments.push(current);
          dropOld();
        } else {
          file = await fsp.open(path.join(folder, segmentName(name, current.start)), 'r+', 0o600);
        }
      }
      const batch = waiting.slice(0, 512);
      const { bytesWritten } = await file.writev(batch, current.sizeBytes);
      current.sizeBytes += bytesWritten;
      writtenEnd += bytesWritten;
      let left = bytesWritten;
      let done = 0;
      while (done < batch.length && left >= (batch[done] as Buffer).length) left -= (batch[done++] as Buffer).length;
      waiting = waiting.slice(done);
      if (left > 0) waiting[0] = (waiting[0] as Buffer).subarray(left);
      dropOld();
      settle();
      options.onWritten();
    }
  };

  const kick = (): void => {
    if (writing || retryTimer || waiting.length === 0) return;
    writing = write()
      .catch(async (error: Error) => {
        options.onTrouble(error);
        const broken = file;
        file = null;
        await broken?.close().catch(options.onTrouble);
        if (closed) return;
        retryTimer = setTimeout(() => {
          retryTimer = null;
          kick();
        }, RETRY_MS);
      })
      .finally(() => {
        writing = null;
        if (!retryTimer && !closed) kick();
      });
  };

  const readWaiting = (from: number, maxBytes: number): Buffer => {
    const parts: Buffer[] = [];
    let at = writtenEnd;
    let takenBytes = 0;
    for (const buffer of waiting) {
      if (takenBytes >= maxBytes) break;
      const skip = Math.max(0, from - at);
      at += buffer.length;
      if (skip >= buffer.length) continue;
      const part = buffer.subarray(skip, skip + maxBytes - takenBytes);
      parts.push(part);
      takenBytes += part.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, takenBytes);
  };

  const log: OutputLog = {
    get start() {
      return segments[0]?.start ?? writtenEnd;
    },
    get end() {
      return end;
    },
    get waitingBytes() {
      return end - writtenEnd;
    },
    append(bytes) {
      if (bytes.length === 0 || closed) return;
      const offset = end;
      end += bytes.length;
      waiting.push(bytes);
      for (const listener of listeners) listener(offset, bytes);
      kick();
    },
    async read(from, maxBytes) {
      for (;;) {
        const offset = Math.max(from, log.start);
        if (offset >= end) return { offset: Math.min(offset, end), bytes: Buffer.alloc(0) };
        if (offset >= writtenEnd) return { offset, bytes: readWaiting(offset, maxBytes) };
        const segment = segments.findLast((candidate) => candidate.start <= offset) as Segment;
        const sizeBytes = Math.min(maxBytes, segment.start + segment.sizeBytes - offset);
        try {
          const reader = await fsp.open(path.join(folder, segmentName(name, segment.start)), 'r');
          try {
            const bytes = Buffer.allocUnsafe(sizeBytes);
            const { bytesRead } = await reader.read(bytes, 0, sizeBytes, offset - segment.start);
            if (bytesRead === 0) throw new Error(`${segmentName(name, segment.start)} is shorter than it was`);
            return { offset, bytes: bytes.subarray(0, bytesRead) };
          } finally {
            await reader.close();
          }
        } catch (error) {
          // Dropped while it was being opened: go on with what is the oldest now.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || log.start <= offset) throw error;
        }
      }
    },
    acknowledge(offset) {
      acknowledgedEnd = Math.max(acknowledgedEnd, Math.min(offset, end));
      dropOld();
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled() {
      if (end === writtenEnd) return Promise.resolve();
      return new Promise((resolve) => settlers.push({ offset: end, resolve }));
    },
    async close() {
      if (writing) await writing;
      closed = true;
      if (retryTimer) clearTimeout(retryTimer);
      listeners.clear();
      const open = file;
      file = null;
      if (open) await open.close();
    },
  };
  return log;
}
