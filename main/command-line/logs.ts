import { createReadStream, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { type LogLevel, logLevels } from '../../shared/log-levels.ts';
import { type LogEntry, type LogFilter, logSources } from '../../shared/logs.ts';
import { dataDirOf } from '../data-dir.ts';
import { entryOf, isWanted } from '../orchestrator/logs/log-entry.ts';
import { type LogFile, linesBackwards, logFiles } from '../orchestrator/logs/log-files.ts';

/** Files are looked at again after this long even where the system does not say that they changed. */
const lookEveryMs = 1000;

interface LogsFlags {
  dataDir?: string;
  follow?: boolean;
  level?: string;
  since?: string;
  lines?: string;
  component?: string;
  worker?: string;
  request?: string;
  text?: string;
  source?: string;
  json?: boolean;
}

/** `control-room logs`: prints the newest entries, oldest first, and with `--follow` what is written from then on. Needs no running Control Room. */
export async function logs(flags: LogsFlags): Promise<void> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const folders = { logs: join(dataDir, 'logs'), hosts: join(dataDir, 'host') };
  const filter = filterOf(flags);
  const limit = numberOf('lines', flags.lines ?? (flags.since ? '100000' : '200'));
  const found: [LogEntry, string][] = [];
  const files = await logFiles(folders, filter.source);
  for await (const { text } of linesBackwards(files, null)) {
    const entry = entryOf(text, filter.source, '');
    if (filter.since !== undefined && entry.at > 0 && entry.at < filter.since) break;
    if (isWanted(entry, text, filter)) found.push([entry, text]);
    if (found.length >= limit) break;
  }
  for (const [entry, text] of found.reverse()) print(entry, text, flags.json === true);
  if (!flags.follow) {
    if (found.length === 0) process.stderr.write(`Nothing in ${folders.logs} fits.\n`);
    return;
  }
  await follow(folders, files, filter, flags.json === true);
}

function filterOf(flags: LogsFlags): LogFilter {
  const source = logSources.find((one) => one === (flags.source ?? 'control-room'));
  if (!source) throw new AppError('BAD_REQUEST', `--source must be one of ${logSources.join(', ')}.`);
  const level = flags.level as LogLevel | undefined;
  if (level !== undefined && !logLevels.includes(level))
    throw new AppError('BAD_REQUEST', `--level must be one of ${logLevels.join(', ')}.`);
  const { component, worker, request, text } = flags;
  return { source, level, component, worker, request, text, since: sinceOf(flags.since) };
}

/** `10m`, `24h`, `7d`, or a date. */
function sinceOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const [, count, unit] = /^(\d+)\s*([smhd])$/.exec(given) ?? [];
  if (count && unit)
    return Date.now() - Number(count) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's'];
  const at = Date.parse(given);
  if (Number.isFinite(at)) return at;
  throw new AppError('BAD_REQUEST', '--since must be a time such as 10m, 24h or 7d, or a date such as 2026-01-31.');
}

function numberOf(name: string, given: string): number {
  const number = Number(given);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new AppError('BAD_REQUEST', `--${name} must be a number.`);
}

function print(entry: LogEntry, text: string, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${text}\n`);
    return;
  }
  const { at, level, component, message, workerId, requestId, details } = entry;
  const { pid: _, ...rest } = details;
  const further = { ...(workerId ? { workerId } : {}), ...(requestId ? { requestId } : {}), ...rest };
  const words = Object.keys(further).length > 0 ? ` ${JSON.stringify(further)}` : '';
  const when = at > 0 ? new Date(at).toISOString() : '-'.padEnd(24);
  process.stdout.write(
    `${when} ${level.toUpperCase().padEnd(5)} ${component ? `${component}: ` : ''}${message}${words}\n`,
  );
}

/** Prints what is added to the files, until the program is ended. */
async function follow(
  folders: { logs: string; hosts: string },
  known: readonly LogFile[],
  filter: LogFilter,
  asJson: boolean,
): Promise<void> {
  const read = new Map(known.map(({ path, sizeBytes }) => [path, sizeBytes]));
  let rest = '';
  await mkdir(folders.logs, { recursive: true, mode: 0o700 });
  let wake: () => void = () => undefined;
  const watcher = watch(folders.logs, () => wake());
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      ended.abort();
      wake();
    });
  process.stdout.on('error', () => {
    ended.abort();
    wake();
  });
  while (!ended.signal.aborted) {
    // Oldest first: a file that was left is read to its end before the new one.
    for (const { path, sizeBytes } of [...(await logFiles(folders, filter.source))].reverse()) {
      const from = read.get(path) ?? 0;
      if (sizeBytes <= from) continue;
      read.set(path, sizeBytes);
      for await (const part of createReadStream(path, { start: from, end: sizeBytes - 1, encoding: 'utf8' }))
        rest += part as string;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const entry = entryOf(line, filter.source, '');
        if (line && isWanted(entry, line, filter)) print(entry, line, asJson);
      }
    }
    if (ended.signal.aborted) break;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  watcher.close();
}
