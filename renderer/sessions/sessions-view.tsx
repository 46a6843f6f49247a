import { useVirtualizer } from '@tanstack/react-virtual';
import { ChartNoAxesColumn, Download, History, type LucideIcon, PanelRight } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { SearchHit, TitleHit } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { runCommand, useCommand } from '../app/commands.ts';
import { InspectorFrame, toggleInspector } from '../app/inspector-frame.tsx';
import { KeyBar } from '../app/key-bar.tsx';
import { go, hrefOf, type Route } from '../app/router.ts';
import { FoundCompressions } from '../compression/found-compressions.tsx';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { useLayoutOnChange } from '../ui/use-on-change.ts';
import { FilterBar } from './filter-bar.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { IndexProgress, indexWords } from './index-progress.tsx';
import { NearHits } from './near-hits.tsx';
import { SavedSearches } from './saved-searches.tsx';
import { SearchBox } from './search-box.tsx';
import { useSessionActions } from './session-actions.ts';
import { SessionFacts } from './session-facts.tsx';
import { SessionButtons, type SessionDialog, SessionDialogs, SessionMenu } from './session-menu.tsx';
import { filterCount, filterOf, parseQuery, queryText, type SessionQuery, withoutFilters } from './session-query.ts';
import { HitHead, HitRow, SessionRow, TitleRow } from './session-row.tsx';
import { type FoundRow, type ListRow, rowsOfHits, rowsOfSessions, rowsOfTitles, sessionsIn } from './session-rows.ts';
import { putSessions, useSession, useSessions } from './session-store.ts';
import { TerminalHits } from './terminal-hits.tsx';
import { useIndex } from './use-index.ts';
import { usePages } from './use-pages.ts';

const pageSize = 100;

type Row = ListRow | FoundRow;

const hints = [
  [['go.sessions'], 'search'],
  [['move.down', 'move.up'], 'move'],
  [['open'], 'open'],
  [['resume'], 'resume'],
  [['session.fork'], 'fork'],
  [['session.pin'], 'pin'],
  [['session.archive'], 'archive'],
] as const;

