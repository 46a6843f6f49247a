import { spawn as spawnChild } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fsp from 'node:fs/promises';
import type * as net from 'node:net';
import * as path from 'node:path';
import { decodeJson, decodeOutput, encodeJsonFrame, encodeWriteFrame, frameKinds } from '../../host/frames.ts';
import { hostFolderOf, hostsFolderOf, markOf, readHostAddress } from '../../host/host-address.ts';
import { endProcessTree, isProcessAlive, mayCarryMark } from '../../host/process-tree.ts';
import type {
  HostAddress,
  HostErrorCode,
  HostOperation,
  HostOperations,
  HostProcess,
  HostStream,
} from '../../host/protocol.ts';
import { type HostChunk, type HostClientOptions, HostError, type OneHostClient } from './host.ts';
import { type HostLink, openHostLink } from './host-link.ts';

/** A host answers within milliseconds; a machine under full load may need seconds to start one. */
const START_LIMIT_MS = 15_000;
const LOOK_AGAIN_MS = 15;
/** Trees of a dead host have lost their terminal or pipes already: they get this long to clean up. */
const SWEEP_GRACE_MS = 500;

interface PendingRequest {
  frame: Buffer;
  sent: boolean;
  /** Belongs to one connection and fails with it; the next one asks anew. */
  bound: boolean;
  resolve(result: never): void;
  reject(error: Error): void;
}

interface Subscription {
  id: string;
  stream: HostStream;
  cursor: number;
  onChunk(chunk: HostChunk): void;
  lent: boolean;
}

