import { stat, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { MetricHistory } from './history.ts';
import type { Meters, Sums } from './meters.ts';
import type { ProcessFigures } from './process-figures.ts';
import type { RoomFigures } from './room-figures.ts';
import { type Sample, withLatency } from './sample.ts';

/** How often a sample is taken. */
export const sampleMs = 10_000;
/** Every so many samples the disk and what workers use are looked at. */
const machineEvery = 6;
/** After a longer pause the machine slept: what was then is not known. */
const longestMs = 3 * sampleMs;

/** Takes the figures every ten seconds, in memory; nothing of it reads or writes the disk but one look at its size a minute. */
export function createSampler(deps: {
  meters: Meters;
  room: RoomFigures;
  figures: ProcessFigures;
  history: MetricHistory;
  dataDir: string;
  databaseFile: string;
  now: () => number;
  /** Memory of the process trees of all workers, in bytes. */
  measureWorkers: () => Promise<number>;
  /** After each sample. */
  onSample: () => void;
  log: { warn(details: object, message: string): void };
}) {
  const { meters, room, figures, history, now } = deps;
  let before: { at: number; sums: Sums; cpuSeconds: number } = {
    at: boundary(now()),
    sums: meters.sums(),
    cpuSeconds: figures.cpuSeconds(),
  };
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Looks at what cannot be counted: disk, memory, what workers use. */
  async function look(): Promise<void> {
    const working = room.live().some(({ state, pid }) => pid !== null && state !== 'idle');
    const [disk, file, log, workerMemory] = await Promise.all([
      statfs(deps.dataDir).then(
        ({ bavail, blocks, bsize }) => ({ freeBytes: bavail * bsize, sizeBytes: blocks * bsize }),
        () => undefined,
      ),
      sizeOf(deps.databaseFile),
      sizeOf(`${deps.databaseFile}-wal`),
      room.live().length === 0
        ? 0
        : working || room.workerMemory() === undefined
          ? deps.measureWorkers()
          : room.workerMemory(),
      figures.look(),
    ]);
    room.seen({ disk, database: { file, log }, workerMemory, machine: machineMemory() });
  }

  function takeOne(): void {
    const until = boundary(now());
    // The clock was set back, or two timers came together.
    if (until <= before.at && until > before.at - longestMs) return;
    const at = until < before.at || until - before.at > longestMs ? until - sampleMs : before.at;
    const sums = meters.sums();
    const cpuSeconds = figures.cpuSeconds();
    const states = room.byState();
    const disk = room.disk();
    room.seen({ machine: machineMemory() });
    const machine = room.machine();
    const workerMemory = room.workerMemory();
    const since = (name: Exclude<keyof Sums, 'latency'>): number => Math.max(0, sums[name] - before.sums[name]);
    const sample: Sample = {
      at,
      until,
      latency: sums.latency.map((total, place) => total - (before.sums.latency[place] ?? 0)),
      values: {
        requests: since('requests'),
        errors: since('errors'),
        logErrors: since('logErrors'),
        logWarnings: since('logWarnings'),
        authFailures: since('authFailures'),
        workersWorking: (states.working ?? 0) + (states.starting ?? 0) + (states.preparing ?? 0),
        workersWaiting: states.waiting ?? 0,
        workersIdle: (states.idle ?? 0) + (states.unknown ?? 0),
        workersQueued: states.queued ?? 0,
        workersUnhealthy: room.live().length - room.healthy(),
        approvalsWaiting: room.approvalsWaiting(),
        tokens: since('tokens'),
        costUsd: since('costUsd'),
        ...(workerMemory === undefined ? {} : { workerMemoryBytes: workerMemory }),
        memoryBytes: process.memoryUsage.rss(),
        ...(machine ? { memoryPercent: 100 * (1 - machine.freeBytes / machine.sizeBytes) } : {}),
        cpuPercent: (100_000 * (cpuSeconds - before.cpuSeconds)) / (until - at),
        loopDelayP99: figures.takeDelay(),
        ...(disk ? { diskFreeBytes: disk.freeBytes, diskPercent: 100 * (1 - disk.freeBytes / disk.sizeBytes) } : {}),
        terminalBytes: since('terminalBytes'),
        databaseSeconds: since('databaseSeconds'),
      },
    };
    before = { at: until, sums, cpuSeconds };
    history.add(withLatency(sample));
    deps.onSample();
  }

  async function step(): Promise<void> {
    if (count % machineEvery === 0) await look();
    count += 1;
    if (!closed) takeOne();
  }

  function wait(): void {
    if (closed) return;
    // A little after the boundary, so that the sample belongs to what lies before it.
    timer = setTimeout(
      () => {
        step()
          .catch((error: unknown) => deps.log.warn({ error }, 'figures could not be taken'))
          .finally(wait);
      },
      boundary(now()) + sampleMs - now() + 5,
    );
    timer.unref();
  }

  return {
    /** Looks once at once, and takes samples from then on. */
    async start(): Promise<void> {
      await look().catch((error: unknown) => deps.log.warn({ error }, 'the machine could not be looked at'));
      wait();
    },
    /** Looks anew at what a scrape shows. */
    look,
    close(): void {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function boundary(at: number): number {
  return Math.floor(at / sampleMs) * sampleMs;
}

function machineMemory() {
  return { freeBytes: freemem(), sizeBytes: totalmem() };
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
