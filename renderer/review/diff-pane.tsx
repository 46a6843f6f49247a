import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronsUpDown, MessageSquarePlus, Minus, Plus, Undo2 } from 'lucide-react';
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { CommentId } from '../../shared/ids.ts';
import type { Comment, ReviewFile } from '../../shared/review.ts';
import { useCommand } from '../app/commands.ts';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { languageOf, SyntaxLanguage } from '../ui/syntax.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import type { Drafts } from './comment-card.tsx';
import { KeptComment, NewComment, wholeFile } from './comment-parts.tsx';
import { HiddenRow, PairRow, type RowPress, UnifiedRow } from './diff-line-rows.tsx';
import { changedLines, type DiffRow, diffRows, type Gap, type LinePlace, placeOf } from './diff-rows.ts';
import { useCursor } from './use-cursor.ts';
import type { FileDiff } from './use-file-diff.ts';
import type { Part, ReviewActions } from './use-review-actions.ts';

/** What may be done to parts of a file in this comparison. */
export interface Powers {
  comment: boolean;
  /** Hunks and lines into the index, or out of it. */
  stage: 'stage' | 'unstage' | null;
  discard: boolean;
}

/** A difference up to so many lines is fetched to its end by itself. */
const wholeLines = 60_000;
/** So many hidden lines are shown at once; fewer than twice as many all together. */
const revealed = 20;

const heights = { gap: 30, hunk: 30, comment: 84, writing: 112, more: 40, line: 20, pair: 20, hidden: 20 } as const;

