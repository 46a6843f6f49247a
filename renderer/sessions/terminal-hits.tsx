import { SquareTerminal, X } from 'lucide-react';
import { useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { clockTime, exactTime, plural } from '../ui/format.ts';
import { useOnChange } from '../ui/use-on-change.ts';

type Found = Awaited<ReturnType<ContractClient['terminals']['searchRecordings']>>;

/** The same search in what terminals have shown: on demand, for that is read anew each time. */
export function TerminalHits({ query }: { query: string }) {
  const { connection } = useApp();
  const any = useStore((state) => Object.values(state.rows.terminals).some(({ recorded }) => recorded));
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [looking, setLooking] = useState(false);
  // Another query has not been looked for.
  useOnChange(() => {
    setFound(null);
    setError(null);
  }, [query]);
  if (!any) return null;
  const look = async (): Promise<void> => {
    setLooking(true);
    try {
      setFound(await connection.client.terminals.searchRecordings({ query: query.trim().slice(0, 200) }));
      setError(null);
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setLooking(false);
    }
  };
  if (error) return <Problem className="mx-4 mb-3">{error}</Problem>;
  if (!found)
    return (
      <Button
        look="ghost"
        size="sm"
        icon={SquareTerminal}
        disabled={looking}
        className="mx-3 mb-2 justify-self-start self-start max-phone:h-11"
        onClick={() => void look()}
      >
        {looking ? 'Looking in terminals…' : 'Look in terminals too'}
      </Button>
    );
  const { items, searched, recordings } = found;
  return (
    <section
      aria-label="Found in terminals"
      className="mx-4 mb-3 shrink-0 overflow-hidden rounded-3 bg-surface ring-1 ring-hair ring-inset"
    >
      <header className="flex items-center gap-2 py-1 pr-1 pl-3 text-sm">
        <SquareTerminal size={14} aria-hidden className="text-ink-3" />
        <span role="status" className="figures min-w-0 flex-1 text-ink-2">
          {plural(items.length, 'line')} in what terminals showed
          {searched < recordings ? `, of ${searched} of ${recordings} recordings` : ''}
        </span>
        <Button look="ghost" size="sm" icon={X} aria-label="Close" onClick={() => setFound(null)} />
      </header>
      {items.length > 0 && (
        <ul className="max-h-56 overflow-y-auto border-t border-hair">
          {items.map(({ terminalId, title, ms, at, line }) => (
            <li key={`${terminalId} ${ms} ${line}`}>
              <a
                href={hrefOf({ view: 'recording', id: terminalId, atMs: ms })}
                className="focus-inset flex items-baseline gap-3 px-3 py-1 hover:bg-hover max-phone:py-2.5"
              >
                <code className="min-w-0 flex-1 truncate text-sm">{line.trim()}</code>
                <span className="max-w-40 shrink-0 truncate text-sm text-ink-3">{title}</span>
                <time className="figures shrink-0 text-sm text-ink-3" title={exactTime(at)}>
                  {clockTime(at)}
                </time>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
