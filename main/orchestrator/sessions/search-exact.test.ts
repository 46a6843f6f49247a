import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordRoles } from '../../../shared/record-roles.ts';
import { createRandom, createWriter, transcriptLines, writeTranscript } from '../../testing/transcripts.ts';
import type { Database } from '../database/database.ts';
import { createIndexReader, type IndexReader } from './index-reader.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';
import { createMatcher } from './matcher.ts';
import { parseQuery } from './query.ts';
import { searchableText } from './read-line.ts';

/* What the index leaves out before a text is looked at must be nothing that matches: all answers equal a plain look at all texts. */

let home: string;
let database: Database;
let reader: IndexReader;
let words: string[];
let texts: {
  session: string;
  place: number;
  role: string;
  tool: string | null;
  at: number;
  path: string | null;
  text: string;
}[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-search-'));
  const random = createRandom(7);
  const writer = createWriter(random, 600);
  words = writer.words;
  const odd = ['Çontaré', 'tàble "quoted" tale', 'con\u0000tamo', 'a\\tale', '100%_tale', 'Con\u0301tamo'];
  const text = (length: number) =>
    random() < 0.2 ? `${writer.text(length)} ${odd[Math.floor(random() * odd.length)]}` : writer.text(length);
  for (let session = 0; session < 6; session += 1)
    await writeTranscript(
      join(home, 'claude'),
      '-work',
      `s-${session}`,
      transcriptLines({
        sessionId: `s-${session}`,
        cwd: `/repo/${session % 2}`,
        turns: 120,
        startAt: 1_790_000_000_000 + session * 60_000,
        random,
        text,
      }),
    );
  database = openIndex(join(home, 'search.db'));
  const indexer = createIndexer({ database, folders: [join(home, 'claude')], now: () => performance.now() });
  indexer.scan();
  while (indexer.step());
  reader = createIndexReader({ database, now: () => 0 });
  texts = database
    .all<Omit<(typeof texts)[number], 'role'> & { role: number }>(
      `SELECT session_id AS session, place, role, tool, at, path, text FROM records
       JOIN sessions ON sessions.id = records.session ORDER BY records.id DESC`,
    )
    .map((row) => {
      const role = recordRoles[row.role] ?? 'system';
      return { ...row, role, text: searchableText(role, row.text) };
    });
});

afterAll(async () => {
  database.close();
  await rm(home, { recursive: true, force: true });
});

function search(q: string, mode: 'words' | 'substring', more: Partial<Parameters<IndexReader['search']>[0]> = {}) {
  const input = { q, mode, order: 'newest' as const, filter: {}, places: {}, archived: [], hidden: [], named: [] };
  const items: { sessionId: string; index: number }[] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<IndexReader['search']> = reader.search({
      ...input,
      wantArchived: false,
      sessionId: null,
      limit: 40,
      ...more,
      cursor,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items.map(({ sessionId, index }) => `${sessionId} ${index}`);
}

test('every answer is all that a plain look at the texts finds, newest first', () => {
  const [first = '', second = ''] = words;
  const asked: [string, 'words' | 'substring'][] = [
    [first, 'words'],
    [`${first} ${second}`, 'words'],
    [`"${first} ${second}"`, 'words'],
    [`${first}-${second}`, 'words'],
    ['"quoted tale"', 'words'],
    ['conta*', 'words'],
    ['contamo*', 'words'],
    [`contar* ${first}`, 'words'],
    ['çontar*', 'words'],
    ...words
      .filter((word) => word.length > 5)
      .slice(0, 12)
      .map((word): [string, 'words'] => [`${word.slice(0, 5)}*`, 'words']),
    ['tale', 'substring'],
    ['"quoted" t', 'substring'],
    ['a\\tale', 'substring'],
    ['100%_ta', 'substring'],
    ['%_t', 'substring'],
    [`${first} ${second}`, 'substring'],
    ['repo/1/src', 'substring'],
  ];
  let found = 0;
  for (const [q, mode] of asked) {
    const matcher = createMatcher(parseQuery(q, mode));
    const plain = texts.filter(({ text }) => matcher.matches(text));
    found += plain.length;
    const named = (rows: typeof texts) => rows.map(({ session, place }) => `${session} ${place}`);
    expect([q, search(q, mode)]).toEqual([q, named(plain)]);
    const since = 1_790_000_120_000;
    expect([q, search(q, mode, { filter: { role: 'tool', tool: 'Edit', from: since } })]).toEqual([
      q,
      named(plain.filter(({ tool, role, at }) => tool === 'Edit' && role === 'tool' && at >= since)),
    ]);
    expect([q, search(q, mode, { filter: { path: 'file3' }, sessionId: 's-2' })]).toEqual([
      q,
      named(plain.filter(({ session, path }) => session === 's-2' && path?.includes('file3'))),
    ]);
  }
  expect(found).toBeGreaterThan(1000);
});

test('a search that is out of time goes on where it stopped, also where nothing was found yet', () => {
  let at = 0;
  const slow = createIndexReader({
    database,
    now: () => {
      at += 1000;
      return at;
    },
  });
  const items: number[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: ReturnType<IndexReader['search']> = slow.search({
      q: 'con*',
      mode: 'words',
      order: 'newest',
      filter: { tool: 'None' },
      places: {},
      archived: [],
      hidden: [],
      named: [],
      wantArchived: false,
      sessionId: null,
      limit: 40,
      cursor,
    });
    items.push(...page.items.map(({ index }) => index));
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== null);
  expect(items).toEqual([]);
  expect(pages).toBeGreaterThan(1);
});
