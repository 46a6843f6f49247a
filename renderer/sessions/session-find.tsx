import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import type { Found } from './use-find.ts';

/** The box that finds in a session: Enter goes on, Shift+Enter back, Escape closes. */
export function SessionFind({
  text,
  found,
  error,
  place,
  asked,
  onText,
  onStep,
  onClose,
}: {
  text: string;
  found: Found | null;
  error: string | null;
  /** Of the places found, the one that is shown, from 0; -1 for none. */
  place: number;
  /** Grows each time the box is asked for: it takes the focus. */
  asked: number;
  onText: (text: string) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (asked === 0) return;
    box.current?.focus();
    box.current?.select();
  }, [asked]);
  const count = found?.indexes.length ?? 0;
  const words = error
    ? error
    : !found || found.text !== text.trim()
      ? ''
      : count === 0
        ? 'nowhere'
        : place === -1
          ? `${count}${found.more ? '+' : ''} places`
          : `${place + 1} of ${count}${found.more ? '+' : ''}`;
  return (
    <search className="flex h-10 shrink-0 items-center gap-1 border-b border-hair bg-surface px-4 max-phone:h-14">
      <input
        ref={box}
        value={text}
        spellCheck={false}
        autoComplete="off"
        maxLength={500}
        aria-label="Find in this session"
        placeholder="Find in this session"
        className="h-full min-w-0 flex-1 bg-transparent outline-none max-phone:text-[16px]"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Escape') onClose();
          else if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
          else return;
          event.preventDefault();
        }}
      />
      <span role="status" className={error ? 'truncate text-sm text-failed' : 'figures shrink-0 text-sm text-ink-3'}>
        {words}
      </span>
      <Button
        look="ghost"
        size="sm"
        icon={ChevronUp}
        aria-label="Previous place"
        disabled={count === 0}
        className="max-phone:size-11"
        onClick={() => onStep(-1)}
      />
      <Button
        look="ghost"
        size="sm"
        icon={ChevronDown}
        aria-label="Next place"
        disabled={count === 0}
        className="max-phone:size-11"
        onClick={() => onStep(1)}
      />
      <Button look="ghost" size="sm" icon={X} aria-label="Close find" className="max-phone:size-11" onClick={onClose} />
    </search>
  );
}
