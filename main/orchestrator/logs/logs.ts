import { setImmediate as breathe } from 'node:timers/promises';
import { AppError } from '../../../shared/errors.ts';
import { type LogEntry, type LogFilter, type LogSummary, logSources } from '../../../shared/logs.ts';
import { createWatchers } from '../watchers.ts';
import { entryOf, isWanted } from './log-entry.ts';
import { type LogFolders, type LogPlace, linesBackwards, logFiles } from './log-files.ts';
import type { LogSource } from './log-source.ts';

/** One answer looks at no more than this; the next one goes on there. */
const mostBytesLooked = 4 * 1024 * 1024;
/** Lines between two breaths of the loop. */
const linesAtOnce = 200;
/** Entries that wait for a follower; further ones are counted. */
const mostWaiting = 1000;
/** A summary looks through all files: not more often than this. */
const summaryHoldsMs = 10_000;
const dayMs = 86_400_000;
const mostDownloadBytes = 30 * 1024 * 1024;

/** What was written down: read backwards from the files, and followed as it is written. */
export function createLogs(deps: { folders: LogFolders; source: LogSource | undefined; now: () => number }) {
  const { folders, now } = deps;
  const closers = new Set<() => void>();
  let kept: { at: number; summary: Promise<LogSummary> } | undefined;

  async function list(filter: LogFilter & { limit: number; cursor?: string | undefined }) {
    const items: LogEntry[] = [];
    const files = await logFiles(folders, filter.source);
    let looked = 0;
    let lines = 0;
    for await (const { text, before } of linesBackwards(files, placeOf(filter.cursor))) {
      looked += text.length;
      lines += 1;
      if (lines % linesAtOnce === 0) await breathe();
      const entry = entryOf(text, filter.source, cursorOf(before));
      if (filter.since !== undefined && entry.at > 0 && entry.at < filter.since) return { items, nextCursor: null };
      if (isWanted(entry, text, filter)) items.push(entry);
      const isOldest = before.offset === 0 && before.file === files.at(-1)?.name;
      if (isOldest) break;
      if (items.length >= filter.limit || looked >= mostBytesLooked) return { items, nextCursor: cursorOf(before) };
    }
    return { items, nextCursor: null };
  }

  async function* follow(filter: LogFilter, signal: AbortSignal | undefined) {
    let entries: LogEntry[] = [];
    let skipped = 0;
    const watchers = createWatchers();
    const take = (line: string): void => {
      const text = line.trimEnd();
      const entry = entryOf(text, 'control-room', '');
      if (!isWanted(entry, text, filter)) return;
      if (entries.length < mostWaiting) entries.push(entry);
      else skipped += 1;
      watchers.tell();
    };
    const end = filter.source === 'control-room' ? deps.source?.onLine(take) : undefined;
    closers.add(watchers.close);
    try {
      // The first batch, empty, says that from here on nothing is missed.
      for await (const batch of watchers.watch(signal, () => {
        const taken = { entries, skipped };
        entries = [];
        skipped = 0;
        return taken;
      }))
        yield batch;
    } finally {
      end?.();
      closers.delete(watchers.close);
    }
  }

  async function summarize(): Promise<LogSummary> {
    const counts = new Map<string, LogSummary['counts'][number]>();
    const components = new Set<string>();
    const sources = await Promise.all(
      logSources.map(async (name) => {
        const files = await logFiles(folders, name);
        return { name, files: files.length, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
      }),
    );
    const since = now() - dayMs;
    let lines = 0;
    for await (const { text } of linesBackwards(await logFiles(folders, 'control-room'), null)) {
      lines += 1;
      if (lines % linesAtOnce === 0) await breathe();
      const component = /"component":"([^"\\]+)"/.exec(text)?.[1];
      if (component) components.add(component);
      if (!/"level":"(warn|error|fatal)"/.test(text)) continue;
      const entry = entryOf(text, 'control-room', '');
      if (entry.at < since) break;
      const level = entry.level === 'warn' ? 'warn' : 'error';
      const key = `${level} ${entry.component ?? ''}`;
      const before = counts.get(key);
      if (before) before.count += 1;
      else
        counts.set(key, {
          level,
          component: entry.component ?? 'control-room',
          count: 1,
          lastAt: entry.at,
          lastMessage: entry.message,
        });
    }
    return {
      folder: folders.logs,
      sources,
      counts: [...counts.values()].sort((a, b) => b.count - a.count),
      components: [...components].sort(),
    };
  }

  return {
    list,
    follow,
    summary(): Promise<LogSummary> {
      if (!kept || now() - kept.at > summaryHoldsMs) kept = { at: now(), summary: summarize() };
      return kept.summary;
    },
    async download(filter: LogFilter) {
      const lines: string[] = [];
      let bytes = 0;
      for await (const { text } of linesBackwards(await logFiles(folders, filter.source), null)) {
        if (lines.length % linesAtOnce === 0) await breathe();
        if (!isWanted(entryOf(text, filter.source, ''), text, filter)) continue;
        bytes += text.length + 1;
        if (bytes > mostDownloadBytes) break;
        lines.push(text);
      }
      const isJson = filter.source === 'control-room';
      return {
        fileName: `${filter.source}-log.${isJson ? 'jsonl' : 'txt'}`,
        mediaType: isJson ? 'application/x-ndjson' : 'text/plain',
        content: lines.length === 0 ? '' : `${lines.reverse().join('\n')}\n`,
      };
    },
    close(): void {
      for (const close of closers) close();
    },
  };
}

function cursorOf({ file, offset }: LogPlace): string {
  return `${offset}@${file}`;
}

function placeOf(cursor: string | undefined): LogPlace | null {
  if (cursor === undefined) return null;
  const [, offset, file] = /^(\d+)@(.+)$/s.exec(cursor) ?? [];
  if (offset === undefined || file === undefined)
    throw new AppError(
      'BAD_REQUEST',
      'cursor: is none that was given here. Leave it out to begin at the newest entry.',
    );
  return { file, offset: Number(offset) };
}
