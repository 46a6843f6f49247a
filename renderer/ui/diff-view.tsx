import { useState } from 'react';
import { CodeText, lineLooks } from './code-text.tsx';
import { cx } from './cx.ts';
import type { DiffLine } from './line-diff.ts';
import { MoreLines } from './more-lines.tsx';

/** A difference, one column. It scrolls sideways and is never cut; long ones fold until asked. */
export function DiffView({
  lines,
  numbers = 'one',
  foldAt,
  label,
  dense = false,
}: {
  lines: readonly DiffLine[];
  /** `none` where the lines' places are not known. */
  numbers?: 'none' | 'one' | 'both';
  /** Show at most this many lines until the rest is asked for. */
  foldAt?: number;
  label: string;
  dense?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const folded = foldAt !== undefined && !open && lines.length > foldAt + 2;
  const shown = folded ? lines.slice(0, foldAt) : lines;
  return (
    <div className="bg-term-bg">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label={label} tabIndex={0} className="focus-inset overflow-x-auto">
        <div className={cx('w-max min-w-full font-mono', dense ? 'text-xs leading-[18px]' : 'text-sm leading-5')}>
          {/* biome-ignore-start lint/suspicious/noArrayIndexKey: a line of a difference has no other identity than its place */}
          {shown.map((line, index) => {
            if (line.kind === 'hunk') {
              return (
                <div
                  key={index}
                  className="flex h-7 items-center gap-2 border-y border-hair-soft bg-well px-3 font-sans text-xs text-ink-3 first:border-t-0"
                >
                  {line.text}
                </div>
              );
            }
            const look = lineLooks[line.kind];
            return (
              <div key={index} className={cx('flex min-h-[18px] whitespace-pre', look.row)}>
                {numbers === 'both' && (
                  <span className={cx('w-9 shrink-0 pr-2 text-right text-xs select-none', look.gutter)}>
                    {line.oldNo}
                  </span>
                )}
                {numbers !== 'none' && (
                  <span className={cx('w-10 shrink-0 pr-2 text-right text-xs select-none', look.gutter)}>
                    {numbers === 'both' ? line.newNo : (line.newNo ?? line.oldNo)}
                  </span>
                )}
                <span
                  className={cx('shrink-0 select-none', numbers === 'none' ? 'w-7 text-center' : 'w-3.5', look.gutter)}
                >
                  {look.sign}
                </span>
                <span className="pr-4 pl-1.5 [tab-size:4]">
                  <CodeText text={line.text} marks={line.marks} word={look.word} />
                </span>
              </div>
            );
          })}
          {/* biome-ignore-end lint/suspicious/noArrayIndexKey: as above */}
        </div>
      </section>
      {folded && <MoreLines count={lines.length - foldAt} onShow={() => setOpen(true)} />}
    </div>
  );
}
