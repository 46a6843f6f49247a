import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTranscript } from '../../testing/transcripts.ts';
import type { Database } from '../database/database.ts';
import { createIndexReader, type IndexReader } from './index-reader.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';

let home: string;
let database: Database;
let reader: IndexReader;

const said = [
  'The parser reads a line at a time.',
  'A line of the Parser: readLine(text) in src/read_line.ts',
  'Das Übermaß an Café-Besuchen größer als gedacht',
  '検索は速いです。全文検索インデックス',
  'const total = items.reduce((sum, item) => sum + item.price, 0);',
  'parse parsed parsing parser parsers',
  'time at a line of no interest "quoted" words',
];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-search-'));
  const lines = said.map((text, at) =>
    JSON.stringify({
      type: at % 2 ? 'user' : 'assistant',
      timestamp: new Date(1_790_000_000_000 + at * 1000).toISOString(),
      cwd: '/repo/a',
      message:
        at % 2 ? { content: text } : { id: `m${at}`, model: 'claude-x', usage: {}, content: [{ type: 'text', text }] },
    }),
  );
  lines.push(
    JSON.stringify({
      type: 'assistant',
      timestamp: '2026-11-21T08:00:00.000Z',
      message: {
        id: 'tool',
        model: 'claude-x',
        usage: {},
        content: [
          { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'grep -rn "needle\nin" src/deep/file.ts' } },
          { type: 'tool_use', id: 'u', name: 'Edit', input: { file_path: '/repo/a/deep.ts', new_string: 'thread' } },
        ],
      },
    }),
  );
  await writeTranscript(join(home, 'claude'), '-work-a', 's-1', lines);
  database = openIndex(join(home, 'search.db'));
  const indexer = createIndexer({ database, folders: [join(home, 'claude')], now: () => performance.now() });
  indexer.scan();
  while (indexer.step());
  reader = createIndexReader({ database, now: () => performance.now() });
});

afterAll(async () => {
  database.close();
  await rm(home, { recursive: true, force: true });
});

function find(q: string, more: Partial<Parameters<IndexReader['search']>[0]> = {}) {
  return reader.search({
    q,
    mode: 'words',
    order: 'newest',
    filter: {},
    places: {},
    archived: [],
    hidden: [],
    wantArchived: false,
    sessionId: null,
    named: [],
    limit: 50,
    cursor: null,
    ...more,
  });
}
const places = (...input: Parameters<typeof find>) => find(...input).items.map(({ index }) => index);

test.each([
  ['parser', [6, 2, 1]],
  ['PARSER line', [2, 1]],
  ['"line at a time"', [1]],
  ['"a line of"', [7, 2]],
  ['pars*', [6, 2, 1]],
  ['"the parser" reads', [1]],
  ['cafe', [3]],
  ['übermass', []],
  ['ubermaß', [3]],
  ['grosser', []],
  ['read_line', [2]],
  ['item.price', [5]],
  ['全文検索', [4]],
  ['検索は速い', [4]],
  ['needle', [8]],
  ['"needle in"', [8]],
  ['nneedle', []],
  ['unbalanced "line at', [1].slice(1)],
  ['"line at', [1]],
])('words: %s', (q, wanted) => {
  expect(places(q)).toEqual(wanted);
});

test.each([
  ['=> sum +', [5]],
  ['ARSER', [6, 2, 1]],
  ['(text) in src', [2]],
  ['größ', [3]],
  ['検索イ', [4]],
  ['"quoted"', [7]],
  ['no such thing', []],
  ['a line of no interest "quoted" words', [7]],
])('substring: %s', (q, wanted) => {
  expect(places(q, { mode: 'substring' })).toEqual(wanted);
});

test('filters, snippets, pages and rank', () => {
  expect(places('deep', { filter: { tool: 'Edit' } })).toEqual([9]);
  expect(places('thread', { filter: { path: 'deep.ts' } })).toEqual([9]);
  expect(places('line', { filter: { role: 'user' } })).toEqual([2]);
  expect(places('line', { filter: { to: 1_790_000_000_500 } })).toEqual([1]);
  expect(places('line', { filter: { model: 'other' } })).toEqual([]);
  expect(places('line', { archived: ['s-1'] })).toEqual([]);
  expect(places('line', { archived: ['s-1'], wantArchived: true })).toEqual([7, 2, 1]);
  expect(find('"parser reads"').items[0]?.snippet).toBe('The \u0001parser reads\u0002 a line at a time.');
  expect(find('cafe').items[0]?.snippet).toContain('\u0001Café\u0002');
  const first = find('line', { limit: 2 });
  expect(first.items.map(({ index }) => index)).toEqual([7, 2]);
  expect(places('line', { limit: 2, cursor: first.nextCursor })).toEqual([1]);
  expect(places('pars*', { order: 'best' })[0]).toBe(6);
});

test.each([
  ['***', 'words', /no word/],
  ['a*', 'words', /too short/],
  ['ab', 'substring', /3 characters/],
  ['->', 'words', /no word/],
])('%s (%s) is refused in words', (q, mode, message) => {
  expect(() => find(q, { mode: mode as 'words' })).toThrow(message);
});

test('nothing a person types is syntax of the index', () => {
  const signs = fc.stringMatching(/^[ "'*^():{}+\-a-zNEARORANDT0-9,.%_~\\\u0000-\u001fé検]{1,40}$/u);
  fc.assert(
    fc.property(fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 60 })), fc.boolean(), (q, words) => {
      try {
        find(q, { mode: words ? 'words' : 'substring', order: words ? 'best' : 'newest' });
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_REQUEST' });
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('a session is found by its titles alone, as far as its filters let it', () => {
  const titles = (...input: Parameters<typeof find>) => find(...input).titles.map(({ snippet }) => snippet);
  expect(titles('shorebird')).toEqual([]);
  const named = [{ sessionId: 's-1', name: 'Count the Shorebirds' }];
  expect(titles('shorebirds', { named })).toEqual(['Count the \u0001Shorebirds\u0002']);
  expect(titles('horebird', { named, mode: 'substring' })).toEqual(['Count the S\u0001horebird\u0002s']);
  expect(titles('"line of the parser"')).toEqual([
    'A \u0001line of the Parser\u0002: readLine(text) in src/read_line.ts',
  ]);
  expect(titles('shorebirds', { named, filter: { branch: 'other' } })).toEqual([]);
  expect(titles('shorebirds', { named, hidden: ['s-1'] })).toEqual([]);
  expect(titles('shorebirds', { named, filter: { role: 'user' } })).toEqual([]);
  expect(titles('shorebirds', { named, sessionId: 's-1' })).toEqual([]);
  expect(find('shorebirds', { named }).sessions.map(({ sessionId }) => sessionId)).toEqual(['s-1']);
});
