import * as fsp from 'node:fs/promises';
import * as path from 'node:path';
import type { Child } from './child.ts';
import { findProgram } from './child.ts';
import type { Hooks } from './hooks.ts';
import { markOf } from './host-address.ts';
import { HostRefusal } from './host-refusal.ts';
import { createOutputFlow, type OutputLane } from './output-flow.ts';
import type { OutputLog } from './output-log.ts';
import { newOutputLog, openOutputLog } from './output-log.ts';
import { startPipe } from './pipe.ts';
import { endProcessTree, PROCESS_MARK, readProcessStartTime, signalProcessTree } from './process-tree.ts';
import type { HostProcess, HostSpawn, HostStream, HostTerminalSize } from './protocol.ts';
import { HOST_STREAMS } from './protocol.ts';
import { startPty } from './pty.ts';

/** A process, alive or ended, with the logs of what it wrote. */
export interface HostedProcess {
  readonly id: string;
  readonly ended: boolean;
  log(stream: HostStream): OutputLog;
  describe(): HostProcess;
}

export interface Processes {
  /** Processes that have not ended. */
  readonly liveCount: number;
  spawn(spec: HostSpawn): Promise<HostProcess>;
  find(id: string): HostedProcess;
  list(): HostProcess[];
  /** Takes in what was put into its folder: ended processes of another build's host, with their logs. */
  adopt(): Promise<void>;
  write(id: string, writeId: string, bytes: Buffer): Promise<void>;
  closeInput(id: string): Promise<void>;
  /** Gives the size and the offset of the output it holds from. */
  resize(id: string, cols: number, rows: number): HostTerminalSize;
  signal(id: string, signal: string, tree: boolean): Promise<number>;
  respondHook(id: string, hookId: string, status: number, body: unknown): boolean;
  release(id: string): Promise<void>;
  onEnd(listener: (process: HostedProcess) => void): () => void;
  /** Ends all trees: TERM, then KILL. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_PTY_LOG_BYTES = 64 * 1024 * 1024;
/** Input the child does not read is kept in memory up to this; more is refused. */
const INPUT_LIMIT_BYTES = 64 * 1024 * 1024;
/** A write is repeated only by an orchestrator that has just come back: the last few thousand are plenty. */
const REMEMBERED_WRITES = 4096;
const REMEMBERED_SIZES = 200;
/** What somebody types is no longer. */
const TYPED_BYTES = 256;
const STOP_GRACE_MS = 3000;

const idPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

interface Entry extends HostedProcess {
  info: Omit<HostProcess, 'streams'>;
  folder: string;
  mark: string;
  logs: Record<HostStream, OutputLog>;
  child: Child | null;
  /** While it runs. */
  lane: OutputLane | null;
  /** Settles when the process runs, or has failed to start. */
  ready: Promise<void>;
  /** The last save of its record: one at a time. */
  saved: Promise<void>;
  writes: Map<string, Promise<void>>;
  inputBytes: number;
}

/** The table of child processes: starts them, keeps what they write, remembers how they ended. */
export async function createProcesses(options: {
  /** What this host keeps. */
  hostFolder: string;
  /** What the hosts of all builds keep. */
  hostsFolder: string;
  hooks: Hooks;
  now(): number;
  log(message: string): void;
}): Promise<Processes> {
  const { hooks, now } = options;
  const folder = path.join(options.hostFolder, 'processes');
  const entries = new Map<string, Entry>();
  const flow = createOutputFlow();
  const endListeners = new Set<(process: HostedProcess) => void>();
  let stopping = false;

  const describe = (entry: Pick<Entry, 'info' | 'logs'>): HostProcess => {
    const range = (stream: HostStream) => ({ start: entry.logs[stream].start, end: entry.logs[stream].end });
    return {
      ...entry.info,
      sizes: [...entry.info.sizes],
      streams: { output: range('output'), errors: range('errors'), hooks: range('hooks') },
    };
  };

  const save = async (entry: Entry): Promise<void> => {
    const file = path.join(entry.folder, 'process.json');
    await fsp.writeFile(`${file}.new`, JSON.stringify(entry.info), { mode: 0o600 });
    await fsp.rename(`${file}.new`, file);
  };

  const trySave = (entry: Entry): Promise<void> => {
    entry.saved = entry.saved
      .then(() => save(entry))
      .catch((error: Error) => options.log(`${entry.id}: cannot write its record: ${error.message}`));
    return entry.saved;
  };

  const logLimits = (spec: Pick<HostSpawn, 'mode' | 'logLimitBytes'>): Record<HostStream, number | null> => ({
    output: spec.logLimitBytes ?? (spec.mode === 'pty' ? DEFAULT_PTY_LOG_BYTES : null),
    errors: null,
    hooks: null,
  });

  const end = async (entry: Entry, how: { exitCode?: number; signal?: string; failure?: string }): Promise<void> => {
    entry.lane?.end();
    entry.lane = null;
    entry.child = null;
    await hooks.unregister(entry.id);
    for (const stream of HOST_STREAMS) {
      // A full disk must not keep the end a secret: after a while the rest stays in memory, where it can be read too.
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, 2000);
      });
      await Promise.race([entry.logs[stream].settled(), patience]);
      clearTimeout(timer);
    }
    entry.info.endedAt = now();
    entry.info.endReason = how.failure === undefined ? 'exited' : 'failed';
    if (how.failure !== undefined) entry.info.endMessage = how.failure;
    if (how.exitCode !== undefined) entry.info.exitCode = how.exitCode;
    if (how.signal !== undefined) entry.info.signal = how.signal;
    await trySave(entry);
    for (const listener of endListeners) listener(entry);
  };

  const makeEntry = (
    id: string,
    info: Entry['info'],
    logs: Entry['logs'] | null,
    limits: Record<HostStream, number | null>,
  ): Entry => {
    const entryFolder = path.join(folder, id);
    const logOptions = (stream: HostStream) => ({
      folder: entryFolder,
      name: stream,
      limitBytes: limits[stream],
      onWritten: () => entry.lane?.relieve(),
      onTrouble: (error: Error) => options.log(`${id}: its ${stream} cannot be written: ${error.message}`),
    });
    const entry: Entry = {
      id,
      info,
      folder: entryFolder,
      mark: markOf(options.hostsFolder, id),
      logs: logs ?? {
        output: newOutputLog(logOptions('output')),
        errors: newOutputLog(logOptions('errors')),
        hooks: newOutputLog(logOptions('hooks')),
      },
      child: null,
      lane: null,
      ready: Promise.resolve(),
      saved: Promise.resolve(),
      writes: new Map(),
      inputBytes: 0,
      get ended() {
        return info.endedAt !== undefined;
      },
      log: (stream) => entry.logs[stream],
      describe: () => describe(entry),
    };
    return entry;
  };

  const findInPlace = async (spec: HostSpawn): Promise<string> => {
    const cwd = await fsp.stat(spec.cwd).catch(() => null);
    if (!cwd?.isDirectory()) throw new Error(`the folder ${spec.cwd} does not exist`);
    return findProgram(spec.file, spec.cwd, spec.env.PATH);
  };

  const start = async (entry: Entry, spec: HostSpawn): Promise<void> => {
    const env = { ...spec.env };
    if (spec.trackOrphans !== false) env[PROCESS_MARK] = entry.mark;
    try {
      // The intent goes to disk first: a host that dies between here and the fork leaves a record that says so.
      const found = findInPlace(spec);
      found.catch(() => undefined); // looked at once the record is there
      await fsp.mkdir(entry.folder, { recursive: true, mode: 0o700 });
      await fsp.writeFile(path.join(entry.folder, 'process.json'), JSON.stringify(entry.info), { mode: 0o600 });
      const file = await found;
      if (spec.hooks) {
        const { url, token } = hooks.register(entry.id, (line) => entry.logs.hooks.append(line));
        env.CONTROL_ROOM_HOOK_URL = url;
        env.CONTROL_ROOM_HOOK_TOKEN = token;
      }
      const lane = flow.open({
        logs: [entry.logs.output, entry.logs.errors],
        read: (on) => (on ? entry.child?.resume() : entry.child?.pause()),
      });
      entry.lane = lane;
      const startChild = spec.mode === 'pty' ? startPty : startPipe;
      entry.child = startChild({
        file,
        args: spec.args,
        cwd: spec.cwd,
        env,
        cols: spec.cols ?? 80,
        rows: spec.rows ?? 24,
        hidden: [...entries.values()].flatMap(({ child }) => child?.inheritable ?? []),
        onOutput: (bytes) => lane.take(entry.logs.output, bytes),
        onErrors: (bytes) => lane.take(entry.logs.errors, bytes),
        onEnd: (how) => void end(entry, how),
      });
      entry.info.pid = entry.child.pid || null;
      if (entry.info.pid !== null) entry.info.processStartTime = await readProcessStartTime(entry.info.pid);
      if (!entry.ended) await trySave(entry);
    } catch (error) {
      await end(entry, { failure: (error as Error).message });
    }
  };

  const spawn = async (spec: HostSpawn): Promise<HostProcess> => {
    if (!idPattern.test(spec.id)) throw new HostRefusal('BAD_REQUEST', `"${spec.id}" cannot name a process`);
    let entry = entries.get(spec.id);
    if (!entry) {
      if (stopping) throw new HostRefusal('SHUTTING_DOWN', 'the host is shutting down');
      const sizes = spec.mode === 'pty' ? [{ offset: 0, cols: spec.cols ?? 80, rows: spec.rows ?? 24 }] : [];
      entry = makeEntry(
        spec.id,
        { id: spec.id, mode: spec.mode, pid: null, processStartTime: null, startedAt: now(), sizes },
        null,
        logLimits(spec),
      );
      entries.set(spec.id, entry);
      entry.ready = start(entry, spec);
    }
    await entry.ready;
    return describe(entry);
  };

  const find = (id: string): Entry => {
    const entry = entries.get(id);
    if (!entry) throw new HostRefusal('NO_SUCH_PROCESS', `no process ${id}`);
    return entry;
  };

  const findRunning = async (id: string): Promise<{ entry: Entry; child: Child }> => {
    const entry = find(id);
    await entry.ready;
    if (!entry.child) throw new HostRefusal('PROCESS_ENDED', `process ${id} has ended`);
    return { entry, child: entry.child };
  };

  const writeOnce = async (id: string, bytes: Buffer): Promise<void> => {
    const { entry, child } = await findRunning(id);
    if (entry.inputBytes + bytes.length > INPUT_LIMIT_BYTES) {
      throw new HostRefusal('INPUT_FULL', `process ${id} has not read ${entry.inputBytes} bytes of input yet`);
    }
    entry.inputBytes += bytes.length;
    try {
      const written = child.write(bytes);
      // The child is already at it while the others are told to wait.
      if (entry.info.mode === 'pty' && bytes.length <= TYPED_BYTES) entry.lane?.typed();
      await written;
    } catch (error) {
      throw new HostRefusal(entry.child ? 'INPUT_CLOSED' : 'PROCESS_ENDED', (error as Error).message);
    } finally {
      entry.inputBytes -= bytes.length;
    }
  };

  /** Takes in what an earlier host left: its processes have ended, their logs can still be read. */
  const recover = async (id: string): Promise<void> => {
    const entryFolder = path.join(folder, id);
    let info: Entry['info'];
    try {
      info = JSON.parse(await fsp.readFile(path.join(entryFolder, 'process.json'), 'utf8')) as Entry['info'];
      if (info.id !== id || !Array.isArray(info.sizes)) throw new Error('the record is not about this process');
    } catch (error) {
      options.log(`${id}: its record cannot be read, it is forgotten: ${(error as Error).message}`);
      await fsp.rm(entryFolder, { recursive: true, force: true });
      return;
    }
    const open = (stream: HostStream) =>
      openOutputLog({
        folder: entryFolder,
        name: stream,
        limitBytes: info.mode === 'pty' && stream === 'output' ? Number.MAX_SAFE_INTEGER : null,
        onWritten: () => undefined,
        onTrouble: (error) => options.log(`${id}: ${error.message}`),
      });
    const logs = { output: await open('output'), errors: await open('errors'), hooks: await open('hooks') };
    const lost = info.endedAt === undefined;
    if (lost) Object.assign(info, { endedAt: now(), endReason: 'host-lost' });
    const entry = makeEntry(id, info, logs, { output: null, errors: null, hooks: null });
    entries.set(id, entry);
    if (lost) await trySave(entry);
  };

  await fsp.mkdir(folder, { recursive: true, mode: 0o700 });
  const adopt = async (): Promise<void> => {
    for (const id of await fsp.readdir(folder)) if (idPattern.test(id) && !entries.has(id)) await recover(id);
  };
  await adopt();

  return {
    get liveCount() {
      let count = 0;
      for (const entry of entries.values()) if (!entry.ended) count++;
      return count;
    },
    spawn,
    find,
    list: () => [...entries.values()].map(describe),
    adopt,
    write(id, writeId, bytes) {
      const entry = find(id);
      const known = entry.writes.get(writeId);
      if (known) return known;
      const writing = writeOnce(id, bytes);
      entry.writes.set(writeId, writing);
      if (entry.writes.size > REMEMBERED_WRITES) entry.writes.delete(entry.writes.keys().next().value as string);
      return writing;
    },
    async closeInput(id) {
      await (await findRunning(id)).child.closeInput();
    },
    resize(id, cols, rows) {
      const entry = find(id);
      if (entry.info.mode !== 'pty') throw new HostRefusal('NOT_A_TERMINAL', `process ${id} has no terminal`);
      if (!entry.child) throw new HostRefusal('PROCESS_ENDED', `process ${id} has ended`);
      const current = entry.info.sizes.at(-1);
      if (current?.cols === cols && current.rows === rows) return current;
      entry.lane?.passOn(entry.logs.output);
      entry.child.resize(cols, rows);
      const size = { offset: entry.logs.output.end, cols, rows };
      entry.info.sizes.push(size);
      if (entry.info.sizes.length > REMEMBERED_SIZES) entry.info.sizes.shift();
      void trySave(entry);
      return size;
    },
    async signal(id, signal, tree) {
      const entry = find(id);
      await entry.ready;
      const { pid, processStartTime } = entry.info;
      if (tree)
        return signalProcessTree(
          { pid: entry.child ? pid : null, processStartTime, mark: entry.mark },
          signal as NodeJS.Signals,
        );
      if (!entry.child || pid === null) throw new HostRefusal('PROCESS_ENDED', `process ${id} has ended`);
      process.kill(pid, signal as NodeJS.Signals);
      return 1;
    },
    respondHook: (id, hookId, status, body) => hooks.respond(id, hookId, status, body),
    async release(id) {
      const entry = entries.get(id);
      if (!entry) return;
      if (!entry.ended) throw new HostRefusal('PROCESS_ALIVE', `process ${id} still runs: end it first`);
      entries.delete(id);
      await entry.saved;
      for (const stream of HOST_STREAMS) await entry.logs[stream].close();
      await fsp.rm(entry.folder, { recursive: true, force: true });
    },
    onEnd(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
    async stopAll() {
      stopping = true;
      const live = [...entries.values()].filter((entry) => !entry.ended);
      const ends = new Promise<void>((resolve) => {
        const check = (): void => {
          if (live.every((entry) => entry.ended)) resolve();
        };
        endListeners.add(check);
        check();
      });
      await Promise.all(
        live.map(async (entry) => {
          await entry.ready;
          const { pid, processStartTime } = entry.info;
          await endProcessTree({ pid, processStartTime, mark: entry.mark }, STOP_GRACE_MS);
        }),
      );
      await ends;
    },
    async close() {
      flow.close();
      for (const entry of entries.values()) for (const stream of HOST_STREAMS) await entry.logs[stream].close();
    },
  };
}
