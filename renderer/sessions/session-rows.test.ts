import { describe, expect, it } from 'vitest';
import type { SearchHit } from '../../shared/sessions.ts';
import { hitRow, sessionRow } from '../testing/fixture-sessions.ts';
import { dayLabel, rowsOfHits, rowsOfSessions, sessionsIn, snippetPieces } from './session-rows.ts';

const now = new Date(2026, 10, 21, 15, 30).getTime();
const ago = (days: number): number => new Date(2026, 10, 21 - days, 23, 50).getTime();

describe('headings', () => {
  it('names days as people do', () => {
    expect([0, 1, 3, 6, 7, 400].map((days) => dayLabel(ago(days), now))).toEqual([
      'Today',
      'Yesterday',
      'Wednesday',
      'Sunday',
      '14 November',
      '17 October 2025',
    ]);
  });

  it('puts pinned sessions first, whatever their age, and gives each day one heading', () => {
    const rows = rowsOfSessions(
      [
        sessionRow(now, { title: 'a', lastAt: ago(0) }),
        sessionRow(now, { title: 'b', lastAt: ago(0) }),
        sessionRow(now, { title: 'c', lastAt: ago(9), pinned: true }),
        sessionRow(now, { title: 'd', lastAt: ago(1) }),
      ],
      now,
    );
    expect(rows.map((row) => (row.kind === 'day' ? `# ${row.label}` : row.session.title))).toEqual([
      '# Pinned',
      'c',
      '# Today',
      'a',
      'b',
      '# Yesterday',
      'd',
    ]);
  });
});

describe('hits', () => {
  const hit = (sessionId: string, index: number): SearchHit => hitRow({ sessionId, index });
  const text = (pages: SearchHit[][]) =>
    rowsOfHits(pages).map((row) =>
      row.kind === 'head' ? `${row.hit.sessionId}:${row.count}` : `${row.hit.index}@${row.place}`,
    );

  it('stand under their session, and keep their places when another page comes', () => {
    const first = [hit('a', 9), hit('b', 3), hit('a', 2)];
    expect(text([first])).toEqual(['a:2', '9@0', '2@1', 'b:1', '3@2']);
    const more = text([first, [hit('b', 1), hit('a', 1)]]);
    expect(more).toEqual(['a:2', '9@0', '2@1', 'b:2', '3@2', '1@3', 'a:1', '1@4']);
    expect(sessionsIn([first, [hit('c', 1)]])).toBe(3);
  });
});

describe('snippets', () => {
  it('marks what matched and shows the rest as it is', () => {
    expect(snippetPieces('the \u0001idempotency\u0002 <b>\u0001key\u0002')).toEqual([
      { text: 'the ', marked: false },
      { text: 'idempotency', marked: true },
      { text: ' <b>', marked: false },
      { text: 'key', marked: true },
    ]);
  });

  it('survives a mark that was cut off', () => {
    expect(snippetPieces('key\u0002 and \u0001rest')).toEqual([
      { text: 'key', marked: false },
      { text: ' and ', marked: false },
      { text: 'rest', marked: true },
    ]);
    expect(snippetPieces('')).toEqual([]);
  });
});
