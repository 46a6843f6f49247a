import { Bookmark, Pencil, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import type { SavedSearch } from '../../shared/saved-searches.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { parseQuery, queryText, type SessionQuery } from './session-query.ts';

type Kept = Pick<SavedSearch, 'name' | 'query'>;

/**
 * Gives the orchestrator what a browser kept by itself before searches were kept there, and forgets it here one by one as it
 * is taken. Where another search has that name the browser's gets a number behind it.
 */
async function handOver(client: ContractClient, own: readonly Kept[], known: readonly Kept[]): Promise<void> {
  const taken = [...known];
  for (const one of own) {
    const same = taken.some(({ name, query }) => name.startsWith(one.name.trim()) && query === one.query);
    if (!same && one.name.trim() && one.query.trim()) {
      const used = new Set(taken.map(({ name }) => name.toLowerCase()));
      let name = one.name.trim();
      for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${one.name.trim()} ${number}`;
      taken.push(await client.savedSearches.save({ name, query: one.query }));
    }
    const { savedSearches } = usePreferences.getState();
    setPreferences({ savedSearches: savedSearches.filter((other) => other.name !== one.name) });
  }
}

let handing: Promise<void> | undefined;

/** The searches that are kept, and the one that is open to be kept among them. */
export function SavedSearches({ query, onOpen }: { query: SessionQuery; onOpen: (query: SessionQuery) => void }) {
  const { client } = useApp().connection;
  const rows = useStore((state) => state.rows.savedSearches);
  const may = useStore((state) => state.access !== 'view');
  const epoch = useStore((state) => state.epoch);
  const own = usePreferences((state) => state.savedSearches);
  const saved = useMemo(() => Object.values(rows).sort((a, b) => a.createdAt - b.createdAt), [rows]);
  const text = queryText(query);
  const [naming, setNaming] = useState<{ id: SavedSearch['id'] | null; name: string } | null>(null);
  const already = saved.some((one) => one.query === text);

  // Once, with what is known when the page is connected: what is kept meanwhile is no news for it.
  // See above.
  useOnChange(() => {
    if (epoch === 0 || !may || own.length === 0 || handing) return;
    handing = handOver(client, own, saved)
      .catch((error: unknown) =>
        tell(`Searches kept in this browser were not taken over: ${errorText(error)}`, { tone: 'error' }),
      )
      .finally(() => {
        handing = undefined;
      });
  }, [epoch, may]);

  const run = (call: Promise<unknown>): void => {
    setNaming(null);
    call.catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
  };
  const finish = (): void => {
    const name = naming?.name.trim();
    if (!naming || !name) setNaming(null);
    else if (naming.id === null) run(client.savedSearches.save({ name, query: text }));
    else run(client.savedSearches.rename({ id: naming.id, name }));
  };
  const field = (label: string) => (
    <TextField
      autoFocus
      aria-label={label}
      placeholder="Name, then Enter"
      value={naming?.name ?? ''}
      maxLength={60}
      className="w-48"
      onChange={(event) => setNaming((before) => before && { ...before, name: event.target.value })}
      onBlur={() => setNaming(null)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish();
        if (event.key === 'Escape') setNaming(null);
      }}
    />
  );
  if (saved.length === 0 && (text === '' || !may)) return null;
  return (
    <div className="flex flex-wrap items-center gap-1 text-sm">
      {saved.length > 0 && <Bookmark size={13} aria-hidden className="ml-1.5 text-ink-3" />}
      {saved.map((one) =>
        naming?.id === one.id ? (
          <span key={one.id}>{field(`New name of the search ${one.name}`)}</span>
        ) : (
          <span
            key={one.id}
            className={cx(
              'inline-flex h-6 items-center rounded-2 max-phone:h-11',
              one.query === text ? 'bg-active font-medium' : 'text-ink-2 hover:bg-hover',
            )}
          >
            <button
              type="button"
              aria-pressed={one.query === text}
              className="focus-inset h-full max-w-48 truncate rounded-2 px-2"
              title={one.name}
              onClick={() => onOpen(parseQuery(one.query))}
            >
              {one.name}
            </button>
            {one.query === text && may && (
              <>
                <SmallButton
                  icon={Pencil}
                  label={`Rename the search ${one.name}`}
                  onClick={() => setNaming({ id: one.id, name: one.name })}
                />
                <SmallButton
                  icon={X}
                  label={`Forget the search ${one.name}`}
                  onClick={() => run(client.savedSearches.remove({ id: one.id }))}
                />
              </>
            )}
          </span>
        ),
      )}
      {!already &&
        text !== '' &&
        may &&
        (naming?.id === null ? (
          field('Name of the search')
        ) : (
          <Button
            look="ghost"
            icon={saved.length > 0 ? undefined : Bookmark}
            className="text-sm max-phone:h-11"
            onClick={() => setNaming({ id: null, name: query.q })}
          >
            Keep this search
          </Button>
        ))}
    </div>
  );
}

function SmallButton({ icon: Icon, label, onClick }: { icon: typeof X; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="focus-inset -ml-1 grid h-full w-6 place-items-center rounded-2 text-ink-3 hover:text-ink max-phone:w-11"
      onClick={onClick}
    >
      <Icon size={12} aria-hidden />
    </button>
  );
}
