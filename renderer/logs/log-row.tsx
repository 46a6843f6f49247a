import { ChevronRight } from 'lucide-react';
import type { LogEntry } from '../../shared/logs.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { exactTime } from '../ui/format.ts';

const looks: Record<LogEntry['level'], string> = {
  trace: 'text-ink-3',
  debug: 'text-ink-3',
  info: 'text-ink-2',
  warn: 'text-needs',
  error: 'text-failed font-medium',
  fatal: 'text-failed font-strong',
  silent: '',
};

/** One entry: when, how bad, by whom, what; all of it when it is opened. */
export function LogRow({
  entry,
  opened,
  onOpen,
  onNarrow,
}: {
  entry: LogEntry;
  opened: boolean;
  onOpen: () => void;
  onNarrow: (by: 'component' | 'worker' | 'request', value: string) => void;
}) {
  const { at, level, component, message, details, workerId, requestId } = entry;
  const { pid, n: _number, ...rest } = details;
  const isBad = level === 'error' || level === 'fatal';
  return (
    <div className={cx('border-b border-hair-soft', isBad && 'bg-failed-bg', level === 'warn' && 'bg-needs-bg')}>
      <button
        type="button"
        aria-expanded={opened}
        onClick={onOpen}
        className="focus-inset grid min-h-7 w-full grid-cols-[14px_92px_44px_92px_minmax(0,1fr)] items-baseline gap-2 px-3 py-1 text-left text-sm hover:bg-hover max-phone:min-h-11 max-phone:grid-cols-[14px_84px_44px_minmax(0,1fr)] max-phone:items-center"
      >
        <ChevronRight
          size={12}
          aria-hidden
          className={cx('self-center text-ink-3 transition-transform', opened && 'rotate-90')}
        />
        <time className="figures text-ink-3" title={at > 0 ? exactTime(at) : undefined}>
          {at > 0 ? timeOf(at) : '–'}
        </time>
        <span className={looks[level]}>{level}</span>
        <span className="truncate text-ink-3 max-phone:hidden">{component}</span>
        <span className="truncate font-mono">
          {requestOf(rest) ?? message}
          {!opened && <span className="text-ink-3"> {shortOf(rest)}</span>}
        </span>
      </button>
      {opened && (
        <div className="grid gap-2 px-3 pt-1 pb-3 pl-9 text-sm">
          <div className="flex flex-wrap items-center gap-2">
            <span className="text-ink-3">{at > 0 && exactTime(at)}</span>
            {component && (
              <Button size="xs" onClick={() => onNarrow('component', component)}>
                Only {component}
              </Button>
            )}
            {workerId && <WorkerParts id={workerId} onNarrow={() => onNarrow('worker', workerId)} />}
            {requestId && (
              <Button size="xs" onClick={() => onNarrow('request', requestId)}>
                Only this request
              </Button>
            )}
          </div>
          <pre className="max-h-80 overflow-auto rounded-2 bg-well p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
            {detailText({ message, ...rest, ...(requestId ? { requestId } : {}), ...(pid ? { pid } : {}) })}
          </pre>
        </div>
      )}
    </div>
  );
}

function WorkerParts({ id, onNarrow }: { id: string; onNarrow: () => void }) {
  const name = useStore((state) => state.rows.workers[id]?.name);
  return (
    <>
      <Button size="xs" onClick={onNarrow}>
        Only worker {name ?? id.slice(0, 8)}
      </Button>
      {name && (
        <a className="underline underline-offset-2" href={hrefOf({ view: 'worker', id, tab: null, file: null })}>
          Open it
        </a>
      )}
    </>
  );
}

/** To the millisecond: entries of one moment are told apart by it. */
function timeOf(at: number): string {
  return `${new Date(at).toLocaleTimeString(undefined, { hour12: false })}.${String(at % 1000).padStart(3, '0')}`;
}

/** What was asked for, where an entry is of a request. */
function requestOf({ method, path, status }: Record<string, unknown>): string | null {
  return typeof method === 'string' && typeof path === 'string' ? `${method} ${path} ${String(status)}` : null;
}

/** The details in a line, as far as they are short. */
function shortOf(details: Record<string, unknown>): string {
  const known = requestOf(details) === null ? [] : ['method', 'path', 'status'];
  return Object.entries(details)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return `${name}=${String(value)}`;
      const { message } = value as { message?: unknown };
      return typeof message === 'string' ? `${name}=${message}` : `${name}=${JSON.stringify(value)}`;
    })
    .join(' ')
    .slice(0, 300);
}

/** Errors with their stack as lines. */
function detailText(details: Record<string, unknown>): string {
  return JSON.stringify(details, null, 2).replaceAll('\\n', '\n');
}
