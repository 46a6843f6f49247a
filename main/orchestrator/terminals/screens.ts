import { Worker } from 'node:worker_threads';
import { AppError } from '../../../shared/errors.ts';
import type { HostChunk, HostClient, HostProcess } from '../host/host.ts';
import type { ParserReply, ParserRequest } from './screen-parser.ts';

/** How far back a screen is parsed from when somebody begins to look, in bytes: enough for 10,000 lines of most programs. */
const lookBackBytes = 2 * 1024 * 1024;

/** How much of the end is drawn for a picture at once, in bytes: some milliseconds of a core. */
const glanceBytes = 128 * 1024;

/** A screen that is this far behind its process starts anew at the present. */
const maxBehindBytes = 8 * 1024 * 1024;

/** A screen nobody looks at is kept this long: who closes a tab often opens it again. */
const lingerMs = 10_000;

interface ScreenText {
  lines: string[];
  cols: number;
  rows: number;
  offset: number;
}

/** Bytes that draw a terminal anew, and the offset they stand for. */
export interface ScreenSnapshot {
  bytes: Uint8Array;
  cols: number;
  rows: number;
  offset: number;
}

/** A terminal's parsed screen, kept up to date until it is released. */
export interface Screen {
  text(): Promise<ScreenText>;
  /** Bytes that draw screen and scrollback anew, and the offset they stand for. */
  snapshot(): Promise<ScreenSnapshot>;
  /** Calls after the screen has changed. Gives a function that ends it. */
  onChange(listener: () => void): () => void;
  /** It is kept for a while, as who closes a tab often opens it again; not when it `endsNow`. */
  release(endsNow?: boolean): void;
}

type GlanceReply = Extract<ParserReply, { type: 'glance' }>;

interface OpenScreen {
  number: number;
  users: number;
  changed: Set<() => void>;
  sent: number;
  parsed: number;
  unsubscribe: () => void;
  linger: NodeJS.Timeout | undefined;
  /** Settles once its bytes are on their way. */
  ready: Promise<void>;
}

