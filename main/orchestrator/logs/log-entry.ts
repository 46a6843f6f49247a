import { logLevels } from '../../../shared/log-levels.ts';
import type { LogEntry, LogFilter, LogSourceName } from '../../../shared/logs.ts';

const severities: readonly string[] = [...logLevels.slice(0, 5), 'fatal'];

/** The entry a line of a log is; a line that is none (cut off by a full disk, written by a library) is shown as it is. */
export function entryOf(line: string, source: LogSourceName, place: string): LogEntry {
  const entry = source === 'host' ? hostEntry(line) : jsonEntry(line);
  return { component: null, requestId: null, workerId: null, details: {}, ...entry, id: entry.id ?? place };
}

type Read = Pick<LogEntry, 'at' | 'level' | 'message'> & Partial<LogEntry>;

function jsonEntry(line: string): Read {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { at: 0, level: 'info', message: line };
  }
  const { level, time, pid, n, msg, component, requestId, workerId, ...details } = fields;
  return {
    ...(typeof n === 'string' ? { id: n } : {}),
    at: Date.parse(String(time)) || 0,
    level: severities.includes(String(level)) ? (level as LogEntry['level']) : 'info',
    component: textOrNull(component),
    requestId: textOrNull(requestId),
    workerId: textOrNull(workerId),
    message: String(msg ?? ''),
    details: pid === undefined ? details : { ...details, pid },
  };
}

/** `2026-01-31T12:00:00.000Z [4711] what it says` */
function hostEntry(line: string): Read {
  const [, time, pid, message] = /^(\S+) \[(\d+)\] (.*)$/s.exec(line) ?? [];
  if (time === undefined || message === undefined) return { at: 0, level: 'info', message: line };
  const failed = /^(uncaught|unhandled|cannot)/.test(message);
  return { at: Date.parse(time) || 0, level: failed ? 'error' : 'info', message, details: { pid: Number(pid) } };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Whether an entry is asked for. `line` is its whole text. */
export function isWanted(entry: LogEntry, line: string, filter: LogFilter): boolean {
  const { level, text, component, worker, request, since } = filter;
  if (level !== undefined && severities.indexOf(entry.level) < logLevels.indexOf(level)) return false;
  if (component !== undefined && entry.component !== component) return false;
  if (worker !== undefined && entry.workerId !== worker) return false;
  if (request !== undefined && entry.requestId !== request) return false;
  if (since !== undefined && entry.at < since) return false;
  return text === undefined || line.toLowerCase().includes(text.toLowerCase());
}
