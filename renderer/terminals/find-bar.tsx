import type { SearchAddon } from '@xterm/addon-search';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

/** Finds text in a terminal: Enter goes to the next place, Shift+Enter to the one before, Escape closes. */
export function FindBar({ search, onClose }: { search: SearchAddon; onClose: () => void }) {
  const [text, setText] = useState('');
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

  const style = getComputedStyle(document.documentElement);
  const decorations = {
    matchOverviewRuler: style.getPropertyValue('--accent').trim(),
    activeMatchColorOverviewRuler: style.getPropertyValue('--accent').trim(),
  };
  const next = () => search.findNext(text, { decorations });
  const previous = () => search.findPrevious(text, { decorations });

  return (
    <search className="absolute top-2 right-4 z-10 flex h-8 items-center gap-1 rounded-[var(--r-3)] border border-line-strong bg-raised px-2 text-fg">
      <input
        ref={input}
        value={text}
        aria-label="Find in terminal"
        placeholder="Find"
        className="w-44 bg-transparent text-[13px] outline-none placeholder:text-fg-3"
        onChange={(event) => {
          setText(event.target.value);
          search.findNext(event.target.value, { decorations, incremental: true });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          if (event.key === 'Enter') (event.shiftKey ? previous : next)();
        }}
      />
      <span className="min-w-12 text-right text-[11px] text-fg-3 tabular-nums" aria-live="polite">
        {text && found ? (found.count === 0 ? 'none' : `${found.index + 1} of ${found.count}`) : ''}
      </span>
      <button type="button" aria-label="Previous match" className="p-1" onClick={previous}>
        <ChevronUp size={14} />
      </button>
      <button type="button" aria-label="Next match" className="p-1" onClick={next}>
        <ChevronDown size={14} />
      </button>
      <button type="button" aria-label="Close find" className="p-1" onClick={onClose}>
        <X size={14} />
      </button>
    </search>
  );
}
