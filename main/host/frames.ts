/**
 * Frames on the host's socket: u32 length (little endian, of all that follows), u8 kind, payload. Control payloads are
 * JSON; output and input are binary, because they are most of the bytes.
 */
export const frameKinds = {
  hello: 1,
  welcome: 2,
  refused: 3,
  request: 4,
  response: 5,
  write: 6,
  output: 7,
  exit: 8,
  /** How many bytes of output the client has taken in, since it connected: float64. */
  seen: 9,
} as const;

/** The longest frame an authenticated peer may send, in bytes: a 32 MB write with room to spare. */
export const FRAME_LIMIT_BYTES = 64 * 1024 * 1024;

const HEADER_BYTES = 5;

/** What stands before the bytes in the payload of a frame of output. */
export const OUTPUT_HEAD_BYTES = 12;

export function encodeJsonFrame(kind: number, value: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(value), 'utf8');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length + 1, 0);
  frame.writeUInt8(kind, 4);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

export function decodeJson(payload: Buffer): unknown {
  return JSON.parse(payload.toString('utf8'));
}

/** Head of a frame of output, before its bytes: which subscription, where in the stream. Offsets stay exact up to 2^53. */
export function encodeOutputHead(subscriptionId: number, offset: number, sizeBytes: number): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES + OUTPUT_HEAD_BYTES);
  head.writeUInt32LE(13 + sizeBytes, 0);
  head.writeUInt8(frameKinds.output, 4);
  head.writeUInt32LE(subscriptionId, 5);
  head.writeDoubleLE(offset, 9);
  return head;
}

export function encodeSeenFrame(seenBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + 8);
  frame.writeUInt32LE(9, 0);
  frame.writeUInt8(frameKinds.seen, 4);
  frame.writeDoubleLE(seenBytes, 5);
  return frame;
}

export function decodeOutput(payload: Buffer): { subscriptionId: number; offset: number; bytes: Buffer } {
  return {
    subscriptionId: payload.readUInt32LE(0),
    offset: payload.readDoubleLE(4),
    bytes: payload.subarray(OUTPUT_HEAD_BYTES),
  };
}

/** Frame of input: the request to answer, the process, the write's own id, the bytes. */
export function encodeWriteFrame(requestId: number, id: string, writeId: string, bytes: Uint8Array): Buffer {
  const idBytes = Buffer.from(id, 'utf8');
  const writeIdBytes = Buffer.from(writeId, 'utf8');
  if (idBytes.length > 255 || writeIdBytes.length > 255) throw new RangeError('an id is longer than 255 bytes');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + 6 + idBytes.length + writeIdBytes.length + bytes.length);
  let at = frame.writeUInt32LE(7 + idBytes.length + writeIdBytes.length + bytes.length, 0);
  at = frame.writeUInt8(frameKinds.write, at);
  at = frame.writeUInt32LE(requestId, at);
  at = frame.writeUInt8(idBytes.length, at);
  at += idBytes.copy(frame, at);
  at = frame.writeUInt8(writeIdBytes.length, at);
  at += writeIdBytes.copy(frame, at);
  frame.set(bytes, at);
  return frame;
}

export function decodeWrite(payload: Buffer): { requestId: number; id: string; writeId: string; bytes: Buffer } {
  const requestId = payload.readUInt32LE(0);
  const idLength = payload.readUInt8(4);
  const id = payload.toString('utf8', 5, 5 + idLength);
  const writeIdLength = payload.readUInt8(5 + idLength);
  const bytesAt = 6 + idLength + writeIdLength;
  if (bytesAt > payload.length) throw new RangeError('write frame is cut short');
  return { requestId, id, writeId: payload.toString('utf8', 6 + idLength, bytesAt), bytes: payload.subarray(bytesAt) };
}

export interface FrameReader {
  /** Takes the next bytes of the connection and calls back for each frame they complete. Throws on a frame over the limit. */
  push(chunk: Buffer): void;
  setLimit(limitBytes: number): void;
}

function frameBytesAt(buffer: Buffer, at: number, limitBytes: number): number {
  const length = buffer.readUInt32LE(at);
  if (length < 1 || length > limitBytes)
    throw new RangeError(`frame of ${length} bytes, at most ${limitBytes} are allowed`);
  return length + 4;
}

/** Takes a connection's bytes where they are read to: nothing is allocated for them, however many there are. */
export interface FrameIntake {
  /** Where the next bytes belong. */
  space(): Buffer;
  /** So many were put there: calls back for each frame they complete. Throws on a frame over the limit. */
  took(sizeBytes: number): void;
}

const INTAKE_BYTES = 256 * 1024;
const INTAKE_LEAST_BYTES = 64 * 1024;

/** Cuts a byte stream into frames, in memory of its own: a payload is only lent, for the time of the call. */
export function createFrameIntake(
  onFrame: (kind: number, payload: Buffer) => void,
  limitBytes = FRAME_LIMIT_BYTES,
): FrameIntake {
  let memory = Buffer.allocUnsafeSlow(INTAKE_BYTES);
  let start = 0;
  let end = 0;

  return {
    space() {
      if (start === end) {
        start = 0;
        end = 0;
        if (memory.length > INTAKE_BYTES) memory = Buffer.allocUnsafeSlow(INTAKE_BYTES);
      }
      if (memory.length - end >= INTAKE_LEAST_BYTES) return memory.subarray(end);
      const before = memory;
      // A frame that is larger than the memory: twice the room until it is done.
      if (end - start > memory.length / 2) memory = Buffer.allocUnsafeSlow(memory.length * 2);
      before.copy(memory, 0, start, end);
      end -= start;
      start = 0;
      return memory.subarray(end);
    },
    took(sizeBytes) {
      end += sizeBytes;
      while (end - start >= HEADER_BYTES) {
        const frameBytes = frameBytesAt(memory, start, limitBytes);
        if (end - start < frameBytes) break;
        const at = start;
        start += frameBytes;
        onFrame(memory.readUInt8(at + 4), memory.subarray(at + HEADER_BYTES, at + frameBytes));
      }
    },
  };
}

/** Cuts a byte stream into frames. A frame that lies in one chunk is passed on without a copy. */
export function createFrameReader(
  onFrame: (kind: number, payload: Buffer) => void,
  startLimitBytes = FRAME_LIMIT_BYTES,
): FrameReader {
  let limitBytes = startLimitBytes;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = HEADER_BYTES;

  return {
    push(chunk) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes < neededBytes) return;
      const buffer = waiting.length === 1 ? chunk : Buffer.concat(waiting, waitingBytes);
      let at = 0;
      while (buffer.length - at >= HEADER_BYTES) {
        const frameBytes = frameBytesAt(buffer, at, limitBytes);
        if (buffer.length - at < frameBytes) break;
        onFrame(buffer.readUInt8(at + 4), buffer.subarray(at + HEADER_BYTES, at + frameBytes));
        at += frameBytes;
      }
      const rest = buffer.subarray(at);
      waiting = rest.length > 0 ? [rest] : [];
      waitingBytes = rest.length;
      neededBytes = rest.length >= HEADER_BYTES ? frameBytesAt(rest, 0, limitBytes) : HEADER_BYTES;
    },
    setLimit(bytes) {
      limitBytes = bytes;
    },
  };
}
