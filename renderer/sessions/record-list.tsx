import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react';
import type { Session, SessionRecord } from '../../shared/sessions.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import type { CardPosition } from '../ui/said.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { useChosen } from './chosen.ts';
import { findPattern } from './find-terms.ts';
import { placeOf, rowOf } from './record-rows.ts';
import { RecordEntry } from './record-view.tsx';
import type { Found } from './use-find.ts';
import type { Records } from './use-records.ts';

/** Records around those in view that are read with them. */
const around = 60;
/** Pages are asked for when the scrolling rests this long: who drags the bar across does not want what is between. */
const restMs = 50;
const paddingPx = 20;

function estimate(record: SessionRecord | undefined): number {
  if (!record) return 56;
  const turn = record.turn ? 44 : 0;
  if (record.role === 'tool') return 34 + turn;
  if (record.role === 'user' || record.role === 'assistant') {
    return 34 + Math.min(14, Math.ceil(record.text.length / 100)) * 20 + turn;
  }
  return 34 + turn;
}

/** Where a link or a step of the search leads; another `asked` goes there again. */
export interface Target {
  index: number;
  asked: number;
}

/** The records of a session, however many: those in view are drawn, those around them read. */
export function RecordList({
  session,
  read,
  opened,
  onOpen,
  target,
  marked,
  found,
  onTop,
}: {
  session: Session;
  read: Records;
  /** Calls whose sub-agents are open. */
  opened: ReadonlySet<string>;
  onOpen: (parent: string, open: boolean) => void;
  target: Target | null;
  marked: number | null;
  found: Found | null;
  /** Told which record is at the top. */
  onTop: (index: number) => void;
}) {
  const { records, look, total, want } = read;
  const { shown } = look;
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const choosing = useChosen((state) => state.choosing || Object.keys(state.byKey).length > 0);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => estimate(records[shown[place] ?? 0]),
    getItemKey: (place) => shown[place] ?? place,
    overscan: 6,
    paddingStart: paddingPx,
    paddingEnd: paddingPx,
  });
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const items = virtual.getVirtualItems();

  // Rows that turn out to be part of others go away above what one reads: what one reads stays where it is.
  const anchor = useRef<{ index: number; offset: number } | null>(null);
  const lastShown = useRef(shown);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || lastShown.current === shown) return;
    lastShown.current = shown;
    const before = anchor.current;
    if (!before) return;
    const row = virtual.measurementsCache[placeOf(before.index, shown)];
    if (!row || Math.abs(row.start - before.offset - element.scrollTop) <= 1) return;
    element.scrollTop = row.start - before.offset;
    // Told at once, not with the scroll event: no frame shows the rows of the old place.
    virtual.scrollOffset = element.scrollTop;
    redraw();
  }, [shown, virtual]);

  const noteTop = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    // Not from the rows that are drawn: after a jump those are still the old ones.
    const first = virtual.getVirtualItemForOffset(top + 1);
    const index = first === undefined ? undefined : lastShown.current[first.index];
    if (first && index !== undefined) {
      anchor.current = { index, offset: first.start - top };
      onTop(index);
    }
    setAtEnd(element.scrollHeight - top - element.clientHeight < 80);
  }, [virtual, onTop]);

  const firstIndex = shown[items[0]?.index ?? 0] ?? 1;
  const lastIndex = shown[items.at(-1)?.index ?? 0] ?? 1;
  useEffect(() => {
    if (total === null) return;
    const timer = setTimeout(() => want(firstIndex - around, lastIndex + around), restMs);
    return () => clearTimeout(timer);
  }, [firstIndex, lastIndex, total, want]);

  // To where a link leads: its page is read, what hides it opened, and then it is shown.
  const reached = useRef<Target | null>(null);
  useEffect(() => {
    if (!target || total === null || reached.current === target) return;
    const index = Math.max(1, Math.min(total, target.index));
    const record = records[index];
    if (!record) {
      want(index - around, index + around);
      return;
    }
    if (record.parentToolUseId && !opened.has(record.parentToolUseId)) {
      onOpen(record.parentToolUseId, true);
      return;
    }
    reached.current = target;
    anchor.current = null;
    virtual.scrollToIndex(placeOf(rowOf(index, look, records), shown), { align: index === 1 ? 'start' : 'center' });
  }, [target, total, records, opened, look, shown, want, onOpen, virtual]);

  useMarks(scroller, found, `${firstIndex} ${lastIndex} ${shown.length}`);

  const position = (place: number): CardPosition => {
    const here = records[shown[place] ?? 0];
    const joins = (other: SessionRecord | undefined, upper: SessionRecord | undefined): boolean =>
      other?.role === 'tool' &&
      other.parentToolUseId === here?.parentToolUseId &&
      upper?.turn === null &&
      upper.boundary === null;
    const above = records[shown[place - 1] ?? 0];
    const below = records[shown[place + 1] ?? 0];
    const isHead = here !== undefined && look.runs.has(here.index);
    const before = joins(above, above) && here?.boundary === null && !isHead;
    const after = joins(below, here) && below?.boundary === null && !look.runs.has(below.index);
    if (before && after) return 'middle';
    if (before) return 'last';
    return after ? 'first' : 'only';
  };

  const toggle = useCallback((parent: string) => onOpen(parent, !opened.has(parent)), [onOpen, opened]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={`Session ${session.title}`}
        className={cx(
          'focus-inset h-full overflow-y-auto px-10 [overflow-anchor:none] max-phone:pr-4',
          choosing ? 'max-phone:pl-12' : 'max-phone:pl-4',
        )}
        onScroll={noteTop}
      >
        <div className="relative mx-auto w-full max-w-[760px]" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const index = shown[item.index] ?? 0;
            const record = records[index];
            const count = look.runs.get(index);
            return (
              <div
                key={item.key}
                data-index={item.index}
                data-record={index}
                ref={virtual.measureElement}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {record ? (
                  <RecordEntryRow
                    session={session}
                    record={record}
                    read={read}
                    runCount={count}
                    open={record.parentToolUseId !== null && opened.has(record.parentToolUseId)}
                    position={record.role === 'tool' ? position(item.index) : 'only'}
                    marked={marked !== null && isMarked(marked, record, look.results)}
                    onToggleRun={toggle}
                  />
                ) : (
                  <div className="pb-4" aria-hidden>
                    <div className="h-10 rounded-3 bg-hover" />
                  </div>
                )}
              </div>
            );
          })}
        </div>
      </div>
      {!atEnd && (
        <Button
          size="sm"
          icon={ArrowDown}
          className="absolute bottom-2 left-1/2 -translate-x-1/2 bg-raised! shadow-(--shadow-pop) max-phone:h-11"
          onClick={() => {
            anchor.current = null;
            virtual.scrollToIndex(shown.length - 1, { align: 'end' });
          }}
        >
          To the end
        </Button>
      )}
    </div>
  );
}

