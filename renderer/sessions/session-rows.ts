import type { SearchHit, Session, TitleHit } from '../../shared/sessions.ts';
import { midnight } from '../ui/format.ts';

export type ListRow = { kind: 'day'; key: string; label: string } | { kind: 'session'; key: string; session: Session };

const dayMs = 86_400_000;

/** A day as a heading: "Today", "Yesterday", "Thursday", "12 October", "3 December 2025". */
export function dayLabel(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / dayMs);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const date = new Date(at);
  if (days < 7) return date.toLocaleDateString('en-GB', { weekday: 'long' });
  const thisYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    ...(thisYear ? {} : { year: 'numeric' }),
  });
}

/** A list of sessions under headings: pinned ones first, then day by day as they come. */
export function rowsOfSessions(sessions: readonly Session[], now: number): ListRow[] {
  const rows: ListRow[] = [];
  const add = (session: Session, label: string): void => {
    if (label !== heading) rows.push({ kind: 'day', key: `day ${label} ${rows.length}`, label });
    heading = label;
    rows.push({ kind: 'session', key: session.id, session });
  };
  let heading = '';
  for (const session of sessions) if (session.pinned) add(session, 'Pinned');
  for (const session of sessions) if (!session.pinned) add(session, dayLabel(session.lastAt, now));
  return rows;
}

export type FoundRow = HitRow | TitleRow;

type TitleRow = { kind: 'day'; key: string; label: string } | { kind: 'title'; key: string; hit: TitleHit };

/** Sessions that were found by their titles, over what was said in any. */
export function rowsOfTitles(titles: readonly TitleHit[]): TitleRow[] {
  if (titles.length === 0) return [];
  return [
    { kind: 'day', key: 'titles', label: 'In titles' },
    ...titles.map((hit): TitleRow => ({ kind: 'title', key: `title ${hit.sessionId}`, hit })),
  ];
}

type HitRow =
  | { kind: 'head'; key: string; hit: SearchHit; count: number }
  | { kind: 'hit'; key: string; hit: SearchHit; place: number };

/**
 * Hits under the session they are from. Each page is grouped for itself, so that nothing moves when another is read;
 * only where a page begins with the session the last one ended with does the group go on. `place` is a hit's place among
 * all hits as shown.
 */
export function rowsOfHits(pages: readonly (readonly SearchHit[])[]): HitRow[] {
  const groups: SearchHit[][] = [];
  for (const page of pages) {
    const ofPage = new Map<string, SearchHit[]>();
    const last = groups.at(-1);
    if (last?.[0]) ofPage.set(last[0].sessionId, last);
    for (const hit of page) {
      const group = ofPage.get(hit.sessionId);
      if (group) group.push(hit);
      else {
        const made = [hit];
        ofPage.set(hit.sessionId, made);
        groups.push(made);
      }
    }
  }
  let place = 0;
  return groups.flatMap((group, index) => {
    const [first] = group;
    if (!first) return [];
    return [
      { kind: 'head', key: `head ${index}`, hit: first, count: group.length },
      ...group.map((hit): HitRow => {
        place += 1;
        return { kind: 'hit', key: `${hit.sessionId} ${hit.index}`, hit, place: place - 1 };
      }),
    ] as HitRow[];
  });
}

/** How many sessions the hits of some pages are from. */
export function sessionsIn(pages: readonly (readonly SearchHit[])[]): number {
  return new Set(pages.flatMap((page) => page.map((hit) => hit.sessionId))).size;
}

/** The pieces of a snippet; what matched stands between U+0001 and U+0002. */
export function snippetPieces(snippet: string): { text: string; marked: boolean }[] {
  const pieces: { text: string; marked: boolean }[] = [];
  let marked = false;
  for (const text of snippet.split(/([\u0001\u0002])/)) {
    if (text === '\u0001') marked = true;
    else if (text === '\u0002') marked = false;
    else if (text) pieces.push({ text, marked });
  }
  return pieces;
}