/** The lines of a file's difference: only those in view are drawn. */
export function DiffPane({
  file,
  fileDiff,
  comments,
  actions,
  powers,
  split: wanted,
  wrap: wrapWanted,
  goTo,
  writing,
  drafts,
  onWrite,
  onDiscard,
  onEndOfHunks,
}: {
  file: ReviewFile;
  fileDiff: FileDiff;
  comments: readonly Comment[];
  actions: ReviewActions;
  powers: Powers;
  split: boolean;
  wrap: boolean;
  /** A comment to bring into view. */
  goTo: CommentId | null;
  /** Where a comment is being written. */
  writing: LinePlace | null;
  drafts: Drafts;
  onWrite: (place: LinePlace | null) => void;
  onDiscard: (part: Part) => void;
  /** There is no further hunk that way. */
  onEndOfHunks: (by: 1 | -1) => void;
}) {
  const { diff, shown, more, reveal } = fileDiff;
  const place = useRef<HTMLDivElement>(null);
  const roomy = useRoom(place);
  const split = wanted && roomy;
  const wrap = wrapWanted || (wanted && !roomy);
  const [editing, setEditing] = useState<CommentId | null>(null);
  const own = useMemo(() => comments.filter(({ path }) => path === file.path), [comments, file.path]);
  const rows = useMemo(
    () => (diff ? diffRows(diff, { split, comments: own, writing, shown }) : []),
    [diff, split, own, writing, shown],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: (index) => heights[rows[index]?.kind ?? 'line'],
    overscan: 24,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const scrollTo = useCallback((index: number) => virtual.scrollToIndex(index, { align: 'auto' }), [virtual]);
  const cursor = useCursor(file.path, rows, scrollTo);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  // All of what is not huge is fetched, so that keys reach its end; of the rest what comes next.
  useEffect(() => {
    if (diff?.nextCursor != null && (rows.length < wholeLines || last > rows.length - 400)) more();
  }, [diff?.nextCursor, last, rows.length, more]);

  useOnChange(() => {
    place.current?.scrollTo({ top: 0, left: 0 });
    setEditing(null);
  }, [file.path]);

  const target = goTo ? rows.findIndex(({ key }) => key === goTo) : -1;
  const found = target >= 0 ? goTo : null;
  useOnChange(() => {
    if (found !== null) virtual.scrollToIndex(target, { align: 'center' });
  }, [found]);

  const write = (where: LinePlace | null): void => {
    if (powers.comment) onWrite(where ?? wholeFile);
  };
  useOnChange(() => {
    const at = rows.findIndex(({ kind }) => kind === 'writing');
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [writing]);

  const latest = useRef({ rows, write });
  latest.current = { rows, write };
  const press = useMemo<RowPress>(
    () => ({
      onPress: cursor.press,
      onComment(key) {
        const row = latest.current.rows.find((one) => one.key === key);
        if (row) latest.current.write(placeOf([row]));
      },
    }),
    [cursor.press],
  );

  /** What a key is about: the chosen lines, else the hunk. */
  const part = (): Part | null => {
    if (cursor.isLines) {
      const lines = changedLines(cursor.rows);
      return lines.length > 0 ? { file, lines } : null;
    }
    return cursor.hunk ? { file, hunks: [cursor.hunk.hunk.id] } : null;
  };
  const stage = (what: Part | null): void => {
    if (what && powers.stage) void actions.stage([what], powers.stage === 'unstage');
    cursor.clear();
  };
  const discard = (what: Part | null): void => {
    if (what && powers.discard) onDiscard(what);
  };
  const revealGap = (gap: Gap, where: 'start' | 'end' | 'all'): void => {
    const all = where === 'all' || gap.count <= 2 * revealed;
    const count = all ? gap.count : revealed;
    reveal(gap.index, where === 'end' && !all ? gap.new + gap.count - count : gap.new, count);
  };

  const hunkGap = cursor.hunk?.gap ?? rows.find((row) => row.kind === 'gap')?.gap ?? null;
  useCommand('review.line.down', () => cursor.step(1, false));
  useCommand('review.line.up', () => cursor.step(-1, false));
  useCommand('review.extend.down', () => cursor.step(1, true));
  useCommand('review.extend.up', () => cursor.step(-1, true));
  useCommand('review.hunk.next', () => !cursor.stepHunk(1) && onEndOfHunks(1));
  useCommand('review.hunk.previous', () => !cursor.stepHunk(-1) && onEndOfHunks(-1));
  useCommand('review.comment', () => write(placeOf(cursor.rows)), powers.comment);
  useCommand('review.stage', () => stage(part()), powers.stage !== null);
  useCommand('review.discard', () => discard(part()), powers.discard);
  useCommand('review.expand', () => hunkGap && revealGap(hunkGap, 'all'), hunkGap !== null);
  useCommand('review.clear', cursor.clear, cursor.rows.length > 0);

  // One column scrolls sideways as far as its longest line: known beforehand, because not all of them are drawn.
  const widest = useMemo(
    () =>
      wrap || split
        ? 0
        : rows.reduce((most, row) => (row.kind === 'line' ? Math.max(most, columnsOf(row.line.line.text)) : most), 0),
    [rows, wrap, split],
  );

  const chosenLines = cursor.isLines ? changedLines(cursor.rows).reduce((sum, { lines }) => sum + lines.length, 0) : 0;
  const draw = (row: DiffRow): ReactNode => {
    switch (row.kind) {
      case 'line':
        return (
          <UnifiedRow id={row.key} placed={row.line} chosen={cursor.chosen.has(row.key)} wrap={wrap} press={press} />
        );
      case 'pair':
        return (
          <PairRow id={row.key} left={row.left} right={row.right} chosen={cursor.chosen.has(row.key)} press={press} />
        );
      case 'hidden':
        return (
          <HiddenRow
            id={row.key}
            line={row.line}
            split={split}
            wrap={wrap}
            chosen={cursor.chosen.has(row.key)}
            press={press}
          />
        );
      case 'gap':
        return (
          <div className="sticky left-0 flex h-[30px] w-(--pane-w) items-center gap-2 border-y border-hair-soft bg-well px-3 font-sans text-xs text-ink-3">
            <GapWords gap={row.gap} onReveal={revealGap} />
          </div>
        );
      case 'hunk':
        return (
          <div className="group/hunk sticky left-0 flex h-[30px] w-(--pane-w) items-center gap-2 border-y border-hair-soft bg-well px-3 font-sans text-xs text-ink-3">
            {row.gap ? <GapWords gap={row.gap} onReveal={revealGap} /> : <span>{linesWords(row)}</span>}
            <span className="min-w-0 flex-1 truncate text-right font-mono">{row.hunk.heading}</span>
            {(powers.stage || powers.discard) && (
              <span className="flex shrink-0 gap-0.5">
                {powers.discard && (
                  <Button
                    look="ghost"
                    size="xs"
                    icon={Undo2}
                    aria-label="Discard this hunk"
                    className="text-ink-3 max-phone:size-9"
                    onClick={() => discard({ file, hunks: [row.hunk.id] })}
                  />
                )}
                {powers.stage && (
                  <Button
                    look="ghost"
                    size="xs"
                    icon={powers.stage === 'stage' ? Plus : Minus}
                    aria-label={powers.stage === 'stage' ? 'Stage this hunk' : 'Unstage this hunk'}
                    className="text-ink-3 max-phone:size-9"
                    onClick={() => stage({ file, hunks: [row.hunk.id] })}
                  />
                )}
              </span>
            )}
          </div>
        );
      case 'comment': {
        const { comment } = row;
        return (
          <NoteFrame split={split && comment.side === 'new' && !row.moved}>
            <KeptComment
              comment={comment}
              moved={row.moved}
              marked={goTo === comment.id}
              editing={editing === comment.id}
              mayChange={powers.comment}
              drafts={drafts}
              actions={actions}
              onEdit={setEditing}
            />
          </NoteFrame>
        );
      }
      case 'writing':
        return (
          <NoteFrame split={split && row.place.side === 'new' && row.place.line > 0}>
            <NewComment file={file} place={row.place} drafts={drafts} actions={actions} onClose={() => onWrite(null)} />
          </NoteFrame>
        );
      case 'more':
        return <p className="sticky left-0 px-4 py-2.5 font-sans text-sm text-ink-3">Reading on…</p>;
    }
  };

  return (
    <div className="relative flex min-h-0 flex-1 flex-col bg-term-bg">
      <section
        ref={place}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Difference of ${file.path}`}
        className="@container focus-inset min-h-0 flex-1 overflow-auto font-mono text-sm leading-5 [--pane-w:100cqw]"
      >
        {diff === null && (
          <p className="enter p-4 font-sans text-ink-3 [animation-delay:400ms] [animation-fill-mode:backwards]">
            Reading the difference…
          </p>
        )}
        <div
          className="relative"
          style={{ height: virtual.getTotalSize(), minWidth: widest > 0 ? `calc(${widest}ch + 130px)` : undefined }}
        >
          <SyntaxLanguage value={languageOf(file.path)}>
            {items.map((item) => {
              const row = rows[item.index];
              return (
                row && (
                  <div
                    key={item.key}
                    ref={virtual.measureElement}
                    data-index={item.index}
                    className="absolute inset-x-0 top-0"
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    {draw(row)}
                  </div>
                )
              );
            })}
          </SyntaxLanguage>
        </div>
      </section>
      {cursor.isLines && writing === null && (
        <div
          role="toolbar"
          aria-label="Chosen lines"
          className="enter absolute bottom-3 left-1/2 z-[3] flex max-w-[calc(100%-24px)] -translate-x-1/2 items-center gap-1.5 rounded-3 bg-raised py-1.5 pr-1.5 pl-3 text-sm shadow-(--shadow-pop)"
        >
          <span className="text-ink-2">{plural(cursor.rows.length, 'line')}</span>
          {powers.comment && (
            <Button
              size="sm"
              icon={MessageSquarePlus}
              command="review.comment"
              className="max-phone:h-11"
              onClick={() => write(placeOf(cursor.rows))}
            >
              Comment
            </Button>
          )}
          {powers.stage && chosenLines > 0 && (
            <Button size="sm" command="review.stage" className="max-phone:h-11" onClick={() => stage(part())}>
              {powers.stage === 'stage' ? 'Stage' : 'Unstage'}
            </Button>
          )}
          {powers.discard && chosenLines > 0 && (
            <Button
              size="sm"
              look="danger"
              command="review.discard"
              className="max-phone:h-11"
              onClick={() => discard(part())}
            >
              Discard
            </Button>
          )}
          <Button look="ghost" size="sm" keys="Escape" className="max-phone:h-11" onClick={cursor.clear}>
            Close
          </Button>
        </div>
      )}
    </div>
  );
}

/** Two columns need this much room; with less there is one, and long lines are wrapped. */
const roomForTwo = 720;

/** Whether an element is wide enough for two columns of code. */
function useRoom(place: RefObject<HTMLElement | null>): boolean {
  const [roomy, setRoomy] = useState(true);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = (): void => setRoomy(element.clientWidth === 0 || element.clientWidth >= roomForTwo);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return roomy;
}

/** Width of a line in letters, tabs as four. */
function columnsOf(text: string): number {
  let columns = text.length;
  for (let at = text.indexOf('\t'); at >= 0; at = text.indexOf('\t', at + 1)) columns += 3;
  return columns;
}

/** "Lines 24 to 36". */
function linesWords({ hunk }: Extract<DiffRow, { kind: 'hunk' }>): string {
  const [start, count] = hunk.newLines > 0 ? [hunk.newStart, hunk.newLines] : [hunk.oldStart, hunk.oldLines];
  return count === 1 ? `Line ${start}` : `Lines ${start} to ${start + count - 1}`;
}

function GapWords({ gap, onReveal }: { gap: Gap; onReveal: (gap: Gap, where: 'start' | 'end' | 'all') => void }) {
  const many = gap.count > 2 * revealed;
  const look =
    'focus-inset inline-flex h-6 items-center gap-1.5 rounded-2 px-1 hover:bg-hover hover:text-ink-2 max-phone:h-9';
  return (
    <>
      <button type="button" className={look} onClick={() => onReveal(gap, 'all')}>
        <ChevronsUpDown size={12} aria-hidden />
        {plural(gap.count, 'line')} hidden
      </button>
      {many && (
        <>
          <button type="button" className={look} onClick={() => onReveal(gap, 'start')}>
            first {revealed}
          </button>
          <button type="button" className={look} onClick={() => onReveal(gap, 'end')}>
            last {revealed}
          </button>
        </>
      )}
    </>
  );
}

/** Room for a comment among lines: on its own side where two stand beside each other. */
function NoteFrame({ split, children }: { split: boolean; children: ReactNode }) {
  return (
    <div className="sticky left-0 w-(--pane-w)">
      <div className={split ? 'ml-[50%] py-1.5 pr-3 pl-14' : 'max-w-[720px] px-3 py-1.5 phone:pl-24'}>{children}</div>
    </div>
  );
}
