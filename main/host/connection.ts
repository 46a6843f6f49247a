import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createFrameReader,
  decodeJson,
  decodeWrite,
  encodeJsonFrame,
  encodeOutputHead,
  FRAME_LIMIT_BYTES,
  frameKinds,
} from './frames.ts';
import { HostRefusal } from './host-refusal.ts';
import type { OutputLog } from './output-log.ts';
import type { HostedProcess, Processes } from './processes.ts';
import type { HostOperation, HostOperations, HostStream } from './protocol.ts';
import { HOST_PROTOCOL_VERSION, HOST_STREAMS } from './protocol.ts';

/** Floods wait in the log, not in memory, once this much is on its way to the client: an echo queues behind no more. */
const WINDOW_BYTES = 192 * 1024;
/** Small output overtakes a full window, up to this much. */
const SMALL_BYTES = 4 * 1024;
const SMALL_WINDOW_BYTES = 4 * 1024 * 1024;
const READ_BYTES = 64 * 1024;
/** Who has not shown the token yet may say little, and soon. */
const GREETING_LIMIT_BYTES = 4096;
const GREETING_MS = 5000;

interface Subscription {
  id: number;
  process: HostedProcess;
  log: OutputLog;
  /** Everything before it has been sent. */
  cursor: number;
  reading: boolean;
  stop(): void;
}

