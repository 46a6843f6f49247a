import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { openIndex } from '../../main/orchestrator/sessions/index-tables.ts';
import { createIndexer } from '../../main/orchestrator/sessions/indexer.ts';
import { createPlainSearchIndex } from '../../main/testing/search-index-fixture.ts';
import { reportComparison, spread } from './statistics.ts';
import { appendLines, fillClaudeFolder, numberOption } from './transcripts.ts';

/**
 * The first index of transcripts against JSON.parse and bare FTS5 inserts of the same texts in one thread, both sides
 * alternating (P14); and how long after a line was written it can be found, beside busy workers (P15).
 * `npm run bench -- index [--json] [--size MESSAGES] [--rounds N]`.
 */

const size = numberOption('size', 100_000);
const rounds = numberOption('rounds', 5);
const busyWorkers = 8;
const lines = numberOption('lines', 400);

const home = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
const folder = join(home, 'claude');
try {
  const { bytes } = await fillClaudeFolder(folder, size);
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await index());
    reference.push(await bare());
  }
  reportComparison({
    name: `First index of ${size} messages (${(bytes / 1e6).toFixed(0)} MB of transcripts)`,
    unit: 's',
    ours,
    reference,
    verdict: `goal 1.3 times JSON.parse and bare FTS5, stretch 0.8; ${(bytes / 1e6 / spread(ours).median).toFixed(1)} MB/s`,
  });

  await freshness();
} finally {
  await rm(home, { recursive: true, force: true });
}

async function clear(file: string): Promise<void> {
  for (const ending of ['', '-wal', '-shm']) await rm(`${file}${ending}`, { force: true });
}

async function index(): Promise<number> {
  const file = join(home, 'ours.db');
  await clear(file);
  const startedAt = performance.now();
  const database = openIndex(file);
  const indexer = createIndexer({ database, folders: [folder], now: () => performance.now() });
  indexer.scan();
  while (indexer.step());
  const took = (performance.now() - startedAt) / 1000;
  database.close();
  return took;
}

/** Everything parsed, every text of a message inserted into one index of words that keeps it and one of trigrams. */
async function bare(): Promise<number> {
  const file = join(home, 'bare.db');
  await clear(file);
  const startedAt = performance.now();
  const database = openDatabase(file, { durable: false });
  database.exec(`CREATE VIRTUAL TABLE words USING fts5(text);
    CREATE VIRTUAL TABLE trigrams USING fts5(text, content='', detail=none, tokenize='trigram')`);
  let id = 0;
  for (const project of await readdir(join(folder, 'projects'))) {
    for (const name of await readdir(join(folder, 'projects', project))) {
      const text = await readFile(join(folder, 'projects', project, name), 'utf8');
      database.transaction(() => {
        for (const line of text.split('\n')) {
          if (!line) continue;
          const content = JSON.parse(line).message?.content;
          const blocks = typeof content === 'string' ? [{ text: content }] : (content ?? []);
          for (const block of blocks) {
            const said = block.text ?? block.content ?? Object.values(block.input ?? {}).join('\n');
            id += 1;
            database.run('INSERT INTO words (rowid, text) VALUES (?, ?)', id, said);
            database.run('INSERT INTO trigrams (rowid, text) VALUES (?, ?)', id, said);
          }
        }
      });
    }
  }
  const took = (performance.now() - startedAt) / 1000;
  database.close();
  return took;
}

/** From the write of a line to the first search that finds it, asked again and again as a client could. */
async function freshness(): Promise<void> {
  const file = join(home, 'ours.db');
  const found: number[] = [];
  const written: number[] = [];
  const search = createPlainSearchIndex({
    file,
    folder,
    keepFolder: join(home, 'kept'),
    onError: (details, message) => console.error(message, details),
  });
  search.start();
  // The threads alone keep no process alive.
  const alive = setInterval(() => undefined, 1000);
  try {
    for await (const { state } of search.watch(undefined)) if (state === 'up-to-date') break;
    await Promise.all(
      Array.from({ length: busyWorkers }, async (_, worker) => {
        for (let line = 0; line < lines / busyWorkers; line += 1) {
          const needle = `needle${worker}x${line}`;
          const beforeWrite = performance.now();
          const path = await appendLines(folder, `busy-${worker}`, needle);
          const startedAt = performance.now();
          written.push(startedAt - beforeWrite);
          await stat(path);
          for (;;) {
            const { items } = await search.ask('search', {
              q: needle,
              mode: 'words',
              order: 'newest',
              filter: {},
              places: {},
              archived: [],
              hidden: [],
              named: [],
              wantArchived: false,
              sessionId: null,
              limit: 1,
              cursor: null,
            });
            if (items.length > 0) break;
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
          found.push(performance.now() - startedAt);
        }
      }),
    );
  } finally {
    await search.close();
    clearInterval(alive);
  }
  const { p99 } = spread(found);
  reportComparison({
    name: `From a written line to a search that finds it, ${busyWorkers} busy workers; reference: the bare write`,
    unit: 'ms',
    ours: found,
    reference: written,
    verdict: `p99 ${p99.toFixed(0)} ms, goal 250, stretch 100`,
  });
}
