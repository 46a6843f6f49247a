import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom, createWriter, transcriptLines, writeTranscript } from '../../testing/transcripts.ts';
import { estimateCostUsd } from '../claude/prices.ts';
import type { Database } from '../database/database.ts';
import { createIndexReader } from './index-reader.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';
import { maxLineBytes } from './transcript-cursor.ts';

const seed = Number(process.env.SEED ?? 20_261_121);
const killRounds = Number(process.env.KILL_ROUNDS ?? 6);

let home: string;
let folder: string;
let database: Database | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-index-'));
  folder = join(home, 'claude');
});

afterEach(async () => {
  database?.close();
  database = undefined;
  await rm(home, { recursive: true, force: true });
});

function index(file = 'search.db') {
  database?.close();
  const opened = openIndex(join(home, file));
  database = opened;
  const indexer = createIndexer({ database: opened, folders: [folder], now: () => performance.now() });
  const readAll = () => {
    indexer.scan();
    while (indexer.step());
  };
  readAll();
  return {
    database: opened,
    indexer,
    readAll,
    reader: createIndexReader({ database: opened, now: () => performance.now() }),
  };
}

/** Everything that an index says, in an order of its own. */
function contents(from: Database): string {
  const tables = ['files', 'sessions', 'records', 'agents', 'usage', 'turns'];
  const rows = tables.map((table) => [
    table,
    from.all<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY 1, 2`).map(({ revision: _, ...row }) => row),
  ]);
  const words = ['"ta"', '"con"', '"re"*'].map((match) =>
    from.all('SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid', match),
  );
  const trigrams = from.all('SELECT rowid FROM trigrams WHERE trigrams MATCH ? ORDER BY rowid', '"sta"');
  return JSON.stringify([rows, words, trigrams]);
}

function sampleLines(sessionId: string, turns: number, at = 1_790_000_000_000) {
  const random = createRandom(seed + sessionId.length);
  const { text } = createWriter(random, 500);
  return transcriptLines({ sessionId, cwd: '/repo/sample', turns, startAt: at, random, text });
}

test('tokens, cost, tools and files of a session equal an independent count', async () => {
  const lines = sampleLines('s-1', 40);
  await writeTranscript(folder, '-work-sample', 's-1', lines);
  const { reader } = index();
  const byMessage = new Map<string, Record<string, number>>();
  const tools: Record<string, number> = {};
  for (const record of lines.map((line) => JSON.parse(line))) {
    if (record.type !== 'assistant') continue;
    byMessage.set(record.message.id, record.message.usage);
    for (const block of record.message.content)
      if (block.type === 'tool_use') tools[block.name] = (tools[block.name] ?? 0) + 1;
  }
  const sum = (name: string) => [...byMessage.values()].reduce((total, usage) => total + (usage[name] ?? 0), 0);
  const { facts } = reader.get('s-1');
  expect(facts).toMatchObject({ turns: 40, records: 160, messages: 80, tools, skipped: 0, cwd: '/repo/sample' });
  expect(facts.usage).toMatchObject({
    inputTokens: sum('input_tokens'),
    outputTokens: sum('output_tokens'),
    cacheReadTokens: sum('cache_read_input_tokens'),
  });
  const cost = [...byMessage.values()].reduce(
    (total, usage) =>
      total +
      estimateCostUsd(
        {
          inputTokens: usage.input_tokens ?? 0,
          outputTokens: usage.output_tokens ?? 0,
          cacheReadTokens: usage.cache_read_input_tokens ?? 0,
          cacheWriteTokens: 0,
        },
        'claude-sonnet-4-5',
      ),
    0,
  );
  expect(facts.usage.costUsd).toBeCloseTo(cost, 9);
  expect(facts.files).toHaveLength(7);
  const used = reader.usage(null, null);
  expect(used.reduce((total, { costUsd }) => total + costUsd, 0)).toBeCloseTo(cost, 9);
  const { items } = reader.messages('s-1', 0, 2000, []);
  expect(items.filter(({ turn }) => turn)).toHaveLength(40);
});

test('a copy of a session costs nothing again, and says whose copy it is', async () => {
  const lines = sampleLines('s-1', 5);
  await writeTranscript(folder, '-work-sample', 's-1', lines);
  const own = sampleLines('s-fork', 2, 1_790_100_000_000);
  const copied = lines.map((line) => line.replaceAll('"sessionId":"s-1"', '"sessionId":"s-fork"'));
  await writeTranscript(folder, '-work-sample', 's-fork', [...copied, ...own]);
  const { reader } = index();
  const fork = reader.get('s-fork').facts;
  expect(fork).toMatchObject({ forkedFrom: 's-1', turns: 7 });
  const total = reader.usage(null, null).reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  expect(total).toBe(reader.get('s-1').facts.usage.outputTokens + fork.usage.outputTokens);
  const { items } = reader.messages('s-fork', 0, 500, []);
  expect(items.filter(({ boundary }) => boundary === 'forked').map(({ index }) => index)).toEqual([21]);
});

test('lines that grow, come in pieces and are written anew', async () => {
  const lines = sampleLines('s-1', 6);
  const path = await writeTranscript(folder, '-work-sample', 's-1', lines.slice(0, 10));
  const { indexer, readAll, reader, database: first } = index();
  const before = reader.get('s-1').facts.records;
  const next = `${lines[11]}\n${lines[12]}\n`;
  await appendFile(path, next.slice(0, 100));
  indexer.look([path]);
  while (indexer.step());
  expect(reader.get('s-1').facts.records).toBe(before);
  await appendFile(path, `${next.slice(100)}${lines.slice(13).join('\n')}\n`);
  indexer.look([path]);
  while (indexer.step());
  expect(reader.get('s-1').facts.records).toBeGreaterThan(before);
  expect(reader.get('s-1').facts.skipped).toBe(0);
  const grown = contents(first);
  await truncate(path, 0);
  await writeFile(path, `${sampleLines('s-1', 2).join('\n')}\n`);
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ turns: 2, records: 8 });
  expect(contents(first)).not.toBe(grown);
  const anew = index('fresh.db');
  expect(anew.reader.get('s-1').facts).toMatchObject({ turns: 2, records: 8 });
});

test('a deleted transcript stays readable; an index of another version is made anew', async () => {
  const path = await writeTranscript(folder, '-work-sample', 's-1', sampleLines('s-1', 2));
  const { readAll, reader, database: first } = index();
  await rm(path);
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ gone: true, turns: 2 });
  expect(reader.messages('s-1', 0, 10, []).total).toBe(8);
  first.exec('PRAGMA user_version = 999');
  const anew = index();
  expect(anew.database.get('SELECT count(*) AS count FROM records')).toEqual({ count: 0 });
  expect(() => anew.reader.get('s-1')).toThrow(/no session/);
  anew.database.close();
  database = undefined;
  await writeFile(join(home, 'search.db'), 'this is no database at all'.repeat(100));
  expect(index().indexer.state('up-to-date', null)).toMatchObject({ records: 0 });
});

test('an index that is missing, of another version or damaged is made anew from the transcripts, and that is said', async () => {
  await writeTranscript(folder, '-work-sample', 's-1', sampleLines('s-1', 30));
  const wanted = contents(index().database);
  const file = join(home, 'search.db');
  const whys: string[] = [];
  const again = () => {
    openIndex(file, (why) => whys.push(why)).close();
    expect(contents(index().database)).toBe(wanted);
    database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database?.close();
    database = undefined;
  };
  again();
  expect(whys).toEqual([]);
  await rm(file);
  again();
  const changed = openIndex(file);
  changed.exec('PRAGMA user_version = 999');
  changed.close();
  again();
  await truncate(file, 4096);
  again();
  // Garbage behind a good beginning.
  const bytes = await readFile(file);
  await writeFile(file, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]));
  again();
  expect(whys).toEqual(['missing', 'version', 'broken', 'broken']);
});

test('what is kept of a deleted transcript outlives the index, gives way to the real one, and goes with the retention', async () => {
  const keep = join(home, 'kept');
  let kept: string | null = keep;
  const path = await writeTranscript(folder, '-work-sample', 's-1', sampleLines('s-1', 3));
  const agents = join(folder, 'projects', '-work-sample', 's-1', 'subagents');
  await mkdir(agents, { recursive: true });
  await writeFile(join(agents, 'agent-abc.jsonl'), `${sampleLines('s-1', 1).join('\n')}\n`);
  const open = () => {
    database?.close();
    const opened = openIndex(join(home, 'search.db'));
    database = opened;
    const indexer = createIndexer({
      database: opened,
      folders: [folder],
      now: () => performance.now(),
      keep: () => kept,
    });
    const readAll = () => {
      indexer.scan();
      while (indexer.step());
    };
    readAll();
    return { readAll, indexer, reader: createIndexReader({ database: opened, now: () => performance.now() }) };
  };
  let { readAll, reader, indexer } = open();
  expect(reader.get('s-1').facts).toMatchObject({ records: 16, gone: false, agents: ['abc'] });
  await appendFile(path, `${sampleLines('s-1', 4).slice(-6).join('\n')}\n`);
  await rm(path);
  await rm(agents, { recursive: true });
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 16, gone: true });
  database?.close();
  database = undefined;
  await rm(join(home, 'search.db'));
  ({ readAll, reader, indexer } = open());
  // With what was said after it was last read.
  expect(reader.get('s-1').facts).toMatchObject({ records: 20, turns: 4, gone: true, agents: ['abc'] });
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 20, gone: true });
  await writeTranscript(folder, '-work-sample', 's-1', sampleLines('s-1', 2));
  readAll();
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 8, turns: 2, gone: false });
  await rm(join(folder, 'projects', '-work-sample', 's-1.jsonl'));
  kept = null;
  readAll();
  indexer.purgeGone();
  expect(() => reader.get('s-1')).toThrow(/no session/);
});

test('what was kept for long enough is removed, and only that', async () => {
  const keep = join(home, 'kept');
  const old = await writeTranscript(folder, '-work-sample', 's-old', sampleLines('s-old', 2));
  const young = await writeTranscript(folder, '-work-sample', 's-young', sampleLines('s-young', 9));
  const there = await writeTranscript(folder, '-work-sample', 's-there', sampleLines('s-there', 2));
  await mkdir(join(folder, 'projects', '-work-sample', 's-old', 'subagents'), { recursive: true });
  await writeFile(join(folder, 'projects', '-work-sample', 's-old', 'subagents', 'agent-a.jsonl'), '{}\n');
  const opened = openIndex(join(home, 'search.db'));
  database = opened;
  let reader = createIndexReader({ database: opened, now: () => 0 });
  const readAll = (into: typeof opened) => {
    const indexer = createIndexer({
      database: into,
      folders: [folder],
      now: () => performance.now(),
      keep: () => keep,
    });
    indexer.scan();
    while (indexer.step());
    return indexer;
  };
  readAll(opened);
  const lastAt = reader.get('s-old').facts.lastAt;
  expect(reader.get('s-young').facts.lastAt).toBeGreaterThan(lastAt);
  await rm(old);
  await rm(join(folder, 'projects', '-work-sample', 's-old'), { recursive: true });
  await rm(young);
  const kept = (name: string) => existsSync(join(keep, 'projects', '-work-sample', name));
  readAll(opened).purgeGone(lastAt);
  expect([kept('s-old.jsonl'), kept('s-old'), kept('s-young.jsonl')]).toEqual([true, true, true]);
  // What is kept is taken in anew from the copies, and is as old as before.
  opened.close();
  await rm(join(home, 'search.db'));
  database = openIndex(join(home, 'search.db'));
  const indexer = readAll(database);
  reader = createIndexReader({ database, now: () => 0 });
  expect(reader.get('s-old').facts).toMatchObject({ gone: true, lastAt });
  indexer.purgeGone(lastAt + 1);
  expect([kept('s-old.jsonl'), kept('s-old'), kept('s-young.jsonl')]).toEqual([false, false, true]);
  expect(() => reader.get('s-old')).toThrow(/no session/);
  expect(reader.get('s-young').facts.gone).toBe(true);
  // It is no younger, but Claude still has it.
  expect(reader.get('s-there').facts.gone).toBe(false);
  expect(reader.get('s-there').facts.lastAt).toBeLessThanOrEqual(lastAt);
  expect(existsSync(there)).toBe(true);
});

test('a session is read once, whichever folders have it; what was removed for good is found no more', async () => {
  const lines = sampleLines('s-1', 3);
  const path = await writeTranscript(folder, '-work-sample', 's-1', lines);
  const other = join(home, 'other');
  await writeTranscript(other, '-old', 's-1', lines);
  await writeTranscript(other, '-old', 's-2', sampleLines('s-22', 2));
  const folders = [folder, other];
  const opened = openIndex(join(home, 'search.db'));
  database = opened;
  const indexer = createIndexer({ database: opened, folders, now: () => performance.now() });
  const readAll = () => {
    indexer.scan();
    while (indexer.step());
  };
  const reader = createIndexReader({ database: opened, now: () => performance.now() });
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 12, turns: 3, gone: false });
  const used = reader.usage(null, null).reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  await rm(path);
  readAll();
  // The copy takes its place.
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 12, turns: 3, gone: false });
  folders.pop();
  readAll();
  expect(() => reader.get('s-1')).toThrow(/no session/);
  expect(() => reader.get('s-2')).toThrow(/no session/);
  for (const table of ['words', 'trigrams'])
    expect(opened.all(`SELECT rowid FROM ${table} WHERE ${table} MATCH '"con" OR "sta"'`)).toEqual([]);
  expect(opened.get('SELECT count(*) AS count FROM records')).toEqual({ count: 0 });
  // What it cost was spent all the same.
  expect(reader.usage(null, null).reduce((sum, { outputTokens }) => sum + outputTokens, 0)).toBe(used);
  folders.push(other);
  readAll();
  expect(reader.get('s-1').facts).toMatchObject({ records: 12, turns: 3 });
  expect(reader.usage(null, null).reduce((sum, { outputTokens }) => sum + outputTokens, 0)).toBe(used);
  await rm(join(other, 'projects', '-old', 's-2.jsonl'));
  readAll();
  expect(reader.get('s-2').facts.gone).toBe(true);
  indexer.purgeGone();
  expect(() => reader.get('s-2')).toThrow(/no session/);
  expect(reader.get('s-1').facts.records).toBe(12);
});

test('10,000 malformed, truncated, binary and giant lines are skipped and counted, and the good ones are kept', async () => {
  const random = createRandom(seed);
  const good = sampleLines('s-1', 500);
  const lines: (string | Buffer)[] = [];
  let bad = 0;
  const broken = (line: string): string | Buffer => {
    switch (Math.floor(random() * 8)) {
      case 0:
        return line.slice(0, 1 + Math.floor(random() * (line.length - 2)));
      case 1:
        return Buffer.from(
          Array.from({ length: 1 + Math.floor(random() * 200) }, () => 128 + Math.floor(random() * 128)),
        );
      case 2:
        return '[1, 2, 3]';
      case 3:
        return `${line.slice(0, -1)}`;
      case 4:
        return '\u0000'.repeat(1 + Math.floor(random() * 50));
      case 5:
        return '{"type":"user","message":'.repeat(1 + Math.floor(random() * 40));
      case 6:
        return `"${'x'.repeat(Math.floor(random() * 3000))}"`;
      default:
        return `null`;
    }
  };
  while (bad < 10_000) {
    lines.push(broken(good[Math.floor(random() * good.length)] ?? ''));
    bad += 1;
    const line = good[bad - 1];
    if (line) lines.push(line);
  }
  lines.push(Buffer.alloc(maxLineBytes + 10, 120));
  bad += 1;
  await writeTranscript(folder, '-work-sample', 's-1', lines);
  await writeTranscript(folder, '-work-sample', 's-good', good);
  const { reader, indexer } = index();
  expect(reader.get('s-1').facts, `seed ${seed}`).toMatchObject({ skipped: bad, records: 2000, turns: 500 });
  expect(indexer.state('up-to-date', null).skippedLines).toBe(bad);
});

test('records of odd shapes break nothing', async () => {
  const message = (content: unknown, more: object = {}) =>
    JSON.stringify({ type: 'assistant', message: { id: 'm', model: 'x', content, usage: {}, ...more } });
  const lines = [
    message([{ type: 'tool_use', id: 'constructor', name: 'constructor', input: { file_path: 7 } }]),
    message([{ type: 'tool_use', id: '__proto__', name: '__proto__', input: [1] }]),
    message([null, 7, 'x', { type: 'text' }, { type: 'text', text: 'fine \u0000 \ud800 text' }]),
    message(null, { usage: { input_tokens: 1.5, output_tokens: -3, cache_read_input_tokens: 1e300 } }),
    JSON.stringify({
      type: 'user',
      message: { content: [{ type: 'tool_result', tool_use_id: 'toString', content: 5 }] },
    }),
    JSON.stringify({ type: 'user', timestamp: 'never', message: { content: 'hello' } }),
    JSON.stringify({ type: 'user', timestamp: '-271821-04-20T00:00:00.000Z', message: { content: 'old' } }),
    JSON.stringify({ type: 'something-new', data: 1 }),
    `{"type":"user","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  ];
  await writeTranscript(folder, '-work-sample', 's-1', lines);
  const { reader } = index();
  const { facts } = reader.get('s-1');
  expect(facts).toMatchObject({ skipped: 0, unknown: 1, turns: 2 });
  const { items } = reader.messages('s-1', 0, 100, []);
  expect(items.map(({ role }) => role)).toEqual(['tool', 'tool', 'assistant', 'result', 'user', 'user']);
});

test(`killed ${killRounds} times while it indexes, the rows equal those of a fresh index`, async () => {
  const random = createRandom(seed);
  for (let session = 0; session < 12; session += 1)
    await writeTranscript(
      folder,
      `-work-${session % 3}`,
      `s-${session}`,
      sampleLines(`s-${session}`, 30 + session, 1_790_000_000_000 + session * 20_000),
    );
  const agents = join(folder, 'projects', '-work-0', 's-0', 'subagents');
  await mkdir(agents, { recursive: true });
  await writeFile(join(agents, 'agent-abc.jsonl'), `${sampleLines('s-00', 4, 1_790_000_030_000).join('\n')}\n`);
  const whole = index('whole.db');
  const wanted = contents(whole.database);
  const program = fileURLToPath(new URL('../../testing/index-child.ts', import.meta.url));
  const file = join(home, 'killed.db');
  let killed = 0;
  while (killed < killRounds) {
    const child = spawn(process.execPath, [program, file, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let batches = 0;
    const last = 1 + Math.floor(random() * 12);
    child.stdout.on('data', (data: Buffer) => {
      batches += data.toString().split('\n').length - 1;
      if (batches >= last) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (signal === null) await Promise.all(['', '-wal', '-shm'].map((end) => rm(`${file}${end}`, { force: true })));
    killed += 1;
  }
  const resumed = index('killed.db');
  expect(contents(resumed.database) === wanted, `seed ${seed}`).toBe(true);
  expect(resumed.database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});
