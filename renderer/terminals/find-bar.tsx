import type { ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { CaseSensitive, ChevronDown, ChevronUp, Regex, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { useOnChange } from '../ui/use-on-change.ts';

/** Finds text in a terminal: Enter goes to the next place, Shift+Enter to the one before, Escape closes. */
export function FindBar({ search, onClose }: { search: SearchAddon; onClose: () => void }) {
  const [text, setText] = useState('');
  const [exact, setExact] = useState(false);
  const [pattern, setPattern] = useState(false);
  const [found, setFound] = useState<{ index: number; count: number }>();
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    input.current?.focus();
    const results = search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ index: resultIndex, count: resultCount }),
    );
    return () => {
      results.dispose();
      search.clearDecorations();
    };
  }, [search]);

  const options = (more: ISearchOptions = {}): ISearchOptions => {
    const style = getComputedStyle(document.documentElement);
    const accent = style.getPropertyValue('--accent').trim();
    const quiet = style.getPropertyValue('--ansi-bright-black').trim();
    return {
      caseSensitive: exact,
      regex: pattern,
      decorations: {
        matchBorder: quiet,
        matchOverviewRuler: quiet,
        activeMatchBorder: accent,
        activeMatchColorOverviewRuler: accent,
      },
      ...more,
    };
  };
  const find = (direction: 'next' | 'previous', what = text, more: ISearchOptions = {}): void => {
    if (what === '') {
      search.clearDecorations();
      setFound(undefined);
      return;
    }
    try {
      if (direction === 'next') search.findNext(what, options(more));
      else search.findPrevious(what, options(more));
    } catch {
      // A pattern that is not finished yet.
      setFound({ index: -1, count: 0 });
    }
  };
  // Another way to look is applied to what stands there.
  useOnChange(() => find('next', text, { incremental: true }), [exact, pattern]);

  return (
    <search className="absolute top-2 right-4 z-10 flex h-8 items-center gap-0.5 rounded-3 bg-raised pr-1 pl-2 text-ink shadow-(--shadow-pop) max-phone:right-2 max-phone:left-2">
      <input
        ref={input}
        value={text}
        aria-label="Find in terminal"
        placeholder="Find"
        spellCheck={false}
        className="w-44 bg-transparent outline-none max-phone:min-w-0 max-phone:flex-1 max-phone:text-[16px]"
        onChange={(event) => {
          setText(event.target.value);
          find('next', event.target.value, { incremental: true });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          else if (event.key === 'Enter') find(event.shiftKey ? 'previous' : 'next');
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span className="figures min-w-14 pr-1 text-right text-xs text-ink-3" aria-live="polite">
        {text && found ? (found.count === 0 ? 'none' : `${found.index + 1} of ${found.count}`) : ''}
      </span>
      <Button
        look="ghost"
        size="sm"
        icon={CaseSensitive}
        aria-label="Match case"
        aria-pressed={exact}
        className={cx(exact && 'bg-active text-ink')}
        onClick={() => setExact(!exact)}
      />
      <Button
        look="ghost"
        size="sm"
        icon={Regex}
        aria-label="Regular expression"
        aria-pressed={pattern}
        className={cx(pattern && 'bg-active text-ink')}
        onClick={() => setPattern(!pattern)}
      />
      <Button look="ghost" size="sm" icon={ChevronUp} aria-label="Previous match" onClick={() => find('previous')} />
      <Button look="ghost" size="sm" icon={ChevronDown} aria-label="Next match" onClick={() => find('next')} />
      <Button look="ghost" size="sm" icon={X} aria-label="Close find" onClick={onClose} />
    </search>
  );
}
