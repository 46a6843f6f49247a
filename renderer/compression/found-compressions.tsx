import { FoldVertical } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Compression } from '../../shared/compression.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useSession } from '../sessions/session-store.ts';
import { madeBy } from './compression-words.ts';

/** So many are shown over what was found in the sessions themselves. */
const mostShown = 3;
/** A session may have several, of which the newest is shown. */
const mostAsked = 20;

/** Sessions whose summary, topics, decisions or open points have the words that are searched for. */
export function FoundCompressions({ q }: { q: string }) {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [found, setFound] = useState<{ q: string; items: readonly Compression[]; error: string | null } | null>(null);
  const words = q.replace(/["*]/g, ' ').trim();
  useEffect(() => {
    if (epoch === 0 || !words) return;
    const ended = new AbortController();
    connection.client.compression.list({ q: words, limit: mostAsked }, { signal: ended.signal }).then(
      ({ items }) => setFound({ q: words, items, error: null }),
      (error: unknown) => !ended.signal.aborted && setFound({ q: words, items: [], error: errorText(error) }),
    );
    return () => ended.abort();
  }, [connection, epoch, words]);
  if (!words || found?.q !== words) return null;
  if (found.error) return <p className="mx-4 mb-3 text-sm text-failed">Summaries were not searched: {found.error}</p>;
  if (found.items.length === 0) return null;
  return (
    <section aria-label="Found in summaries" className="mx-4 mb-3 grid gap-px">
      <h2 className="flex items-center gap-1.5 px-2 text-xs font-medium text-ink-3">
        <FoldVertical size={14} aria-hidden /> In few words
      </h2>
      {ofEachSession(found.items).map((one) => (
        <Found key={one.id} one={one} />
      ))}
    </section>
  );
}

function ofEachSession(items: readonly Compression[]): Compression[] {
  const bySession = new Map<string, Compression>();
  for (const one of items) if (!bySession.has(one.sessionId)) bySession.set(one.sessionId, one);
  return [...bySession.values()].slice(0, mostShown);
}

function Found({ one }: { one: Compression }) {
  const session = useSession(one.sessionId);
  return (
    <a
      href={hrefOf({ view: 'session', id: one.sessionId, at: null, find: '' })}
      title={`In few words, by ${madeBy(one)}`}
      className="focus-inset flex min-w-0 items-center gap-2 rounded-2 px-2 py-1 text-sm hover:bg-hover max-phone:py-2.5"
    >
      <span className="max-w-[50%] shrink-0 truncate font-medium">{session?.title ?? one.sessionId.slice(0, 8)}</span>
      <span className="truncate text-ink-2">{one.summary.replace(/^- (Asked: )?/gm, '')}</span>
    </a>
  );
}