/** Every session of this machine, and a search over everything that was said in them. The address holds the whole search. */
export function SessionsView({ query: text }: { query: string }) {
  const { connection } = useApp();
  const query = useMemo(() => parseQuery(text), [text]);
  const epoch = useStore((state) => state.epoch);
  const minute = useNow(60_000);
  const now = useRef(minute);
  now.current = minute;
  const { index, error: indexError } = useIndex();
  const change = useCallback(
    (part: Partial<SessionQuery>) =>
      go({ view: 'sessions', query: queryText({ ...parseQuery(location.hash.split('?')[1] ?? ''), ...part }) }, true),
    [],
  );
  const searching = query.q.trim() !== '';

  const list = usePages(epoch > 0 && !searching ? `list ${text} ${epoch}` : null, async (cursor, signal) => {
    const page = await connection.client.sessions.list(
      { ...filterOf(query, now.current), limit: pageSize, ...(cursor ? { cursor } : {}) },
      { signal },
    );
    putSessions(page.items);
    return page;
  });
  const search = usePages(epoch > 0 && searching ? `search ${text} ${epoch}` : null, (cursor, signal) =>
    connection.client.sessions.search(
      {
        ...filterOf(query, now.current),
        q: query.q.trim(),
        mode: query.mode,
        order: query.order,
        limit: pageSize,
        ...(cursor ? { cursor } : {}),
      },
      { signal },
    ),
  );
  const shown = searching ? search : list;

  // What the index learns is seen at once where nothing else was read yet; later pages stay as they are.
  const atFirstPage = !searching && (list.pages?.length ?? 0) <= 1;
  const known = index ? `${index.sessions} ${index.records}` : '';
  const lastKnown = useRef('');
  const { again } = list;
  useEffect(() => {
    if (!known || lastKnown.current === known) return;
    const first = lastKnown.current === '';
    lastKnown.current = known;
    if (first || !atFirstPage) return;
    const timer = setTimeout(again, 500);
    return () => clearTimeout(timer);
  }, [known, atFirstPage, again]);

  const byId = useSessions((state) => state.byId);
  const removed = useSessions((state) => state.removed);
  const rows: readonly Row[] = useMemo(() => {
    if (searching) {
      const titles = (search.pages?.[0]?.titles ?? []).filter(({ sessionId }) => !removed.has(sessionId));
      return [...rowsOfTitles(titles), ...rowsOfHits((search.pages ?? []).map((page) => page.items))];
    }
    const seen = new Set<string>();
    const sessions = (list.pages ?? []).flatMap((page) =>
      page.items.flatMap(({ id }) => {
        const session = byId[id];
        if (!session || seen.has(id) || removed.has(id)) return [];
        seen.add(id);
        return session.archived && !query.archived ? [] : [session];
      }),
    );
    return rowsOfSessions(sessions, minute);
  }, [searching, search.pages, list.pages, byId, removed, query.archived, minute]);

  const places = useMemo(
    () =>
      rows.flatMap((row, place) =>
        row.kind === 'session' || row.kind === 'hit' || row.kind === 'title' ? [place] : [],
      ),
    [rows],
  );
  const [selectedKey, setSelectedKey] = useState<string | null>(null);
  const selectedPlace = Math.max(
    0,
    places.findIndex((place) => rows[place]?.key === selectedKey),
  );
  const selected = rows[places[selectedPlace] ?? -1];
  const selectedId =
    selected?.kind === 'session'
      ? selected.session.id
      : selected?.kind === 'hit' || selected?.kind === 'title'
        ? selected.hit.sessionId
        : null;
  const scrollTo = useRef<(place: number) => void>(() => undefined);
  const move = (by: number): void => {
    const place = places[Math.max(0, Math.min(places.length - 1, selectedPlace + by))];
    const row = place === undefined ? undefined : rows[place];
    if (!row || place === undefined) return;
    setSelectedKey(row.key);
    scrollTo.current(place);
  };
  const open = (): void => {
    if (selected?.kind === 'session') go({ view: 'session', id: selected.session.id, at: null, find: '' });
    if (selected?.kind === 'title') go({ view: 'session', id: selected.hit.sessionId, at: null, find: query.q });
    if (selected?.kind === 'hit')
      go({ view: 'session', id: selected.hit.sessionId, at: selected.hit.index, find: query.q });
  };
  const session = useSession(selectedId);
  const actions = useSessionActions();
  const [dialog, setDialog] = useState<SessionDialog>(null);
  const [importing, setImporting] = useState(false);
  useCommand('move.down', () => move(1));
  useCommand('move.up', () => move(-1));
  useCommand('open', open, selected !== undefined);
  useCommand('resume', () => session && void actions.resume(session, false), session !== undefined);
  useCommand('session.fork', () => session && void actions.resume(session, true), session !== undefined);
  useCommand('session.pin', () => session && void actions.pin(session), session !== undefined);
  useCommand('session.archive', () => session && void actions.archive(session), session !== undefined);
  useCommand('session.rename', () => setDialog('rename'), session !== undefined);

  const empty = shown.pages !== null && rows.length === 0 && !shown.stale && shown.error === null;
  return (
    <InspectorFrame
      inspector={
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
          {session ? (
            <>
              <div className="border-b border-hair px-4 py-3">
                <h2 className="line-clamp-3 font-strong wrap-anywhere">{session.title}</h2>
                <div className="mt-2 flex items-center gap-1.5">
                  <SessionButtons session={session} small />
                  <span className="ml-auto">
                    <SessionMenu session={session} onDialog={setDialog} />
                  </span>
                </div>
              </div>
              <SessionFacts session={session} />
            </>
          ) : (
            <p className="px-4 py-3 text-sm text-ink-3">What is selected is told here.</p>
          )}
        </div>
      }
    >
      <main className="flex min-h-0 min-w-0 flex-col">
        <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:h-auto max-phone:border-0 max-phone:pb-2">
          <h1 className="text-md font-strong max-phone:sr-only">Sessions</h1>
          <span className="figures min-w-0 truncate text-sm text-ink-3" title={index?.folders.join('\n')}>
            {index && indexWords(index)}
          </span>
          <span className="ml-auto flex items-center gap-1.5">
            <Button
              look="ghost"
              size="sm"
              icon={Download}
              className="max-phone:h-10"
              onClick={() => setImporting(true)}
            >
              Import
            </Button>
            <HeadLink to={{ view: 'changes', deleted: false }} icon={History} label="Changes" />
            <HeadLink to={{ view: 'usage', query: '' }} icon={ChartNoAxesColumn} label="Usage" />
            <Button
              look="ghost"
              size="sm"
              icon={PanelRight}
              aria-label="Show or hide the inspector"
              className="max-phone:hidden"
              onClick={toggleInspector}
            />
          </span>
        </header>
        <SearchBox query={query} onChange={change} onMove={move} onOpen={open} />
        <FilterBar
          query={query}
          onChange={change}
          start={<SavedSearches query={query} onOpen={(saved) => go({ view: 'sessions', query: queryText(saved) })} />}
          end={
            searching ? (
              <>
                <Found pages={search.pages} stale={search.stale} />
                <Segments
                  small
                  label="Order"
                  value={query.order}
                  options={[
                    { value: 'newest', label: 'Newest' },
                    { value: 'best', label: 'Best' },
                  ]}
                  onChange={(order) => change({ order })}
                />
              </>
            ) : null
          }
        />
        {searching && <TerminalHits query={query.q} />}
        {index && <IndexProgress index={index} />}
        {indexError && !index && <Problem className="mx-4 mb-3">The index does not answer: {indexError}</Problem>}
        {shown.error && (
          <Problem
            className="mx-4 mb-3"
            action={
              <Button size="sm" onClick={shown.again}>
                Try again
              </Button>
            }
          >
            {shown.error}
          </Problem>
        )}
        <FoundCompressions q={query.q} />
        <NearHits q={query.q} filter={filterOf(query, now.current)} />
        <Rows
          rows={rows}
          find={query.q}
          selectedKey={selected?.key ?? null}
          dim={shown.stale}
          listKey={text}
          onPoint={setSelectedKey}
          onEnd={shown.more}
          scrollTo={scrollTo}
          end={shown.loadingMore ? 'Reading more…' : null}
          empty={
            empty ? (
              <Empty
                query={query}
                reading={index?.state === 'reading' || index?.state === 'paused'}
                onChange={change}
              />
            ) : null
          }
        />
        <KeyBar hints={hints} />
        {session && <SessionDialogs session={session} dialog={dialog} onClose={() => setDialog(null)} />}
        {importing && <ImportDialog onClose={() => setImporting(false)} />}
      </main>
    </InspectorFrame>
  );
}