/** Whether a link to `marked` means this record: it is it, or what it answered. */
function isMarked(marked: number, record: SessionRecord, results: ReadonlyMap<string, SessionRecord>): boolean {
  if (record.index === marked) return true;
  return record.role === 'tool' && record.toolUseId !== null && results.get(record.toolUseId)?.index === marked;
}

function RecordEntryRow({
  session,
  record,
  read,
  runCount,
  open,
  position,
  marked,
  onToggleRun,
}: {
  session: Session;
  record: SessionRecord;
  read: Records;
  runCount: number | undefined;
  open: boolean;
  position: CardPosition;
  marked: boolean;
  onToggleRun: (parent: string) => void;
}) {
  const { results, calls } = read.look;
  const result = record.role === 'tool' && record.toolUseId ? results.get(record.toolUseId) : undefined;
  const call = record.parentToolUseId ? calls.get(record.parentToolUseId) : undefined;
  return (
    <RecordEntry
      session={session}
      record={record}
      result={result}
      runCount={runCount ?? 0}
      runCall={runCount === undefined ? undefined : call}
      open={open}
      position={position}
      marked={marked}
      onToggleRun={onToggleRun}
    />
  );
}

/** Marks what was found in what is drawn, without touching it (CSS custom highlights, where the browser has them). */
function useMarks(scroller: React.RefObject<HTMLDivElement | null>, found: Found | null, drawn: string): void {
  // Other rows are drawn.
  useOnChange(() => {
    const pattern = found && findPattern(found.text, found.mode);
    if (!pattern || !('highlights' in CSS)) return;
    const mark = (): void => {
      const root = scroller.current;
      if (!root) return;
      const ranges: Range[] = [];
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const match of (node.nodeValue ?? '').matchAll(pattern)) {
          const range = new Range();
          range.setStart(node, match.index);
          range.setEnd(node, match.index + match[0].length);
          ranges.push(range);
        }
      }
      CSS.highlights.set('session-find', new Highlight(...ranges));
    };
    let frame = requestAnimationFrame(mark);
    // What unfolds, or is drawn as Markdown a moment later, is marked too.
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(mark);
    });
    if (scroller.current) observer.observe(scroller.current, { childList: true, subtree: true, characterData: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      CSS.highlights.delete('session-find');
    };
  }, [found, drawn, scroller]);
}
