import { memo, type ReactNode } from 'react';
import { cx } from './cx.ts';
import { Syntax } from './syntax.tsx';
import type { Marks } from './word-marks.ts';

/** How lines of a difference look, by what became of them. */
export const lineLooks = {
  add: { row: 'bg-add-bg', gutter: 'bg-add-gutter text-add', word: 'bg-add-word', sign: '+' },
  del: { row: 'bg-del-bg', gutter: 'bg-del-gutter text-del', word: 'bg-del-word', sign: '-' },
  same: { row: '', gutter: 'text-ink-3', word: '', sign: ' ' },
} as const;

/** A line of code in colours, with the words that differ marked: those stay black or white, colours on colour cannot be read. */
export const CodeText = memo(function CodeText({
  text,
  marks,
  word,
}: {
  text: string;
  marks?: Marks;
  /** The look of a mark. */
  word: string;
}): ReactNode {
  if (!marks || marks.length === 0) return <Syntax text={text} />;
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    pieces.push(<Syntax key={at} text={text.slice(at, from)} />);
    pieces.push(
      <mark key={`m${from}`} className={cx('rounded-[2px] text-ink', word)}>
        {text.slice(from, to)}
      </mark>,
    );
    at = to;
  }
  pieces.push(<Syntax key="rest" text={text.slice(at)} />);
  return pieces;
});