const withResolvers = (): { promise: Promise<void>; resolve(): void } => {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Finds the data folder's host, or starts one; what is asked before it answers (`connected`) waits. The client holds on to it
 * from then on: a broken connection is made again where it was; a dead host is reported, its leftovers are ended, and a
 * fresh one is started.
 */
export function createHostClient(options: HostClientOptions): OneHostClient {
  const { dataDir, entry, log } = options;
  const hostFolder = hostFolderOf(dataDir, options.build);
  const pending = new Map<number, PendingRequest>();
  const subscriptions = new Map<number, Subscription>();
  const exitListeners = new Map<string, Set<(process: HostProcess) => void>>();
  const known = new Map<string, HostProcess>();
  let present: HostLink | undefined;
  /** Requests go out only then: after a loss, not before the old host's leftovers are gone. */
  let ready = false;
  let connecting = true;
  let closed = false;
  let shuttingDown = false;
  let nextId = 1;

  const { promise: closing, resolve: endWaiting } = withResolvers();
  const { promise: shutDown, resolve: endShutdown } = withResolvers();

  const link = (): HostLink => {
    if (!present) throw new HostError('HOST_LOST', 'there is no host yet');
    return present;
  };

  const flush = (): void => {
    for (const request of pending.values()) {
      if (request.sent) continue;
      request.sent = true;
      link().socket.write(request.frame);
    }
  };

  const enqueue = <Result>(encode: (requestId: number) => Buffer): Promise<Result> => {
    if (closed) return Promise.reject(new HostError('CLOSED', 'the connection to the host was closed'));
    return new Promise<Result>((resolve, reject) => {
      const requestId = nextId++;
      const frame = encode(requestId);
      pending.set(requestId, { frame, sent: ready, bound: false, resolve: resolve as (result: never) => void, reject });
      if (ready) link().socket.write(frame);
    });
  };

  const request = <Name extends HostOperation>(
    operation: Name,
    input: HostOperations[Name]['input'],
  ): Promise<HostOperations[Name]['output']> =>
    enqueue((requestId) => encodeJsonFrame(frameKinds.request, { requestId, operation, input }));

  /** Asks on this very connection, before the requests that wait for it. */
  const ask = <Name extends HostOperation>(
    operation: Name,
    input: HostOperations[Name]['input'],
  ): Promise<HostOperations[Name]['output']> =>
    new Promise((resolve, reject) => {
      const requestId = nextId++;
      const frame = encodeJsonFrame(frameKinds.request, { requestId, operation, input });
      pending.set(requestId, { frame, sent: true, bound: true, resolve, reject });
      link().socket.write(frame);
    });

  const deliverExit = (process: HostProcess): void => {
    known.set(process.id, process);
    const listeners = exitListeners.get(process.id);
    exitListeners.delete(process.id);
    for (const listener of listeners ?? []) guard(() => listener(process));
  };

  const guard = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      log.error({ err: error }, 'a listener of the host client failed');
    }
  };

  const subscribeNow = (subscriptionId: number, { id, stream, cursor }: Subscription): void => {
    ask('subscribe', { subscriptionId, id, stream, from: cursor }).catch((error: HostError) => {
      if (error.code === 'HOST_LOST' || error.code === 'CLOSED') return; // the next connection subscribes again
      log.warn({ id, stream, reason: error.message }, 'cannot follow the output of a process');
    });
  };

  const watchExitNow = (id: string): void => {
    ask('watchExit', { id }).catch((error: HostError) => {
      if (error.code !== 'NO_SUCH_PROCESS') return; // the next connection asks again
      // The host's folder was emptied by hand: nothing more will be heard of it.
      const last = known.get(id);
      if (last) deliverExit({ endedAt: Date.now(), endReason: 'host-lost', ...last });
      else log.warn({ id }, 'asked for the end of a process the host does not know');
    });
  };

  const receive = (kind: number, payload: Buffer): void => {
    if (kind === frameKinds.output) {
      const { subscriptionId, offset, bytes } = decodeOutput(payload);
      const subscription = subscriptions.get(subscriptionId);
      if (!subscription) return;
      const seenBytes = Math.max(0, subscription.cursor - offset);
      if (seenBytes >= bytes.length) return;
      subscription.cursor = offset + bytes.length;
      const fresh = seenBytes > 0 ? bytes.subarray(seenBytes) : bytes;
      guard(() =>
        subscription.onChunk({ offset: offset + seenBytes, bytes: subscription.lent ? fresh : Buffer.from(fresh) }),
      );
    } else if (kind === frameKinds.response) {
      const answer = decodeJson(payload) as {
        requestId: number;
        result?: unknown;
        error?: { code: HostErrorCode; message: string };
      };
      const waiting = pending.get(answer.requestId);
      pending.delete(answer.requestId);
      if (answer.error) waiting?.reject(new HostError(answer.error.code, answer.error.message));
      else waiting?.resolve(answer.result as never);
    } else if (kind === frameKinds.exit) {
      deliverExit(decodeJson(payload) as HostProcess);
    }
  };

  const linkTo = (address: HostAddress): Promise<HostLink> =>
    openHostLink(address, { receive, onClose: onDisconnect, log });

  const readHostLog = async (): Promise<string> => {
    const text = await fsp.readFile(path.join(hostFolder, 'host.log'), 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-5).join('\n');
  };

  /** Connects to the living host, starting one when there is none. */
  const findOrStart = async (): Promise<HostLink> => {
    let startedAt = performance.now();
    let started = false;
    let exit: { code: number | null; error?: Error } | null = null;
    let reason = 'it does not answer';
    while (performance.now() - startedAt < START_LIMIT_MS) {
      if (closed) throw new HostError('CLOSED', 'the connection to the host was closed');
      const address = await readHostAddress(hostFolder);
      if (address && (await isProcessAlive(address.pid, address.processStartTime))) {
        try {
          return await linkTo(address);
        } catch (error) {
          reason = (error as Error).message; // it may be about to end, or about to listen: look again
        }
      } else if (!started) {
        started = true;
        await Promise.race([options.startAfter, closing]);
        startedAt = performance.now();
        if (closed) continue;
        await fsp.mkdir(hostFolder, { recursive: true, mode: 0o700 });
        const child = spawnChild(entry.file, [...entry.args, '--data-dir', dataDir, '--build', options.build], {
          detached: true,
          stdio: 'ignore',
          cwd: dataDir,
          env: entry.env,
          windowsHide: true,
        });
        child.on('error', (error) => {
          exit = { code: null, error };
        });
        child.on('exit', (code) => {
          exit ??= { code };
        });
        child.unref();
      } else if (exit !== null) {
        const { code, error } = exit as { code: number | null; error?: Error };
        if (code !== 0)
          throw new Error(
            `the host cannot start: ${error?.message ?? ((await readHostLog()) || `it ended with ${code}`)}`,
          );
        started = false; // another host had the folder; it may have ended since
        exit = null;
      }
      await pause(LOOK_AGAIN_MS);
    }
    throw new Error(`no host for ${dataDir} within ${START_LIMIT_MS / 1000} s: ${reason}`);
  };

  /** Ends what processes of a dead host have left running. */
  const sweep = async (processes: HostProcess[]): Promise<void> => {
    await Promise.all(
      processes.map(async ({ id, pid, processStartTime }) => {
        const mark = markOf(hostsFolderOf(dataDir), id);
        try {
          // In a copy of a data folder the records name processes of the other one, which go on there.
          const root = pid !== null && (await mayCarryMark(pid, mark)) ? pid : null;
          await endProcessTree({ pid: root, processStartTime, mark }, SWEEP_GRACE_MS);
        } catch (error) {
          log.error({ err: error, id, pid }, 'cannot end what a lost process left');
        }
      }),
    );
  };

  /** Takes up the conversation on a new link: what was followed is followed on from where it was. */
  const resume = async (): Promise<void> => {
    const subscribed = new Set(subscriptions.keys());
    for (const [subscriptionId, subscription] of subscriptions) subscribeNow(subscriptionId, subscription);
    const before = [...known.values()];
    const listed = await ask('list', null);
    const gone = before.filter((process) => !listed.some(({ id }) => id === process.id));
    // Those that are gone stay known until somebody asked for their end.
    for (const process of listed) known.set(process.id, process);
    for (const id of exitListeners.keys()) watchExitNow(id);
    await sweep([
      ...listed.filter((each) => each.endReason === 'host-lost'),
      ...gone.filter((each) => each.endedAt === undefined),
    ]);
    ready = true;
    // What was asked for meanwhile.
    for (const [subscriptionId, subscription] of subscriptions)
      if (!subscribed.has(subscriptionId)) subscribeNow(subscriptionId, subscription);
    for (const id of exitListeners.keys()) watchExitNow(id);
    flush();
  };

  const reportLoss = (): void => {
    for (const [requestId, request] of pending) {
      if (!request.sent) continue;
      pending.delete(requestId);
      request.reject(new HostError('HOST_LOST', 'the host died before it answered'));
    }
    const reason = `the process that holds the workers (pid ${link().address.pid}) died`;
    log.error({ pid: link().address.pid }, reason);
    guard(() => options.onLost({ reason, processes: [...known.values()] }));
  };

  const onDisconnect = (socket: net.Socket): void => {
    if (socket !== present?.socket || closed) return;
    if (shuttingDown) {
      endShutdown();
      return;
    }
    ready = false;
    for (const [requestId, request] of pending) {
      if (!request.bound) continue;
      pending.delete(requestId);
      request.reject(new HostError('HOST_LOST', 'the connection to the host broke'));
    }
    if (!connecting) void reconnect();
  };

  const reconnect = async (): Promise<void> => {
    connecting = true;
    const before = link().address;
    let lost = false;
    for (let attempt = 0; !closed; attempt++) {
      try {
        if (!lost && !(await isProcessAlive(before.pid, before.processStartTime))) {
          lost = true;
          reportLoss();
        }
        present = lost ? await findOrStart() : await linkTo(before);
        // Answers may have got lost with the old connection: every operation may be said twice.
        for (const request of pending.values()) request.sent = false;
        await resume();
        connecting = false;
        return;
      } catch (error) {
        if (closed) return;
        if (attempt % 50 === 0) log.warn({ reason: (error as Error).message }, 'connecting to the host again');
        await pause(Math.min(1000, LOOK_AGAIN_MS * (attempt + 1)));
      }
    }
  };

  const connect = async (): Promise<void> => {
    try {
      present = await findOrStart();
      await resume();
      connecting = false;
    } catch (error) {
      end();
      throw error;
    }
    log.info({ pid: present.address.pid, processes: known.size }, 'connected to the host');
  };

  /** Nothing is sent or heard from here on. */
  const end = (): void => {
    closed = true;
    endWaiting();
    for (const request of pending.values())
      request.reject(new HostError('CLOSED', 'the connection to the host was closed'));
    pending.clear();
    subscriptions.clear();
    exitListeners.clear();
  };

  const connected = connect();
  // Whoever needs to know asks `connected` itself.
  connected.catch(() => undefined);

  return {
    connected,
    info() {
      const { address, protocolVersion } = link();
      return { pid: address.pid, protocolVersion, hookPort: address.hookPort };
    },
    async spawn(spec) {
      const logLimitBytes = spec.logLimitBytes ?? (spec.mode === 'pty' ? options.terminalLogBytes?.() : undefined);
      const process = await request('spawn', { ...spec, ...(logLimitBytes === undefined ? {} : { logLimitBytes }) });
      known.set(process.id, process);
      return process;
    },
    async write(id, data, writeId = `once-${randomBytes(9).toString('base64url')}`) {
      const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
      await enqueue<null>((requestId) => encodeWriteFrame(requestId, id, writeId, bytes));
    },
    async closeInput(id) {
      await request('closeInput', { id });
    },
    resize: (id, cols, rows) => request('resize', { id, cols, rows }),
    async signal(id, signal, { tree = false } = {}) {
      return (await request('signal', { id, signal, tree })).signalled;
    },
    async list() {
      const processes = await request('list', null);
      known.clear();
      for (const process of processes) known.set(process.id, process);
      return processes;
    },
    async adopt() {
      const before = new Set(known.keys());
      const processes = await request('adopt', null);
      for (const process of processes) known.set(process.id, process);
      await sweep(processes.filter(({ id, endReason }) => !before.has(id) && endReason === 'host-lost'));
    },
    async describe(id) {
      try {
        const process = await request('describe', { id });
        known.set(id, process);
        return process;
      } catch (error) {
        const { code } = error as HostError;
        if (code === 'NO_SUCH_PROCESS') return undefined;
        // A host of an older build does not know the question.
        if (code !== 'BAD_REQUEST') throw error;
        return (await request('list', null)).find((process) => process.id === id);
      }
    },
    get: (id) => known.get(id),
    subscribe(id, stream, from, onChunk, { lent = false } = {}) {
      const subscriptionId = nextId++;
      const subscription: Subscription = { id, stream, cursor: from, onChunk, lent };
      subscriptions.set(subscriptionId, subscription);
      if (ready) subscribeNow(subscriptionId, subscription);
      return () => {
        if (!subscriptions.delete(subscriptionId) || !ready) return;
        // Refused only when the host is gone, and then nothing is left to end.
        request('unsubscribe', { subscriptionId }).catch((error: Error) =>
          log.info({ reason: error.message }, 'unsubscribe'),
        );
      };
    },
    onExit(id, listener) {
      const listeners = exitListeners.get(id) ?? new Set();
      exitListeners.set(id, listeners);
      listeners.add(listener);
      // A turn later, so that subscriptions made beside it are known to the host first.
      setImmediate(() => {
        if (ready && !closed && listeners.has(listener) && exitListeners.get(id) === listeners) watchExitNow(id);
      });
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && exitListeners.get(id) === listeners) exitListeners.delete(id);
      };
    },
    async acknowledge(id, stream, offset) {
      await request('acknowledge', { id, stream, offset });
    },
    async respondHook(id, hookId, status, body) {
      return (await request('respondHook', { id, hookId, status, body })).delivered;
    },
    async release(id) {
      await request('release', { id });
      known.delete(id);
    },
    async shutdown(input) {
      shuttingDown = true;
      try {
        // A host that ends does not wait for long until a flood that was not read lets its answer through.
        await Promise.race([request('shutdown', input), shutDown]);
      } catch (error) {
        shuttingDown = false;
        throw error;
      }
    },
    async close() {
      if (closed) return;
      end();
      // A first connection that is being made ends by itself now.
      await connected.catch(() => undefined);
      const socket = present?.socket;
      if (!socket || socket.destroyed) return;
      const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.end();
      const cut = setTimeout(() => socket.destroy(), 500);
      await ended;
      clearTimeout(cut);
    },
  };
}
