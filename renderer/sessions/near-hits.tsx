import { Waypoints } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import type { NearHit } from '../../shared/meaning.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { speakerOf } from './session-words.ts';

/** So many are shown over what has the words themselves. */
const mostShown = 4;
/** Asking a model costs more than asking the index: it waits until nobody types. */
const pauseMs = 400;

type NearFilter = Omit<Parameters<ContractClient['meaning']['search']>[0], 'q' | 'limit'>;

interface Near {
  /** What was asked, with its filters. */
  asked: string;
  items: readonly NearHit[];
  model: string;
  error: string | null;
}

/** What is near in meaning to a search, marked as such; nothing where no embedding model is set. */
export function NearHits({ q, filter }: { q: string; filter: NearFilter }) {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const on = useStore((state) => Boolean(state.rows.settings?.values.embeddingModel));
  const [near, setNear] = useState<Near | null>(null);
  const words = q.replace(/["*]/g, ' ').trim();
  const narrowed = JSON.stringify(filter);
  const asked = `${words} ${narrowed}`;
  useEffect(() => {
    if (epoch === 0 || !words || !on) return;
    const ended = new AbortController();
    const asking = setTimeout(() => {
      const input = { ...(JSON.parse(narrowed) as NearFilter), q: words, limit: mostShown };
      connection.client.meaning.search(input, { signal: ended.signal }).then(
        ({ items, model }) => setNear({ asked, items, model, error: null }),
        (error: unknown) => !ended.signal.aborted && setNear({ asked, items: [], model: '', error: errorText(error) }),
      );
    }, pauseMs);
    return () => {
      clearTimeout(asking);
      ended.abort();
    };
  }, [connection, epoch, words, narrowed, asked, on]);
  if (!words || !on || near?.asked !== asked) return null;
  if (near.error) return <p className="mx-4 mb-3 text-sm text-ink-3">Not searched by meaning: {near.error}</p>;
  if (near.items.length === 0) return null;
  return (
    <section aria-label="Near in meaning" className="mx-4 mb-3">
      <h2 className="flex items-center gap-1.5 px-2 text-xs font-medium text-ink-3">
        <Waypoints size={14} aria-hidden /> Near in meaning, by {near.model}
      </h2>
      {near.items.map((hit) => (
        <a
          key={`${hit.sessionId} ${hit.index}`}
          href={hrefOf({ view: 'session', id: hit.sessionId, at: hit.index, find: '' })}
          className="focus-inset flex min-w-0 items-center gap-2 rounded-2 px-2 py-1 text-sm hover:bg-hover max-phone:py-2.5"
        >
          <span className="figures w-9 shrink-0 text-right text-ink-3" title="How like it is, 100 % being the same">
            {Math.round(hit.likeness * 100)} %
          </span>
          <span className="max-w-[40%] shrink-0 truncate font-medium">{hit.title}</span>
          <span className="shrink-0 text-ink-3">{speakerOf(hit).words}</span>
          <span className="truncate text-ink-2">{hit.snippet}</span>
        </a>
      ))}
    </section>
  );
}
