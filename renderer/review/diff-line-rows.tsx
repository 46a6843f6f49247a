import { Plus } from 'lucide-react';
import { memo, type PointerEvent, useMemo } from 'react';
import { CodeText, lineLooks } from '../ui/code-text.tsx';
import { cx } from '../ui/cx.ts';
import { type Marks, wordMarks } from '../ui/word-marks.ts';
import type { HiddenLine, PlacedLine } from './diff-rows.ts';

const kinds = { same: 'same', added: 'add', removed: 'del' } as const;

export interface RowPress {
  /** A press on the numbers chooses the line, with Shift up to it; drawn over others, those too. */
  onPress: (key: string, extend: boolean) => void;
  onComment: (key: string) => void;
}

function marksOf({ line, other }: PlacedLine): Marks | undefined {
  if (other === null) return undefined;
  return line.kind === 'removed' ? wordMarks(line.text, other)?.before : wordMarks(other, line.text)?.after;
}

/** The text of a line, with what was cut of it said. */
function LineText({ placed }: { placed: PlacedLine }) {
  const { line } = placed;
  const marks = useMemo(() => marksOf(placed), [placed]);
  return (
    <>
      <CodeText text={line.text} marks={marks} word={lineLooks[kinds[line.kind]].word} />
      <Rest cut={line.cut} noNewline={line.noNewline} />
    </>
  );
}

function Rest({ cut, noNewline }: { cut: number; noNewline: boolean }) {
  return (
    <>
      {cut > 0 && (
        <span className="ml-2 rounded-1 bg-active px-1 text-ink-3 select-none">
          {cut.toLocaleString('en-US')} more characters
        </span>
      )}
      {noNewline && (
        <span className="ml-2 text-ink-3 select-none" title="The file ends without a line break">
          ⊘
        </span>
      )}
    </>
  );
}

const numberLook = 'w-10 shrink-0 pr-2 text-right text-xs leading-5 select-none max-phone:w-8';

function press(event: PointerEvent, key: string, { onPress }: RowPress): void {
  if (event.button !== 0) return;
  // The text keeps its own selection; Shift would select text up to here.
  event.preventDefault();
  onPress(key, event.shiftKey);
}

/** Shown while the pointer is over a line: comments on it. */
function CommentButton({ id, onComment }: { id: string; onComment: RowPress['onComment'] }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label="Comment on this line"
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onComment(id)}
      className="absolute top-0.5 left-0.5 hidden size-4 place-items-center rounded-1 bg-accent text-accent-fg group-hover:grid"
    >
      <Plus size={12} strokeWidth={2.6} aria-hidden />
    </button>
  );
}

const chosenLook =
  'after:pointer-events-none after:absolute after:inset-0 after:border-l-2 after:border-accent after:bg-accent-bg';

/** A line of a difference in one column. */
export const UnifiedRow = memo(function UnifiedRow({
  id,
  placed,
  chosen,
  wrap,
  press: handlers,
}: {
  id: string;
  placed: PlacedLine;
  chosen: boolean;
  wrap: boolean;
  press: RowPress;
}) {
  const { line } = placed;
  const look = lineLooks[kinds[line.kind]];
  return (
    <div className={cx('group relative flex min-h-5', look.row, chosen && chosenLook)}>
      <span
        className={cx('flex shrink-0', look.gutter)}
        onPointerDown={(event) => press(event, id, handlers)}
        onPointerEnter={(event) => event.buttons === 1 && handlers.onPress(id, true)}
      >
        <span className={cx(numberLook, 'max-phone:hidden')}>{line.old}</span>
        <span className={numberLook}>{line.new ?? <span className="hidden max-phone:inline">{line.old}</span>}</span>
        <span className="w-4 text-center select-none" aria-hidden>
          {look.sign}
        </span>
        <CommentButton id={id} onComment={handlers.onComment} />
      </span>
      {line.kind !== 'same' && <span className="sr-only">{line.kind}: </span>}
      <span
        className={cx(
          'min-w-0 flex-1 pr-4 pl-1.5 [tab-size:4]',
          wrap ? 'whitespace-pre-wrap wrap-anywhere' : 'whitespace-pre',
        )}
      >
        <LineText placed={placed} />
      </span>
    </div>
  );
});

function Half({
  id,
  placed,
  side,
  press: handlers,
}: {
  id: string;
  placed: PlacedLine | null;
  side: 'old' | 'new';
  press: RowPress;
}) {
  if (!placed) {
    return (
      <span
        aria-hidden
        className="min-h-5 bg-[repeating-linear-gradient(135deg,var(--line-soft)_0_1px,transparent_1px_6px)]"
      />
    );
  }
  const { line } = placed;
  const look = lineLooks[kinds[line.kind]];
  return (
    <span className={cx('group relative flex min-h-5 min-w-0', look.row)}>
      <span
        className={cx('flex shrink-0', look.gutter)}
        onPointerDown={(event) => press(event, id, handlers)}
        onPointerEnter={(event) => event.buttons === 1 && handlers.onPress(id, true)}
      >
        <span className={numberLook}>{side === 'old' ? line.old : line.new}</span>
        <span className="w-4 text-center select-none" aria-hidden>
          {look.sign}
        </span>
        {(side === 'new' || line.kind === 'removed') && <CommentButton id={id} onComment={handlers.onComment} />}
      </span>
      {line.kind !== 'same' && <span className="sr-only">{line.kind}: </span>}
      <span className="min-w-0 flex-1 pr-3 pl-1.5 whitespace-pre-wrap wrap-anywhere [tab-size:4]">
        <LineText placed={placed} />
      </span>
    </span>
  );
}

/** A line of both sides beside each other. */
export const PairRow = memo(function PairRow({
  id,
  left,
  right,
  chosen,
  press: handlers,
}: {
  id: string;
  left: PlacedLine | null;
  right: PlacedLine | null;
  chosen: boolean;
  press: RowPress;
}) {
  return (
    <div className={cx('relative grid grid-cols-[minmax(0,1fr)_1px_minmax(0,1fr)]', chosen && chosenLook)}>
      <Half id={id} placed={left} side="old" press={handlers} />
      <span className="bg-hair" />
      <Half id={id} placed={right} side="new" press={handlers} />
    </div>
  );
});

/** A line that did not change, shown when asked for. */
export const HiddenRow = memo(function HiddenRow({
  id,
  line,
  split,
  wrap,
  chosen,
  press: handlers,
}: {
  id: string;
  line: HiddenLine;
  split: boolean;
  wrap: boolean;
  chosen: boolean;
  press: RowPress;
}) {
  const placed: PlacedLine = {
    line: { ...line, kind: 'same', noNewline: false },
    hunk: '',
    place: 0,
    other: null,
  };
  return split ? (
    <PairRow id={id} left={placed} right={placed} chosen={chosen} press={handlers} />
  ) : (
    <UnifiedRow id={id} placed={placed} chosen={chosen} wrap={wrap} press={handlers} />
  );
});
