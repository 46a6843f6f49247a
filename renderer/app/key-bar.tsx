import { CommandKey, KeyCap } from '../ui/key-cap.tsx';
import { runCommand, useKeyOf } from './commands.ts';

function Hint({ ids, label }: { ids: readonly string[]; label: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {ids.map((id) => (
        <Cap key={id} id={id} />
      ))}
      {label}
    </span>
  );
}

function Cap({ id }: { id: string }) {
  const keys = useKeyOf(id);
  return keys ? <KeyCap keys={keys} className="-mr-0.5 text-ink-3 ring-hair-strong" /> : null;
}

/** The keys that act in this view. */
export function KeyBar({ hints }: { hints: readonly (readonly [ids: readonly string[], label: string])[] }) {
  return (
    <footer className="flex h-(--keybar-h) shrink-0 items-center gap-4 overflow-hidden border-t border-hair bg-rail px-4 text-xs whitespace-nowrap text-ink-3 max-phone:hidden">
      {hints.map(([ids, label]) => (
        <Hint key={label} ids={ids} label={label} />
      ))}
      <button
        type="button"
        className="focus-inset ml-auto inline-flex items-center gap-1.5 hover:text-ink-2"
        onClick={() => runCommand('shortcuts')}
      >
        <CommandKey id="shortcuts" />
        all keys
      </button>
    </footer>
  );
}
