import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import type { ControlNews, TerminalControl } from '../../../shared/terminal-control.ts';
import { decodeFrame, encodeFrame, type TerminalFrame, type ViewerFrame } from '../../../shared/terminal-frames.ts';
import { terminalSize } from '../../../shared/terminals.ts';
import type { HostClient, HostProcess } from '../host/host.ts';
import { newId } from '../new-id.ts';
import { createFrameMemory, type HeldBytes } from './frame-memory.ts';
import { drivenByAnother, type TerminalControls, type Watcher } from './terminal-control.ts';
import { createTerminalFeed, type TerminalFeed } from './terminal-feed.ts';
import type { Terminals } from './terminals.ts';

/** Bytes of one terminal that a viewer may have on the way and not shown yet. */
const windowBytes = 512 * 1024;

/**
 * What all busy terminals of a connection share, so that a keystroke's echo queues behind no more than this at the viewer;
 * but none gets less than the least, or many would crawl.
 */
const sharedWindowBytes = 512 * 1024;
const leastWindowBytes = 48 * 1024;

/** Somebody types: for so long the other terminals of the connection make do with the least. */
const typingMs = 300;

/** Pieces this small, a keystroke's echo, go out beside a full window, and before what is larger. */
const smallBytes = 4 * 1024;
const smallWindowBytes = 64 * 1024;

/** A viewer that is further behind than this jumps to the present. */
const maxBehindBytes = 4 * 1024 * 1024;

/** A feed whose every viewer is further behind than this stops until one of them has caught up with it. */
const pauseBehindBytes = 1024 * 1024;

/** How much input one frame may carry, in bytes. */
const maxInputBytes = 4 * 1024 * 1024;

/** One viewer's connection to terminals. */
export interface TerminalViewer {
  /** By this the others see it, and calls of the same connection are known by it. */
  readonly viewerId: string;
  receive(frame: Uint8Array): void;
  close(): void;
}

/** A connection, as its surface knows it. */
export interface ViewerPort {
  /** Calls `sent` once it uses the frame's memory no more; a connection that breaks may leave that out. */
  send(frame: Uint8Array, sent: () => void): void;
  /** What its device calls itself. */
  name: string;
  from: string;
  /** May type and size. */
  canDrive: boolean;
  /** Tells a page that comes back from others; never shown. */
  client?: string | undefined;
  /** A link shows this one terminal, and nothing of who else looks at it. */
  only?: TerminalId;
}

interface Attachment {
  terminalId: TerminalId;
  stream: Stream;
  send(frame: TerminalFrame): void;
  /** Sends a frame that other viewers are sent too. */
  pass(frame: HeldBytes): void;
  connection: Connection;
  /** Never skips what the log has, however far behind. */
  whole: boolean;
  /** Offset of the next byte to send. */
  next: number;
  acknowledged: number;
  /** What it is served from: the stream's feed, or one of its own while it catches up. Undefined until it is known. */
  feed: TerminalFeed | undefined;
  exitTold: boolean;
  detached: boolean;
}

interface Connection {
  attachments: ReadonlyMap<TerminalId, Attachment>;
  /** What was last typed into, and when, by the machine's monotonic clock. */
  typedInto: TerminalId | undefined;
  typedAt: number;
}

/** A process with viewers. */
interface Stream {
  processId: string;
  feed: TerminalFeed;
  attachments: Set<Attachment>;
  exit: HostProcess | undefined;
  endExit: () => void;
}

/**
 * Carries terminal bytes to viewers: from the log, then live, within windows that the viewer acknowledges. All viewers of a
 * terminal are served from one feed of it. A slow viewer is never waited for: its bytes stay in the log, and one too far
 * behind gets the present screen with a mark.
 */
