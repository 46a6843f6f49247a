import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, Download, Search, X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type LogLevel, logLevels } from '../../shared/log-levels.ts';
import type { LogSourceName, LogSummary } from '../../shared/logs.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem, SelectField, TextField } from '../ui/fields.tsx';
import { bytes, exactTime, plural } from '../ui/format.ts';
import { saveFile } from '../ui/save-file.ts';
import { filterOf, type LogQuery, readLogQuery, writeLogQuery } from './log-query.ts';
import { LogRow } from './log-row.tsx';
import { useLog } from './use-log.ts';

/** Typing is over when this long nothing was typed. */
const typedMs = 250;
/** The end is near enough to be followed, and the beginning to be gone beyond. */
const nearPx = 60;
const olderPx = 600;

/** What was written down, live: filtered, followed, opened, saved. */
export function LogsView({ query }: { query: string }) {
  const admin = useStore((state) => state.access === 'admin');
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      {admin ? (
        <LogOf query={readLogQuery(query)} />
      ) : (
        <p className="p-4 text-ink-2">Only who may do everything sees the log.</p>
      )}
    </main>
  );
}

function LogOf({ query }: { query: LogQuery }) {
  const [paused, setPaused] = useState(false);
  const log = useLog(query, paused);
  const summary = useSummary();
  const narrow = (changes: Partial<LogQuery>): void =>
    go({ view: 'logs', query: writeLogQuery({ ...query, ...changes }) }, true);
  return (
    <>
      <Toolbar query={query} narrow={narrow} summary={summary} />
      <Counts summary={summary} narrow={narrow} />
      {log.error && <Problem className="m-3">{log.error}</Problem>}
      <Entries key={writeLogQuery(query)} log={log} paused={paused} setPaused={setPaused} narrow={narrow} />
    </>
  );
}

function useSummary(): LogSummary | null {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [summary, setSummary] = useState<LogSummary | null>(null);
  useEffect(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    connection.client.logs.summary(undefined, { signal: ended.signal }).then(setSummary, (problem: unknown) => {
      if (!ended.signal.aborted) tell(errorText(problem), { tone: 'error' });
    });
    return () => ended.abort();
  }, [connection, epoch]);
  return summary;
}