/** One client on its socket: requests in, answers, output and exits out. */
export function serveConnection(
  socket: Socket,
  options: {
    token: string;
    processes: Processes;
    welcome: { pid: number; hookPort: number; startedAt: number };
    shutdown(stopProcesses: boolean): Promise<void>;
    log(message: string): void;
  },
): void {
  const { processes } = options;
  const subscriptions = new Map<number, Subscription>();
  const exitWatches = new Set<string>();
  let sentBytes = 0;
  /** What the client says it has taken in; `null` for a client of an older build, which does not say. */
  let seenBytes: number | null = null;
  let greeted = false;
  let closed = false;

  const send = (frame: Buffer): void => {
    if (!closed) socket.write(frame);
  };

  const sendOutput = (subscriptionId: number, offset: number, bytes: Buffer): void => {
    if (closed) return;
    sentBytes += bytes.length;
    socket.cork();
    socket.write(encodeOutputHead(subscriptionId, offset, bytes.length));
    socket.write(bytes);
    socket.uncork();
  };

  /** Bytes of output between the client and us; the kernel keeps some where only the client can count them. */
  const waitingBytes = (): number => (seenBytes === null ? socket.writableLength : sentBytes - seenBytes);

  const hasAll = (process: HostedProcess): boolean => {
    for (const subscription of subscriptions.values()) {
      if (subscription.process === process && subscription.cursor < subscription.log.end) return false;
    }
    return true;
  };

  const sendExitWhenDue = (process: HostedProcess): void => {
    if (closed || !process.ended || !exitWatches.has(process.id) || !hasAll(process)) return;
    exitWatches.delete(process.id);
    send(encodeJsonFrame(frameKinds.exit, process.describe()));
  };

  const catchUp = async (subscription: Subscription): Promise<void> => {
    if (subscription.reading) return;
    subscription.reading = true;
    try {
      while (!closed && subscriptions.has(subscription.id) && subscription.cursor < subscription.log.end) {
        if (waitingBytes() >= WINDOW_BYTES) return; // 'drain' or what the client has seen comes back here
        const { offset, bytes } = await subscription.log.read(subscription.cursor, READ_BYTES);
        if (closed || !subscriptions.has(subscription.id)) return;
        if (bytes.length === 0) break;
        subscription.cursor = offset + bytes.length;
        sendOutput(subscription.id, offset, bytes);
      }
    } catch (error) {
      options.log(`cannot read the log of ${subscription.process.id}: ${(error as Error).message}`);
      subscription.cursor = subscription.log.end;
    } finally {
      subscription.reading = false;
    }
    sendExitWhenDue(subscription.process);
  };

  const catchAllUp = (): void => {
    const behind = [...subscriptions.values()].filter((each) => each.cursor < each.log.end);
    behind.sort((a, b) => a.log.end - a.cursor - (b.log.end - b.cursor));
    for (const subscription of behind) void catchUp(subscription);
  };

  const subscribe = (input: HostOperations['subscribe']['input']): HostOperations['subscribe']['output'] => {
    const process = processes.find(input.id);
    const log = process.log(input.stream);
    const subscription: Subscription = {
      id: input.subscriptionId,
      process,
      log,
      cursor: Math.max(0, Math.min(input.from, log.end)),
      reading: false,
      stop: log.onAppend((offset, bytes) => {
        const inTurn = subscription.cursor === offset && !subscription.reading;
        const room = bytes.length <= SMALL_BYTES ? SMALL_WINDOW_BYTES : WINDOW_BYTES;
        if (inTurn && waitingBytes() < room) {
          subscription.cursor = offset + bytes.length;
          sendOutput(subscription.id, offset, bytes);
        } else {
          void catchUp(subscription);
        }
      }),
    };
    subscriptions.get(subscription.id)?.stop();
    subscriptions.set(subscription.id, subscription);
    // After the answer, which the client must have first.
    setImmediate(() => void catchUp(subscription));
    return { start: log.start, end: log.end };
  };

  const checkStream = (stream: HostStream): HostStream => {
    if (!HOST_STREAMS.includes(stream)) throw new HostRefusal('BAD_REQUEST', `no stream ${stream}`);
    return stream;
  };

  const operations: {
    [Name in HostOperation]: (input: HostOperations[Name]['input']) => Promise<HostOperations[Name]['output']>;
  } = {
    spawn: (input) => processes.spawn(input),
    closeInput: async ({ id }) => {
      await processes.closeInput(id);
      return null;
    },
    resize: async ({ id, cols, rows }) => {
      const fits = [cols, rows].every((value) => Number.isInteger(value) && value > 0 && value < 10_000);
      if (!fits) throw new HostRefusal('BAD_REQUEST', `${cols} by ${rows} is no size for a terminal`);
      return processes.resize(id, cols, rows);
    },
    signal: async ({ id, signal, tree }) => ({ signalled: await processes.signal(id, signal, tree === true) }),
    list: async () => processes.list(),
    adopt: async () => {
      await processes.adopt();
      return processes.list();
    },
    describe: async ({ id }) => processes.find(id).describe(),
    subscribe: async (input) => subscribe({ ...input, stream: checkStream(input.stream) }),
    unsubscribe: async ({ subscriptionId }) => {
      const subscription = subscriptions.get(subscriptionId);
      subscription?.stop();
      subscriptions.delete(subscriptionId);
      if (subscription) sendExitWhenDue(subscription.process);
      return null;
    },
    watchExit: async ({ id }) => {
      const process = processes.find(id);
      exitWatches.add(id);
      setImmediate(() => sendExitWhenDue(process));
      return null;
    },
    acknowledge: async ({ id, stream, offset }) => {
      processes.find(id).log(checkStream(stream)).acknowledge(offset);
      return null;
    },
    respondHook: async ({ id, hookId, status, body }) => ({
      delivered: processes.respondHook(id, hookId, status, body),
    }),
    release: async ({ id }) => {
      await processes.release(id);
      return null;
    },
    shutdown: async ({ stopProcesses }) => {
      if (!stopProcesses && processes.liveCount > 0) {
        throw new HostRefusal('PROCESS_ALIVE', `${processes.liveCount} processes still run`);
      }
      await options.shutdown(stopProcesses);
      return null;
    },
  };

  const answer = async (requestId: number, work: () => Promise<unknown>): Promise<void> => {
    try {
      send(encodeJsonFrame(frameKinds.response, { requestId, result: (await work()) ?? null }));
    } catch (error) {
      const code = error instanceof HostRefusal ? error.code : 'INTERNAL';
      if (code === 'INTERNAL') options.log(`a request failed: ${(error as Error).stack}`);
      send(encodeJsonFrame(frameKinds.response, { requestId, error: { code, message: (error as Error).message } }));
    }
  };

  const greet = (payload: Buffer): void => {
    const { token, counts } = decodeJson(payload) as { token?: unknown; counts?: unknown };
    const given = Buffer.from(typeof token === 'string' ? token : '');
    const expected = Buffer.from(options.token);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      socket.end(encodeJsonFrame(frameKinds.refused, { reason: 'wrong token' }));
      return;
    }
    greeted = true;
    if (counts === true) seenBytes = 0;
    clearTimeout(greetingTimer);
    reader.setLimit(FRAME_LIMIT_BYTES);
    send(encodeJsonFrame(frameKinds.welcome, { protocolVersion: HOST_PROTOCOL_VERSION, ...options.welcome }));
  };

  const receive = (kind: number, payload: Buffer): void => {
    if (!greeted) {
      if (kind !== frameKinds.hello) throw new Error('the first frame must be the token');
      greet(payload);
    } else if (kind === frameKinds.write) {
      const { requestId, id, writeId, bytes } = decodeWrite(payload);
      void answer(requestId, async () => processes.write(id, writeId, bytes));
    } else if (kind === frameKinds.seen) {
      seenBytes = payload.readDoubleLE(0);
      catchAllUp();
    } else if (kind === frameKinds.request) {
      const { requestId, operation, input } = decodeJson(payload) as {
        requestId: number;
        operation: HostOperation;
        input: never;
      };
      void answer(requestId, async () => {
        if (!Object.hasOwn(operations, operation))
          throw new HostRefusal('BAD_REQUEST', `this host knows no ${operation}`);
        return operations[operation](input);
      });
    }
  };

  const reader = createFrameReader(receive, GREETING_LIMIT_BYTES);
  const greetingTimer = setTimeout(() => socket.destroy(), GREETING_MS);
  const stopEnds = processes.onEnd(sendExitWhenDue);

  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
    } catch (error) {
      options.log(`a client was cut off: ${(error as Error).message}`);
      socket.destroy();
    }
  });
  socket.on('drain', catchAllUp);
  socket.on('error', (error) => options.log(`a client's connection broke: ${error.message}`));
  socket.on('close', () => {
    closed = true;
    clearTimeout(greetingTimer);
    stopEnds();
    for (const subscription of subscriptions.values()) subscription.stop();
    subscriptions.clear();
  });
}