function HeadLink({ to, icon: Icon, label }: { to: Route; icon: LucideIcon; label: string }) {
  return (
    <a
      href={hrefOf(to)}
      className="inline-flex h-6 items-center gap-1.5 rounded-3 px-2 text-sm font-medium text-ink-2 hover:bg-hover max-phone:h-10"
    >
      <Icon size={14} aria-hidden /> {label}
    </a>
  );
}

/** How much was found, and how long that took. */
function Found({
  pages,
  stale,
}: {
  pages: readonly { items: SearchHit[]; titles: TitleHit[]; nextCursor: string | null; tookMs: number }[] | null;
  stale: boolean;
}) {
  const [first] = pages ?? [];
  if (!pages || !first) return null;
  const count = pages.reduce((sum, page) => sum + page.items.length, 0);
  const more = pages.at(-1)?.nextCursor !== null;
  return (
    <span role="status" className={cx('figures whitespace-nowrap', stale && 'opacity-60')}>
      {count}
      {more ? '+' : ''} {count === 1 ? 'place' : 'places'} in{' '}
      {plural(sessionsIn(pages.map((page) => page.items)), 'session')}
      {first.titles.length > 0 && ` and ${plural(first.titles.length, 'title')}`},{' '}
      {first.tookMs < 1 ? '< 1' : Math.round(first.tookMs)} ms
    </span>
  );
}