function Toolbar({
  query,
  narrow,
  summary,
}: {
  query: LogQuery;
  narrow: (changes: Partial<LogQuery>) => void;
  summary: LogSummary | null;
}) {
  const { connection } = useApp();
  const [text, setText] = useState(query.text);
  const latest = useRef(narrow);
  latest.current = narrow;
  useEffect(() => setText(query.text), [query.text]);
  useEffect(() => {
    if (text === query.text) return;
    const timer = setTimeout(() => latest.current({ text }), typedMs);
    return () => clearTimeout(timer);
  }, [text, query.text]);
  const size = summary?.sources.find(({ name }) => name === query.source)?.sizeBytes;
  const save = async (): Promise<void> => {
    try {
      const { fileName, mediaType, content } = await connection.client.logs.download(filterOf(query));
      saveFile(fileName, mediaType, content);
    } catch (problem) {
      tell(errorText(problem), { tone: 'error' });
    }
  };
  return (
    <div className="flex min-h-(--viewbar-h) shrink-0 flex-wrap items-center gap-2 border-b border-hair px-4 py-1.5">
      <h1 className="mr-2 text-md font-strong tracking-[-.01em] max-phone:hidden">Logs</h1>
      <label className="relative flex items-center max-phone:w-full">
        <Search size={14} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
        <TextField
          aria-label="Find in the log"
          placeholder="Find in the log"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="w-56 pl-7 max-phone:w-full"
        />
      </label>
      <SelectField
        aria-label="Level"
        value={query.level}
        onChange={(event) => narrow({ level: event.target.value as LogLevel | '' })}
      >
        <option value="">all levels</option>
        {logLevels.slice(1, 5).map((level) => (
          <option key={level} value={level}>
            {level} and worse
          </option>
        ))}
      </SelectField>
      {query.source === 'control-room' && (
        <SelectField
          aria-label="Part of the house"
          value={query.component}
          onChange={(event) => narrow({ component: event.target.value })}
        >
          <option value="">all parts</option>
          {[...new Set([...(summary?.components ?? []), ...(query.component ? [query.component] : [])])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      <SelectField
        aria-label="Whose log"
        value={query.source}
        onChange={(event) => narrow({ source: event.target.value as LogSourceName, component: '' })}
      >
        <option value="control-room">Control Room</option>
        <option value="host">process hosts</option>
      </SelectField>
      <Narrowed label="worker" value={query.worker} onEnd={() => narrow({ worker: '' })} />
      <Narrowed label="request" value={query.request} onEnd={() => narrow({ request: '' })} />
      <span className="ml-auto flex items-center gap-2 text-sm text-ink-3">
        {size !== undefined && <span className="max-narrow:hidden">{bytes(size)} kept</span>}
        <Button size="sm" icon={Download} className="max-phone:h-11" onClick={() => void save()}>
          Download
        </Button>
      </span>
    </div>
  );
}

function Narrowed({ label, value, onEnd }: { label: string; value: string; onEnd: () => void }) {
  const name = useStore((state) => (label === 'worker' ? state.rows.workers[value]?.name : undefined));
  if (!value) return null;
  return (
    <Button size="sm" icon={X} onClick={onEnd} title={value}>
      {label} {name ?? value.slice(0, 8)}
    </Button>
  );
}

/** Where warnings and errors of the last day come from; each leads to them. */
function Counts({ summary, narrow }: { summary: LogSummary | null; narrow: (changes: Partial<LogQuery>) => void }) {
  if (!summary) return null;
  const of = (level: 'warn' | 'error') =>
    summary.counts.reduce((sum, one) => (one.level === level ? sum + one.count : sum), 0);
  return (
    <div className="flex shrink-0 items-center gap-2 overflow-x-auto border-b border-hair px-4 py-1.5 text-sm whitespace-nowrap text-ink-2">
      <span>
        Last 24 hours: {plural(of('error'), 'error')}, {plural(of('warn'), 'warning')}
      </span>
      {summary.counts.slice(0, 12).map(({ level, component, count, lastAt, lastMessage }) => (
        <Button
          key={`${level} ${component}`}
          size="xs"
          look={level === 'error' ? 'danger' : 'plain'}
          title={`last ${exactTime(lastAt)}: ${lastMessage}`}
          onClick={() => narrow({ level, component, source: 'control-room', text: '', worker: '', request: '' })}
        >
          {component} {count} {level === 'error' ? 'failed' : 'warned'}
        </Button>
      ))}
    </div>
  );
}

function Entries({
  log,
  paused,
  setPaused,
  narrow,
}: {
  log: ReturnType<typeof useLog>;
  paused: boolean;
  setPaused: (paused: boolean) => void;
  narrow: (changes: Partial<LogQuery>) => void;
}) {
  const { entries, older, pending, skipped, loaded, loading, loadOlder } = log;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 29,
    getItemKey: (index) => entries[index]?.id ?? index,
    overscan: 20,
  });
  useEffect(() => setPaused(false), [setPaused]);

  // At the end one stays at the end; further up, what is read stays where it is when older ones come before it.
  const first = entries[0]?.id;
  const before = useRef<{ first: string | undefined; count: number }>({ first: undefined, count: 0 });
  useLayoutEffect(() => {
    const { first: oldFirst, count: oldCount } = before.current;
    before.current = { first, count: entries.length };
    const element = scroller.current;
    if (!element || entries.length === 0) return;
    if (!paused) virtual.scrollToIndex(entries.length - 1, { align: 'end' });
    else if (oldFirst !== undefined && first !== oldFirst && entries.length > oldCount)
      element.scrollTop += (entries.length - oldCount) * 29;
  }, [first, entries.length, paused, virtual]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
    if (isAtEnd === paused) setPaused(!isAtEnd);
    if (element.scrollTop < olderPx) loadOlder();
  };
  const toggle = (id: string): void =>
    setOpened((all) => {
      const next = new Set(all);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <div className="relative min-h-0 flex-1">
      <section ref={scroller} aria-label="Entries" onScroll={onScroll} className="h-full overflow-y-auto">
        <p className="px-4 py-1.5 text-sm text-ink-3">
          {loading
            ? 'Reading…'
            : older !== null
              ? ''
              : entries.length > 0
                ? 'This is the oldest entry that fits.'
                : loaded
                  ? 'No entry fits. What is written from now on shows up here.'
                  : ''}
          {older !== null && !loading && (
            <Button size="xs" onClick={loadOlder}>
              Look at older ones
            </Button>
          )}
        </p>
        <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute inset-x-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LogRow
                  entry={entry}
                  opened={opened.has(entry.id)}
                  onOpen={() => toggle(entry.id)}
                  onNarrow={(by, value) => narrow({ [by]: value })}
                />
              </div>
            );
          })}
        </div>
      </section>
      <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center gap-2">
        {paused && (
          <Button
            look="primary"
            size="sm"
            icon={ArrowDown}
            className="pointer-events-auto max-phone:h-11"
            onClick={() => {
              setPaused(false);
              virtual.scrollToIndex(entries.length - 1, { align: 'end' });
            }}
          >
            {pending.length > 0 ? `${plural(pending.length, 'new entry', 'new entries')}: go on` : 'Paused: go on'}
          </Button>
        )}
        {skipped > 0 && (
          <span className="rounded-2 bg-raised px-2 py-1 text-sm text-needs ring-1 ring-hair">
            {plural(skipped, 'entry', 'entries')} came too fast to be shown; they are in the file
          </span>
        )}
      </div>
    </div>
  );
}
