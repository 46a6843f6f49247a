import type { TerminalId } from './ids.ts';

/*
 * Bytes of terminals travel beside the contract, as binary messages on the same socket or port: no JSON, no copy.
 * A frame is: kind (1 byte), length of the terminal's id (1 byte), the id (ASCII), then what the kind says. Numbers are
 * big-endian; offsets are float64 (exact to 2^53) and count every byte the terminal ever wrote.
 */

/** What a viewer says. */
export type ViewerFrame =
  /**
   * Show me this terminal: what comes from offset `from` on, or its screen as it is now (`from: null`). A viewer that is
   * far behind is given the screen as it is now instead, unless it wants the `whole` of what the log still has. Who comes
   * to `watch` alone does not become the driver by coming.
   */
  | { kind: 'attach'; terminalId: TerminalId; from: number | null; whole: boolean; watch?: boolean }
  | { kind: 'detach'; terminalId: TerminalId }
  /** Everything before `offset` has been shown. Without it no more than a window of bytes is sent. */
  | { kind: 'ack'; terminalId: TerminalId; offset: number }
  | { kind: 'input'; terminalId: TerminalId; bytes: Uint8Array }
  | { kind: 'resize'; terminalId: TerminalId; cols: number; rows: number };

/** What a viewer is told. */
export type TerminalFrame =
  | { kind: 'output'; terminalId: TerminalId; offset: number; bytes: Uint8Array }
  /**
   * Start anew: these bytes draw the terminal as it was at `offset`; output goes on from there. Who attaches without an
   * offset to a terminal with much output is given the screen alone at once, and a second one with all lines when it is
   * read. `skipped`: output between what was sent before and `offset` is left out; all of it is still in the log.
   */
  | {
      kind: 'snapshot';
      terminalId: TerminalId;
      offset: number;
      cols: number;
      rows: number;
      bytes: Uint8Array;
      skipped: boolean;
    }
  /** The driver changed the size. */
  | { kind: 'sized'; terminalId: TerminalId; cols: number; rows: number }
  /** The process is gone and its last byte was sent before. */
  | { kind: 'exited'; terminalId: TerminalId; exitCode: number | null }
  /** What the viewer asked for was refused: why, as UTF-8 text. */
  | { kind: 'refused'; terminalId: TerminalId; bytes: Uint8Array }
  /** Who drives and who watches, at first and whenever that changes: `ControlNews` as JSON. */
  | { kind: 'control'; terminalId: TerminalId; bytes: Uint8Array };

export type AnyFrame = ViewerFrame | TerminalFrame;

const kinds = [
  'attach',
  'detach',
  'ack',
  'input',
  'resize',
  'output',
  'snapshot',
  'sized',
  'exited',
  'refused',
  'control',
] as const satisfies AnyFrame['kind'][];

/** Stands for "no offset" and "no exit code". */
const none = -1;

/** Puts a frame into bytes. */
export function encodeFrame(frame: AnyFrame): Uint8Array {
  const result = new Uint8Array(frameBytesOf(frame));
  writeFrame(frame, result);
  return result;
}

/** How long a frame is in bytes. */
export function frameBytesOf(frame: AnyFrame): number {
  const [numbers, bytes] = contentOf(frame);
  return 2 + frame.terminalId.length + numbers.length * 8 + bytes.length;
}

/** Puts a frame into bytes that are there already, as many as `frameBytesOf` says. */
export function writeFrame(frame: AnyFrame, target: Uint8Array): void {
  const id = frame.terminalId;
  const head = 2 + id.length;
  const [numbers, bytes] = contentOf(frame);
  target[0] = kinds.indexOf(frame.kind);
  target[1] = id.length;
  for (let index = 0; index < id.length; index += 1) target[2 + index] = id.charCodeAt(index);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (const [index, number] of numbers.entries()) view.setFloat64(head + index * 8, number);
  target.set(bytes, head + numbers.length * 8);
}

function contentOf(frame: AnyFrame): [number[], Uint8Array] {
  switch (frame.kind) {
    case 'attach':
      return [[frame.from ?? none, frame.whole ? 1 : 0, frame.watch ? 1 : 0], empty];
    case 'detach':
      return [[], empty];
    case 'ack':
      return [[frame.offset], empty];
    case 'input':
      return [[], frame.bytes];
    case 'resize':
    case 'sized':
      return [[frame.cols, frame.rows], empty];
    case 'output':
      return [[frame.offset], frame.bytes];
    case 'snapshot':
      return [[frame.offset, frame.cols, frame.rows, frame.skipped ? 1 : 0], frame.bytes];
    case 'exited':
      return [[frame.exitCode ?? none], empty];
    case 'refused':
    case 'control':
      return [[], frame.bytes];
  }
}

const empty = new Uint8Array();

/** Reads a frame; undefined when the bytes are not one. The bytes in it share memory with the message. */
export function decodeFrame(message: Uint8Array): AnyFrame | undefined {
  const kind = kinds[message[0] ?? kinds.length];
  const idLength = message[1] ?? 0;
  if (kind === undefined || idLength === 0 || message.length < 2 + idLength) return undefined;
  const terminalId = String.fromCharCode(...message.subarray(2, 2 + idLength)) as TerminalId;
  const view = new DataView(message.buffer, message.byteOffset + 2 + idLength, message.length - 2 - idLength);
  const has = (count: number) => view.byteLength >= count * 8;
  const number = (index: number) => view.getFloat64(index * 8);
  const bytesAfter = (count: number) => message.subarray(2 + idLength + count * 8);
  switch (kind) {
    case 'attach':
      return has(2)
        ? {
            kind,
            terminalId,
            from: number(0) < 0 ? null : number(0),
            whole: number(1) === 1,
            ...(has(3) && number(2) === 1 ? { watch: true } : {}),
          }
        : undefined;
    case 'detach':
      return { kind, terminalId };
    case 'ack':
      return has(1) ? { kind, terminalId, offset: number(0) } : undefined;
    case 'input':
      return { kind, terminalId, bytes: bytesAfter(0) };
    case 'resize':
    case 'sized':
      return has(2) ? { kind, terminalId, cols: number(0), rows: number(1) } : undefined;
    case 'output':
      return has(1) ? { kind, terminalId, offset: number(0), bytes: bytesAfter(1) } : undefined;
    case 'snapshot':
      return has(4)
        ? {
            kind,
            terminalId,
            offset: number(0),
            cols: number(1),
            rows: number(2),
            skipped: number(3) === 1,
            bytes: bytesAfter(4),
          }
        : undefined;
    case 'exited':
      return has(1) ? { kind, terminalId, exitCode: number(0) < 0 ? null : number(0) } : undefined;
    case 'refused':
    case 'control':
      return { kind, terminalId, bytes: bytesAfter(0) };
  }
}
