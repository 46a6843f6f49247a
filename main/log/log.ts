import { join } from 'node:path';
import pino from 'pino';
import type { RollingStream } from 'pino-roll';
import type { LogContext } from './log-context.ts';
import type { SecretMask } from './mask-secrets.ts';

/** A log file grows to this, and so many are kept: some 20 MB at most, whatever happens. */
const fileSize = '5m';
const keptFiles = 4;
/** Entries that wait for the file to be opened; further ones are only said. */
const mostWaiting = 5000;

export interface Log extends pino.Logger {
  /** Writes into files of `folder` too, from what was said first on. */
  openFile(folder: string): Promise<void>;
  /** Calls with each line, masked, until the function it gives is called. */
  onLine(listener: (line: string) => void): () => void;
  /** Entries that were written, by level; every level is there from the start. */
  counts(): Readonly<Record<string, number>>;
  /** Settles when everything said is on the disk. */
  close(): Promise<void>;
}

/**
 * One JSON line an entry, without secrets, to standard error and, once it is opened, to `control-room.1.log`, then
 * `control-room.2.log` when that has grown to 5 MB, and so on; the newest four are kept. Each entry has its number within
 * the process, and the request, call and worker it belongs to.
 */
export function createLog(options: {
  level: string;
  /** The desktop's own says nothing there. */
  standardError: boolean;
  context: LogContext;
  secrets: Pick<SecretMask, 'mask'>;
}): Log {
  const { context, secrets } = options;
  const listeners = new Set<(line: string) => void>();
  let waiting: string[] | null = [];
  let file: RollingStream | null = null;
  let count = 0;
  const levels = Object.entries(pino.levels.values);
  const written = Object.fromEntries(levels.map(([label]) => [label, 0]));

  const sink: pino.DestinationStream = {
    write(line: string): void {
      if (file) file.write(line);
      else if (waiting && waiting.length < mostWaiting) waiting.push(line);
      for (const listener of [...listeners]) listener(line);
    },
  };
  const streams: pino.StreamEntry[] = [{ level: 'trace', stream: sink }];
  if (options.standardError) streams.push({ level: 'trace', stream: pino.destination({ dest: 2, sync: true }) });

  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: (_entry, level) => {
        count += 1;
        const label = pino.levels.labels[level] ?? String(level);
        written[label] = (written[label] ?? 0) + 1;
        return { n: `${process.pid}-${count}`, ...context.fields() };
      },
      redact: { paths: ['env', '*.env', 'environment', '*.environment'], censor: '[secret]' },
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: secrets.mask },
    },
    pino.multistream(streams),
  );

  async function openFile(folder: string): Promise<void> {
    try {
      const { default: buildRollingStream } = await import('pino-roll');
      const stream = await buildRollingStream({
        file: join(folder, 'control-room'),
        extension: '.log',
        size: fileSize,
        limit: { count: keptFiles, removeOtherLogFiles: true },
        mkdir: true,
        mode: 0o600,
        // Written at once: a flood is rolled over in time, and a crash loses no line. Entries are few.
        sync: true,
      });
      // A full disk: what is said still goes to standard error, and the file goes on when there is room.
      stream.on('error', (error) => tellOnce(`the log cannot be written: ${error.message}`));
      file = stream;
      for (const line of waiting ?? []) stream.write(line);
    } catch (error) {
      tellOnce(`the log file cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
    }
    waiting = null;
  }

  let isTold = false;
  function tellOnce(problem: string): void {
    if (isTold) return;
    isTold = true;
    process.stderr.write(`control-room: ${problem}\n`);
  }

  return Object.assign(logger, {
    openFile,
    onLine(listener: (line: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    counts: () => written,
    close(): Promise<void> {
      const stream = file;
      file = null;
      return new Promise((resolve) => {
        if (!stream) return resolve();
        stream.once('close', resolve);
        stream.end();
      });
    },
  });
}
