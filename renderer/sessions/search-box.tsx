import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useSearchFocus } from '../app/search-focus.ts';
import { Button } from '../ui/button.tsx';
import { Segments } from '../ui/fields.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import type { SessionQuery } from './session-query.ts';

/** Typing is over when this long nothing was typed. */
const typedMs = 160;

/** The one box that searches everything that was said. */
export function SearchBox({
  query,
  onChange,
  onMove,
  onOpen,
}: {
  query: SessionQuery;
  onChange: (part: Partial<SessionQuery>) => void;
  onMove: (by: number) => void;
  onOpen: () => void;
}) {
  const [typed, setTyped] = useState(query.q);
  const sent = useRef(query.q);
  const box = useRef<HTMLInputElement>(null);
  const asked = useSearchFocus((state) => state.asked);
  const touch = window.matchMedia('(hover: none)').matches;
  // Another search was opened by its link: the box says what it is.
  useEffect(() => {
    if (query.q === sent.current) return;
    sent.current = query.q;
    setTyped(query.q);
  }, [query.q]);
  // Each time it is asked for.
  useOnChange(() => {
    // A phone's keyboard would cover what one came to see.
    if (touch && asked === 0) return;
    box.current?.focus();
    box.current?.select();
  }, [asked]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      onChange({ q: typed });
    }, typedMs);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <search className="flex shrink-0 px-4 pt-3 pb-2.5 max-phone:pt-0">
      <div className="flex h-9 min-w-0 flex-1 items-center gap-2.5 rounded-3 bg-well pr-1.5 pl-3 ring-1 ring-hair-strong ring-inset focus-within:ring-2 focus-within:ring-focus max-phone:h-12">
        <Search size={15} aria-hidden className="shrink-0 text-ink-3" />
        <input
          ref={box}
          type="text"
          spellCheck={false}
          autoComplete="off"
          aria-label="Search all sessions"
          placeholder={'Words, "a phrase", begin*'}
          maxLength={500}
          value={typed}
          className="h-full min-w-0 flex-1 bg-transparent text-md outline-none max-phone:text-[16px]"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'ArrowDown') onMove(1);
            else if (event.key === 'ArrowUp') onMove(-1);
            else if (event.key === 'Enter') {
              if (typed !== sent.current) {
                sent.current = typed;
                onChange({ q: typed });
              } else onOpen();
            } else if (event.key === 'Escape') {
              if (typed) setTyped('');
              else event.currentTarget.blur();
            } else return;
            event.preventDefault();
          }}
        />
        {typed && (
          <Button
            look="ghost"
            size="sm"
            icon={X}
            aria-label="Search for nothing"
            className="max-phone:size-10"
            onClick={() => {
              setTyped('');
              box.current?.focus();
            }}
          />
        )}
        <Segments
          small
          label="How to match"
          value={query.mode}
          options={[
            { value: 'words', label: 'Words', title: 'Whole words, phrases in quotes, beginnings with a star' },
            { value: 'substring', label: 'Anywhere', title: 'Any three characters or more, also inside of words' },
          ]}
          onChange={(mode) => onChange({ mode })}
        />
      </div>
    </search>
  );
}
