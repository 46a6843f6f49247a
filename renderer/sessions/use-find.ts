import { useEffect, useState } from 'react';
import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';

export interface Found {
  /** The text these places are of. */
  text: string;
  mode: 'words' | 'substring';
  /** Records that match, in order. */
  indexes: readonly number[];
  /** There are more than were asked for. */
  more: boolean;
}

const pageSize = 500;
/** At most this many places are gone through; more are said as "5000+". */
const mostFound = 5000;
/** Typing is over when this long nothing was typed. */
const typedMs = 140;
/** The shortest substring the index knows. */
const shortest = 3;

/**
 * Finds a text in one session, over the index: as it stands, also inside of words, where it has three letters or more;
 * `wordsFirst` takes it as a search writes it (words, "phrases", begin*) before that.
 */
export function useFind(
  session: Pick<Session, 'id' | 'archived'> | undefined,
  text: string,
  wordsFirst: boolean,
): { found: Found | null; error: string | null } {
  const { connection } = useApp();
  const [state, setState] = useState<{ found: Found | null; error: string | null }>({ found: null, error: null });
  const wanted = text.trim();
  const id = session?.id;
  const archived = session?.archived ?? false;
  useEffect(() => {
    if (!id || !wanted) {
      setState({ found: null, error: null });
      return;
    }
    const ended = new AbortController();
    async function readAll(q: string, mode: Found['mode'], sessionId: Session['id']): Promise<Found> {
      const indexes = new Set<number>();
      let cursor: string | undefined;
      let more = false;
      do {
        const page: Awaited<ReturnType<typeof connection.client.sessions.search>> =
          await connection.client.sessions.search(
            { q, mode, sessionId, archived, limit: pageSize, ...(cursor ? { cursor } : {}) },
            { signal: ended.signal },
          );
        for (const hit of page.items) indexes.add(hit.index);
        cursor = page.nextCursor ?? undefined;
        more = cursor !== undefined;
      } while (cursor && indexes.size < mostFound);
      return { text: wanted, mode, indexes: [...indexes].sort((a, b) => a - b), more };
    }
    async function find(sessionId: Session['id']): Promise<Found> {
      const long = [...wanted].length >= shortest;
      const asWords = (): Promise<Found> =>
        readAll(wordsFirst || /["*]/.test(wanted) ? wanted : `${wanted}*`, 'words', sessionId);
      if (!long) return asWords();
      if (!wordsFirst) return readAll(wanted, 'substring', sessionId);
      const words = await asWords();
      return words.indexes.length > 0 ? words : readAll(wanted, 'substring', sessionId);
    }
    const timer = setTimeout(() => {
      find(id).then(
        (found) => !ended.signal.aborted && setState({ found, error: null }),
        (error: unknown) => !ended.signal.aborted && setState({ found: null, error: errorText(error) }),
      );
    }, typedMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [connection, id, archived, wanted, wordsFirst]);
  return state;
}