/** Rows of any number: only those in view are drawn. */
function Rows({
  rows,
  find,
  selectedKey,
  dim,
  listKey,
  onPoint,
  onEnd,
  scrollTo,
  end,
  empty,
}: {
  rows: readonly Row[];
  find: string;
  selectedKey: string | null;
  dim: boolean;
  /** Another one begins at the top. */
  listKey: string;
  onPoint: (key: string) => void;
  onEnd: () => void;
  scrollTo: { current: (place: number) => void };
  end: string | null;
  empty: React.ReactNode;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => heights[rows[place]?.kind ?? 'hit'],
    getItemKey: (place) => rows[place]?.key ?? place,
    overscan: 12,
  });
  scrollTo.current = (place) => virtual.scrollToIndex(place === 1 ? 0 : place, { align: 'auto' });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  // Another list begins at the top.
  useLayoutOnChange(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [listKey]);
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={find ? 'What was found' : 'List of sessions'}
      aria-busy={dim}
      className={cx(
        'focus-inset min-h-0 flex-1 overflow-y-auto border-t border-hair transition-opacity duration-(--t-base)',
        dim && 'opacity-60',
      )}
    >
      {empty}
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {row.kind === 'day' ? (
                <h2 className="px-4 pt-4 pb-1.5 text-xs font-medium text-ink-3">{row.label}</h2>
              ) : row.kind === 'session' ? (
                <SessionRow session={row.session} on={row.key === selectedKey} onPoint={() => onPoint(row.key)} />
              ) : row.kind === 'title' ? (
                <TitleRow hit={row.hit} find={find} on={row.key === selectedKey} onPoint={() => onPoint(row.key)} />
              ) : row.kind === 'head' ? (
                <HitHead hit={row.hit} count={row.count} />
              ) : (
                <HitRow hit={row.hit} find={find} on={row.key === selectedKey} onPoint={() => onPoint(row.key)} />
              )}
            </div>
          );
        })}
      </div>
      {end && <p className="px-4 py-3 text-sm text-ink-3">{end}</p>}
    </section>
  );
}

const heights = { day: 38, session: 58, title: 54, head: 36, hit: 60 } as const;

function Empty({
  query,
  reading,
  onChange,
}: {
  query: SessionQuery;
  reading: boolean;
  onChange: (part: Partial<SessionQuery>) => void;
}) {
  const filters = filterCount(query);
  const searching = query.q.trim() !== '';
  return (
    <div className="grid justify-items-start gap-3 px-4 py-6 text-ink-2">
      <p className="max-w-[520px]">
        {reading
          ? 'Nothing yet in what was read so far. The rest is being read.'
          : searching
            ? filters > 0
              ? 'Nobody said that within these filters.'
              : query.mode === 'words'
                ? 'Nobody said that. Fewer words find more, and “Anywhere” looks inside of words too.'
                : 'Nobody said that, not even inside of a word.'
            : filters > 0
              ? 'No session fits. Take a filter off.'
              : 'No session on this machine yet. What you or a worker says to Claude Code is listed here, also when it was started outside of Control Room.'}
      </p>
      <span className="flex flex-wrap gap-2">
        {filters > 0 && (
          <Button className="max-phone:h-11" onClick={() => onChange(withoutFilters(query))}>
            Without filters
          </Button>
        )}
        {searching && query.mode === 'words' && (
          <Button className="max-phone:h-11" onClick={() => onChange({ mode: 'substring' })}>
            Look inside of words
          </Button>
        )}
        {!searching && filters === 0 && !reading && (
          <Button
            look="primary"
            command="worker.new"
            className="max-phone:h-11"
            onClick={() => runCommand('worker.new')}
          >
            New worker
          </Button>
        )}
      </span>
    </div>
  );
}