export function createTerminalStreams(deps: { host: HostClient; terminals: Terminals; control: TerminalControls }) {
  const { host, terminals, control } = deps;
  const streams = new Map<string, Stream>();
  const memory = createFrameMemory();

  function streamOf(terminalId: TerminalId): Stream {
    const processId = terminals.processOf(terminalId);
    const known = streams.get(processId);
    if (known) return known;
    const stream: Stream = {
      processId,
      feed: createTerminalFeed({ host, memory, processId, terminalId, onPiece: (end) => spread(stream, end) }),
      attachments: new Set(),
      exit: undefined,
      endExit: host.onExit(processId, (process) => {
        stream.exit = process;
        for (const attachment of [...stream.attachments]) pump(attachment);
      }),
    };
    streams.set(processId, stream);
    return stream;
  }

  /** Gives a new piece to everyone who is served from the stream's feed. */
  function spread(stream: Stream, end: number): void {
    let leastBehind = Number.POSITIVE_INFINITY;
    for (const attachment of stream.attachments) {
      if (attachment.feed !== stream.feed) continue;
      pump(attachment);
      leastBehind = Math.min(leastBehind, end - attachment.next);
    }
    if (leastBehind > pauseBehindBytes) stream.feed.pause();
  }

  function windowOf({ terminalId, connection }: Attachment): number {
    const { attachments, typedInto, typedAt } = connection;
    if (typedInto !== undefined && typedInto !== terminalId && performance.now() - typedAt < typingMs)
      return leastWindowBytes;
    let busy = 0;
    for (const { next, acknowledged } of attachments.values()) if (next > acknowledged) busy += 1;
    return Math.max(leastWindowBytes, Math.min(windowBytes, sharedWindowBytes / Math.max(1, busy)));
  }

  function hasRoom(attachment: Attachment, sizeBytes: number): boolean {
    const beside = sizeBytes <= smallBytes ? smallWindowBytes : 0;
    return attachment.next - attachment.acknowledged < windowOf(attachment) + beside;
  }

  /** Sends what there is, as far as the windows allow. */
  function pump(attachment: Attachment): void {
    const { stream } = attachment;
    while (attachment.feed && !attachment.detached) {
      const own = attachment.feed !== stream.feed;
      if (own && stream.feed.holds(attachment.next)) {
        attachment.feed.close();
        attachment.feed = stream.feed;
      }
      const piece = attachment.feed.read(attachment.next);
      if (!piece) {
        tellExit(attachment);
        if (attachment.exitTold || (attachment.feed.isLive && attachment.next === attachment.feed.end)) return;
        // Its feed has stopped, or has gone on without it.
        if (hasRoom(attachment, windowBytes)) reach(attachment).catch((error: unknown) => refuse(attachment, error));
        return;
      }
      if (!hasRoom(attachment, piece.sizeBytes)) return;
      attachment.next = piece.offset + piece.sizeBytes;
      attachment.pass(piece.frame);
    }
  }

  function tellExit(attachment: Attachment): void {
    const { stream, terminalId, exitTold, next } = attachment;
    if (exitTold || !stream.exit || next < stream.exit.streams.output.end) return;
    attachment.exitTold = true;
    attachment.send({ kind: 'exited', terminalId, exitCode: stream.exit.exitCode ?? null });
  }

  /** Finds what an attachment goes on from: the bytes it has not seen, or the present. */
  async function reach(attachment: Attachment): Promise<void> {
    leaveFeed(attachment);
    const process = await host.describe(attachment.stream.processId);
    if (attachment.detached) return;
    if (!process) throw logRemoved();
    const range = process.streams.output;
    const { next, whole } = attachment;
    if (next < range.start || next > range.end || (!whole && range.end - next > maxBehindBytes)) {
      await jump(attachment, true);
    } else {
      join(attachment);
    }
  }

  function refuse({ detached, send, terminalId }: Attachment, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (!detached) send({ kind: 'refused', terminalId, bytes: new TextEncoder().encode(reason) });
  }

  function leaveFeed(attachment: Attachment): void {
    const { feed, stream } = attachment;
    attachment.feed = undefined;
    if (feed && feed !== stream.feed) feed.close();
  }

  /** Serves an attachment from its next byte on, from the common feed when that can be. */
  function join(attachment: Attachment): void {
    const { stream, next } = attachment;
    const used = [...stream.attachments].some(({ feed }) => feed === stream.feed);
    if (stream.feed.holds(next) && (stream.feed.isLive || next < stream.feed.end)) {
      attachment.feed = stream.feed;
    } else if (!used || (!stream.feed.isLive && next === stream.feed.end)) {
      attachment.feed = stream.feed;
      stream.feed.follow(next);
    } else {
      const feed = createTerminalFeed({
        host,
        memory,
        processId: stream.processId,
        terminalId: attachment.terminalId,
        onPiece() {
          pump(attachment);
          if (attachment.feed === feed && feed.end - attachment.next > pauseBehindBytes) feed.pause();
        },
      });
      attachment.feed = feed;
      feed.follow(next);
    }
    pump(attachment);
  }

  /** Sends the screen as it is now and goes on from there. */
  async function jump(attachment: Attachment, skipped: boolean): Promise<void> {
    const glance = await terminals.screens.glance(attachment.stream.processId);
    if (attachment.detached) return;
    if (!glance) throw logRemoved();
    const { isComplete, ...picture } = glance;
    show(attachment, { ...picture, skipped });
    join(attachment);
    // Who just came to look gets its lines too, once they are read. Who is too slow for the bytes is not given more of them.
    if (!isComplete && !skipped) await showAll(attachment);
  }

  /** Sends screen and scrollback, read where it keeps nobody waiting. */
  async function showAll(attachment: Attachment): Promise<void> {
    const screen = terminals.screens.look(attachment.stream.processId);
    try {
      const picture = await screen.snapshot();
      if (attachment.detached) return;
      leaveFeed(attachment);
      show(attachment, { ...picture, skipped: false });
      join(attachment);
    } finally {
      screen.release();
    }
  }

  function show(
    attachment: Attachment,
    picture: { bytes: Uint8Array; cols: number; rows: number; offset: number; skipped: boolean },
  ): void {
    attachment.next = picture.offset;
    attachment.acknowledged = picture.offset;
    attachment.send({ kind: 'snapshot', terminalId: attachment.terminalId, ...picture });
  }

  function connect(viewer: ViewerPort): TerminalViewer {
    const { only, canDrive } = viewer;
    const watcher: Watcher = {
      id: newId('v'),
      name: viewer.name,
      from: viewer.from,
      kind: only ? 'share' : 'person',
      canDrive,
      client: viewer.client,
    };
    const attachments = new Map<TerminalId, Attachment>();
    const connection: Connection = { attachments, typedInto: undefined, typedAt: 0 };
    const send = (frame: TerminalFrame) => viewer.send(encodeFrame(frame), () => undefined);
    const pass = (frame: HeldBytes): void => {
      frame.hold();
      viewer.send(frame.bytes, frame.release);
    };
    const endSizes = terminals.onResize((terminalId, cols, rows) => {
      if (attachments.has(terminalId)) send({ kind: 'sized', terminalId, cols, rows });
    });
    const endControl = control.onChange((terminalId) => {
      if (attachments.has(terminalId)) tellControl(terminalId);
    });

    function tellControl(terminalId: TerminalId): void {
      const all = control.of(terminalId);
      const title = terminals.titleOf(terminalId);
      const news: ControlNews = { you: watcher.id, title, control: only ? withoutNames(all) : all };
      send({ kind: 'control', terminalId, bytes: new TextEncoder().encode(JSON.stringify(news)) });
    }

    function detach(terminalId: TerminalId): void {
      letGo(terminalId);
      control.leave(terminalId, watcher.id);
    }

    function letGo(terminalId: TerminalId): void {
      const attachment = attachments.get(terminalId);
      if (!attachment) return;
      const { stream } = attachment;
      attachment.detached = true;
      leaveFeed(attachment);
      attachments.delete(terminalId);
      stream.attachments.delete(attachment);
      if (stream.attachments.size > 0) return;
      streams.delete(stream.processId);
      stream.feed.close();
      stream.endExit();
    }

    async function attach(frame: Extract<ViewerFrame, { kind: 'attach' }>): Promise<void> {
      const { terminalId, from, whole } = frame;
      letGo(terminalId);
      const stream = streamOf(terminalId);
      const attachment: Attachment = {
        terminalId,
        stream,
        send,
        pass,
        connection,
        whole,
        next: from ?? 0,
        acknowledged: from ?? 0,
        feed: undefined,
        exitTold: false,
        detached: false,
      };
      attachments.set(terminalId, attachment);
      stream.attachments.add(attachment);
      control.join(terminalId, watcher, frame.watch ?? false);
      await (from === null ? jump(attachment, false) : reach(attachment));
    }

    function acknowledge(terminalId: TerminalId, offset: number): void {
      const attachment = attachments.get(terminalId);
      if (!attachment) return;
      attachment.acknowledged = Math.min(Math.max(offset, attachment.acknowledged), attachment.next);
      // Fewest bytes behind first: what is small must not wait for what is large.
      const order = [...attachments.values()].sort((a, b) => behind(a) - behind(b));
      for (const each of order) pump(each);
    }

    async function handle(message: Uint8Array): Promise<void> {
      const frame = decodeFrame(message);
      if (!frame) return;
      const { terminalId } = frame;
      if (only && terminalId !== only) throw new AppError('NOT_FOUND', 'This link shows another terminal.');
      switch (frame.kind) {
        case 'attach':
          return attach(frame);
        case 'detach':
          return detach(terminalId);
        case 'ack':
          return acknowledge(terminalId, frame.offset);
        case 'input':
        case 'resize':
          if (!canDrive) throw new AppError('FORBIDDEN', 'This credential may look at terminals, not type into them.');
          if (frame.kind === 'resize') {
            if (!control.sizes(terminalId, watcher.id)) return;
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
          if (!control.typed(terminalId, watcher.id)) throw drivenByAnother(control.of(terminalId));
          connection.typedInto = terminalId;
          connection.typedAt = performance.now();
          await terminals.input(terminalId, frame.bytes);
          return;
        default:
          return;
      }
    }

    if (only) tellControl(only);
    return {
      viewerId: watcher.id,
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
        endControl();
        for (const terminalId of [...attachments.keys()]) detach(terminalId);
      },
    };
  }

  return { connect };
}

/** What one who came by a link is told: that there are others, not who. */
function withoutNames({ driverId, viewers }: TerminalControl): TerminalControl {
  return { driverId, viewers: viewers.map((viewer) => ({ ...viewer, name: 'Somebody', from: '' })), requests: [] };
}

const logRemoved = () =>
  new AppError('NOT_FOUND', 'The output of this terminal is no longer kept. Settings say for how long it is.');

function behind({ feed, next }: Attachment): number {
  return feed ? feed.end - next : 0;
}