/** Screens of the terminals that somebody looks at, parsed in a thread of their own that starts with the first. */
export function createScreens(deps: {
  host: HostClient;
  parser: URL;
  log: { error(details: object, message: string): void };
}) {
  const { host, log } = deps;
  const open = new Map<string, OpenScreen>();
  const byNumber = new Map<number, [processId: string, screen: OpenScreen]>();
  const calls = new Map<number, { resolve: (reply: ParserReply) => void; reject: (error: Error) => void }>();
  let thread: Worker | undefined;
  /** A thread of its own: reading 10,000 lines out takes 150 ms, and nobody's first look waits for that. */
  let glanceThread: Worker | undefined;
  const glances = new Map<number, { resolve: (drawn: GlanceReply) => void; reject: (error: Error) => void }>();
  let lastNumber = 0;
  let lastCall = 0;

  function tell(request: ParserRequest): void {
    thread ??= startThread();
    if (request.type === 'bytes') thread.postMessage(request, [request.bytes.buffer as ArrayBuffer]);
    else thread.postMessage(request);
  }

  function startThread(): Worker {
    const started = new Worker(deps.parser);
    started.unref();
    started.on('message', (reply: ParserReply) => {
      if (reply.type === 'glance') return;
      if (reply.type !== 'parsed') {
        const waiting = calls.get(reply.call);
        calls.delete(reply.call);
        waiting?.resolve(reply);
        return;
      }
      const [processId, screen] = byNumber.get(reply.screen) ?? [];
      if (!processId || !screen) return;
      screen.parsed = reply.end;
      for (const listener of [...screen.changed]) listener();
    });
    started.on('error', (error) => {
      log.error({ error }, 'the screen parser failed; screens are read anew when somebody looks');
      thread = undefined;
      for (const screen of open.values()) screen.unsubscribe();
      const lost = [...open.values()];
      open.clear();
      byNumber.clear();
      for (const screen of lost) for (const listener of [...screen.changed]) listener();
      for (const { reject } of calls.values()) reject(error);
      calls.clear();
    });
    return started;
  }

  function startGlanceThread(): Worker {
    const started = new Worker(deps.parser);
    started.unref();
    started.on('message', (reply: ParserReply) => {
      if (reply.type !== 'glance') return;
      glances.get(reply.call)?.resolve(reply);
      glances.delete(reply.call);
    });
    started.on('error', (error) => {
      log.error({ error }, 'the parser of pictures failed');
      glanceThread = undefined;
      for (const { reject } of glances.values()) reject(error);
      glances.clear();
    });
    return started;
  }

  /** The bytes of a process's output from `from` to `end`, which are in its log. */
  function readOutput(processId: string, from: number, end: number): Promise<Uint8Array> {
    if (end <= from) return Promise.resolve(new Uint8Array());
    return new Promise((resolve) => {
      const parts: Uint8Array[] = [];
      const stop = host.subscribe(processId, 'output', from, ({ offset, bytes }) => {
        parts.push(bytes.subarray(0, Math.max(0, end - offset)));
        if (offset + bytes.length < end) return;
        stop();
        resolve(Buffer.concat(parts));
      });
    });
  }

  /** The process as the host knows it now: what is known here of its output's end may be old. */
  const present = (processId: string): Promise<HostProcess | undefined> => host.describe(processId);

  function follow(processId: string, screen: OpenScreen, process: HostProcess | undefined): void {
    const { start, end } = process?.streams.output ?? { start: 0, end: 0 };
    const from = Math.max(start, end - lookBackBytes);
    screen.sent = from;
    screen.parsed = from;
    const size = process?.sizes.at(-1) ?? { cols: 120, rows: 36 };
    tell({ type: 'open', screen: screen.number, cols: size.cols, rows: size.rows });
    const take = ({ offset, bytes }: HostChunk) => {
      screen.sent = offset + bytes.length;
      if (screen.sent - screen.parsed > maxBehindBytes) {
        screen.unsubscribe();
        begin(processId, screen).catch((error: unknown) =>
          log.error({ processId, error }, 'a screen that fell behind could not be read anew'),
        );
        return;
      }
      tell({ type: 'bytes', screen: screen.number, bytes: new Uint8Array(bytes), end: screen.sent });
    };
    screen.unsubscribe = host.subscribe(processId, 'output', from, take, { lent: true });
  }

  /** Begins to parse a screen, or begins anew at the present. */
  async function begin(processId: string, screen: OpenScreen): Promise<void> {
    const process = await present(processId);
    if (open.get(processId) !== screen) return;
    if (screen.number > 0) tell({ type: 'close', screen: screen.number });
    byNumber.delete(screen.number);
    lastNumber += 1;
    screen.number = lastNumber;
    byNumber.set(screen.number, [processId, screen]);
    follow(processId, screen, process);
  }

  function end(processId: string, screen: OpenScreen): void {
    screen.unsubscribe();
    open.delete(processId);
    byNumber.delete(screen.number);
    tell({ type: 'close', screen: screen.number });
  }

  /** Settles once everything the process had said at the time of the call is parsed. */
  async function upToDate(processId: string, screen: OpenScreen): Promise<void> {
    await screen.ready;
    const target = (await present(processId))?.streams.output.end ?? 0;
    while (screen.parsed < target && open.get(processId) === screen) {
      await new Promise<void>((resolve) => {
        const once = () => {
          screen.changed.delete(once);
          resolve();
        };
        screen.changed.add(once);
      });
    }
  }

  function call<Kind extends 'text' | 'snapshot'>(
    screen: OpenScreen,
    what: Kind,
  ): Promise<Extract<ParserReply, { type: Kind }>> {
    lastCall += 1;
    const number = lastCall;
    // A parser that failed took its screens along: a new one would never answer for this one.
    if (byNumber.get(screen.number)?.[1] !== screen) {
      return Promise.reject(new AppError('UNAVAILABLE', 'The screen could not be read. Look at the terminal again.'));
    }
    return new Promise((resolve, reject) => {
      calls.set(number, { resolve: (reply) => resolve(reply as Extract<ParserReply, { type: Kind }>), reject });
      tell({ type: 'read', screen: screen.number, call: number, what });
    });
  }

  return {
    /** Begins to look at a process's screen. */
    look(processId: string): Screen {
      let screen = open.get(processId);
      if (!screen) {
        const opened: OpenScreen = {
          number: 0,
          users: 0,
          changed: new Set(),
          sent: 0,
          parsed: 0,
          unsubscribe: () => undefined,
          linger: undefined,
          ready: Promise.resolve(),
        };
        open.set(processId, opened);
        opened.ready = begin(processId, opened);
        screen = opened;
      }
      const looked = screen;
      clearTimeout(looked.linger);
      looked.users += 1;
      let released = false;
      return {
        async text() {
          await upToDate(processId, looked);
          return call(looked, 'text');
        },
        async snapshot() {
          await upToDate(processId, looked);
          return call(looked, 'snapshot');
        },
        onChange(listener) {
          looked.changed.add(listener);
          return () => void looked.changed.delete(listener);
        },
        release(endsNow = false) {
          if (released) return;
          released = true;
          looked.users -= 1;
          if (looked.users > 0 || open.get(processId) !== looked) return;
          if (endsNow) return end(processId, looked);
          looked.linger = setTimeout(() => end(processId, looked), lingerMs);
          looked.linger.unref();
        },
      };
    },
    /**
     * The screen as it is now, in milliseconds whatever the process has said: drawn from the end of its output, with all
     * its lines when that is all there is (`isComplete`). Undefined when its output is no longer kept.
     */
    async glance(processId: string): Promise<(ScreenSnapshot & { isComplete: boolean; lines: string[] }) | undefined> {
      const process = await present(processId);
      if (!process) return undefined;
      const { start, end: offset } = process.streams.output;
      const from = Math.max(start, offset - glanceBytes);
      const isComplete = from === 0;
      const { cols, rows } = process.sizes.at(-1) ?? { cols: 120, rows: 36 };
      const output = await readOutput(processId, from, offset);
      lastCall += 1;
      const number = lastCall;
      const { bytes, lines } = await new Promise<GlanceReply>((resolve, reject) => {
        glances.set(number, { resolve, reject });
        glanceThread ??= startGlanceThread();
        const request: ParserRequest = { type: 'glance', call: number, cols, rows, bytes: output, isComplete };
        glanceThread.postMessage(request);
      });
      return { bytes, lines, cols, rows, offset, isComplete };
    },
    /** The size of a process's screen has changed. */
    resized(processId: string, cols: number, rows: number): void {
      const screen = open.get(processId);
      if (screen) tell({ type: 'resize', screen: screen.number, cols, rows });
    },
    async close(): Promise<void> {
      for (const [processId, screen] of open) {
        clearTimeout(screen.linger);
        end(processId, screen);
      }
      await Promise.all([thread?.terminate(), glanceThread?.terminate()]);
      const ended = new AppError('UNAVAILABLE', 'Control Room is ending.');
      for (const { reject } of [...calls.values(), ...glances.values()]) reject(ended);
    },
  };
}
