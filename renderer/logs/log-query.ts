import { type LogLevel, logLevels } from '../../shared/log-levels.ts';
import type { LogSourceName } from '../../shared/logs.ts';

/** What of the log is shown; empty: all. */
export interface LogQuery {
  source: LogSourceName;
  level: LogLevel | '';
  text: string;
  component: string;
  worker: string;
  request: string;
}

const fields = ['text', 'component', 'worker', 'request'] as const;

export function readLogQuery(query: string): LogQuery {
  const given = new URLSearchParams(query);
  const [text = '', component = '', worker = '', request = ''] = fields.map((name) => given.get(name) ?? '');
  const level = logLevels.find((name) => name === given.get('level')) ?? '';
  return { source: given.get('source') === 'host' ? 'host' : 'control-room', level, text, component, worker, request };
}

export function writeLogQuery({ source, level, ...rest }: LogQuery): string {
  const query = new URLSearchParams();
  if (source !== 'control-room') query.set('source', source);
  if (level) query.set('level', level);
  for (const name of fields) if (rest[name]) query.set(name, rest[name]);
  return String(query);
}

/** As the procedures take it. */
export function filterOf({ source, level, text, component, worker, request }: LogQuery) {
  return {
    source,
    ...(level ? { level } : {}),
    ...(text.trim() ? { text: text.trim() } : {}),
    ...(component ? { component } : {}),
    ...(worker ? { worker } : {}),
    ...(request ? { request } : {}),
  };
}
