import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import { decodeFrame, encodeFrame, type TerminalFrame } from '../../../shared/terminal-frames.ts';
import { terminalSize } from '../../../shared/terminals.ts';
import type { HostClient } from '../host/host-client.ts';
import type { Terminals } from './terminals.ts';

/** Bytes a viewer may have on the way and not shown yet; more stay in the log. */
const windowBytes = 512 * 1024;

/** A viewer that is further behind than this jumps to the present. */
const maxBehindBytes = 4 * 1024 * 1024;

/** How much input one frame may carry, in bytes. */
const maxInputBytes = 4 * 1024 * 1024;

/** One viewer's connection to terminals. */
export interface TerminalViewer {
  receive(frame: Uint8Array): void;
  close(): void;
}

interface Attachment {
  processId: string;
  /** Never skips what the log has, however far behind. */
  whole: boolean;
  /** Offset of the next byte to send. */
  next: number;
  acknowledged: number;
  unsubscribe: (() => void) | undefined;
  endExit: (() => void) | undefined;
  detached: boolean;
}

/**
 * Carries terminal bytes to viewers: from the log, then live, within a window that the viewer acknowledges. A slow viewer
 * is never waited for: its bytes stay in the log, and one too far behind gets the present screen with a mark.
 */
export function createTerminalStreams(deps: { host: HostClient; terminals: Terminals }) {
  const { host, terminals } = deps;

  async function outputRange(processId: string): Promise<{ start: number; end: number }> {
    return (await host.list()).find(({ id }) => id === processId)?.streams.output ?? { start: 0, end: 0 };
  }

  function connect(viewer: { send(frame: Uint8Array): void; canWrite: boolean }): TerminalViewer {
    const attachments = new Map<TerminalId, Attachment>();
    const send = (frame: TerminalFrame) => viewer.send(encodeFrame(frame));
    const endSizes = terminals.onResize((terminalId, cols, rows) => {
      if (attachments.has(terminalId)) send({ kind: 'sized', terminalId, cols, rows });
    });

    function detach(terminalId: TerminalId): void {
      const attachment = attachments.get(terminalId);
      if (!attachment) return;
      attachment.detached = true;
      attachment.unsubscribe?.();
      attachment.endExit?.();
      attachments.delete(terminalId);
    }

    async function attach(terminalId: TerminalId, from: number | null, whole: boolean): Promise<void> {
      detach(terminalId);
      const processId = terminals.processOf(terminalId);
      const attachment: Attachment = {
        processId,
        whole,
        next: from ?? 0,
        acknowledged: from ?? 0,
        unsubscribe: undefined,
        endExit: undefined,
        detached: false,
      };
      attachments.set(terminalId, attachment);
      const range = await outputRange(processId);
      if (attachment.detached) return;
      const inLog =
        from !== null && from >= range.start && from <= range.end && (whole || range.end - from <= maxBehindBytes);
      if (!inLog) await jump(terminalId, attachment, from !== null);
      else flow(terminalId, attachment);
    }

    /** Sends the screen as it is now and goes on from there. */
    async function jump(terminalId: TerminalId, attachment: Attachment, skipped: boolean): Promise<void> {
      const screen = terminals.screens.look(attachment.processId);
      try {
        const { data, cols, rows, offset } = await screen.snapshot();
        if (attachment.detached) return;
        attachment.next = offset;
        attachment.acknowledged = offset;
        send({ kind: 'snapshot', terminalId, offset, cols, rows, skipped, bytes: new TextEncoder().encode(data) });
      } finally {
        screen.release();
      }
      flow(terminalId, attachment);
    }

    /** Sends what there is and what comes, as far as the window allows. */
    function flow(terminalId: TerminalId, attachment: Attachment): void {
      if (attachment.detached || attachment.unsubscribe) return;
      attachment.unsubscribe = host.subscribe(attachment.processId, 'output', attachment.next, ({ offset, bytes }) => {
        send({ kind: 'output', terminalId, offset, bytes });
        attachment.next = offset + bytes.length;
        if (attachment.next - attachment.acknowledged > windowBytes) {
          attachment.unsubscribe?.();
          attachment.unsubscribe = undefined;
          attachment.endExit?.();
          attachment.endExit = undefined;
        }
      });
      attachment.endExit = host.onExit(attachment.processId, ({ exitCode }) =>
        send({ kind: 'exited', terminalId, exitCode: exitCode ?? null }),
      );
    }

    async function acknowledge(terminalId: TerminalId, offset: number): Promise<void> {
      const attachment = attachments.get(terminalId);
      if (!attachment) return;
      attachment.acknowledged = Math.min(Math.max(offset, attachment.acknowledged), attachment.next);
      if (attachment.unsubscribe || attachment.next - attachment.acknowledged > windowBytes / 2) return;
      const { start, end } = await outputRange(attachment.processId);
      if (attachment.detached || attachment.unsubscribe) return;
      if (attachment.next < start || (!attachment.whole && end - attachment.next > maxBehindBytes))
        await jump(terminalId, attachment, true);
      else flow(terminalId, attachment);
    }

    async function handle(message: Uint8Array): Promise<void> {
      const frame = decodeFrame(message);
      if (!frame) return;
      const { terminalId } = frame;
      switch (frame.kind) {
        case 'attach':
          return attach(terminalId, frame.from, frame.whole);
        case 'detach':
          return detach(terminalId);
        case 'ack':
          return acknowledge(terminalId, frame.offset);
        case 'input':
        case 'resize':
          if (!viewer.canWrite)
            throw new AppError('FORBIDDEN', 'This credential may look at terminals, not type into them.');
          if (frame.kind === 'resize') {
            const size = {
              cols: terminalSize.cols.safeParse(frame.cols),
              rows: terminalSize.rows.safeParse(frame.rows),
            };
            // A window too small to show a terminal keeps the size it had.
            if (size.cols.success && size.rows.success)
              await terminals.resize({ id: terminalId, cols: size.cols.data, rows: size.rows.data });
            return;
          }
          if (frame.bytes.length > maxInputBytes)
            throw new AppError('PAYLOAD_TOO_LARGE', `At most ${maxInputBytes} bytes can be typed at once.`);
          await terminals.input(terminalId, frame.bytes);
          return;
        default:
          return;
      }
    }

    return {
      receive(message) {
        handle(message).catch((error: unknown) => {
          const frame = decodeFrame(message);
          if (frame)
            send({
              kind: 'refused',
              terminalId: frame.terminalId,
              bytes: new TextEncoder().encode(error instanceof Error ? error.message : String(error)),
            });
        });
      },
      close() {
        endSizes();
        for (const terminalId of [...attachments.keys()]) detach(terminalId);
      },
    };
  }

  return { connect };
}
