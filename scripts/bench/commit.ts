import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { createStatementTimes } from '../../main/orchestrator/database/statement-times.ts';
import { createEvents } from '../../main/orchestrator/events.ts';
import { createPlainSearchIndex } from '../../main/testing/search-index-fixture.ts';
import type { Worker } from '../../shared/workers.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison, spread } from './statistics.ts';
import { fillDataFolder } from './stored-data.ts';
import { fillClaudeFolder, numberOption } from './transcripts.ts';

/**
 * A change of a worker as the house keeps it (its row and the event of it in one transaction, on the disk when it is told), against
 * a bare better-sqlite3 insert of as many bytes with `synchronous=FULL`, both sides alternating, while transcripts are indexed
 * beside (P16). `npm run bench -- commit [--json] [--size MESSAGES] [--rounds N]`.
 */

const size = numberOption('size', 200_000);
const rounds = numberOption('rounds', 10);
const writesOfRound = 200;

const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
try {
  const claude = join(folder, 'claude');
  await fillClaudeFolder(claude, size);
  await fillDataFolder(folder, { workers: 50, messagesEach: 200 });
  const times = createStatementTimes(Date.now);
  const database = openDatabase(join(folder, 'control-room.db'), {
    durable: true,
    observer: {
      took: (_kind, seconds, sql) => times.took(sql, seconds),
      kept: () => undefined,
      failed: () => undefined,
    },
  });
  const events = createEvents({ database, now: Date.now });
  const [stored] = database.all<{ row: string }>('SELECT row FROM workers LIMIT 1');
  const worker = JSON.parse(stored?.row ?? '') as Worker;

  const bare = new BetterSqlite3(join(folder, 'bare.db'));
  bare.pragma('journal_mode = WAL');
  bare.pragma('synchronous = FULL');
  bare.exec('CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT)');
  const insert = bare.prepare('INSERT INTO events (body) VALUES (?)');
  // What ours writes: the row, and the event with the row in it.
  const body = `${stored?.row}${stored?.row}`;

  const search = createPlainSearchIndex({
    file: join(folder, 'search.db'),
    folder: claude,
    keepFolder: join(folder, 'kept'),
    onError: (details, message) => console.error(message, details),
  });
  search.start();
  let indexed = false;
  void (async () => {
    for await (const { state } of search.watch(undefined)) {
      indexed = state === 'up-to-date';
      if (indexed) return;
    }
  })();

  /** One write after the other, each in a turn of the loop of its own. */
  async function measure(write: (number: number) => void): Promise<number[]> {
    const took: number[] = [];
    for (let number = 0; number < writesOfRound; number += 1) {
      const startedAt = performance.now();
      write(number);
      took.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return took;
  }

  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(
      ...(await measure((number) =>
        database.transaction(() => {
          const row = { ...worker, lastActivityAt: number };
          database.run('UPDATE workers SET row = ? WHERE id = ?', JSON.stringify(row), worker.id);
          events.publish({ type: 'worker.changed', worker: row });
        }),
      )),
    );
    reference.push(...(await measure(() => insert.run(body))));
  }
  const indexing = indexed ? 'it was over before the end: give a larger --size' : 'to the end';
  const { median, p99 } = spread(ours);
  reportComparison({
    name: `A change that is told when it is on the disk, beside indexing (${indexing}) (P16)`,
    unit: 'ms',
    ours,
    reference,
    verdict: `p50 ${median.toFixed(2)}, p99 ${p99.toFixed(2)} ms, goal 1 and 10, stretch 0.5 and 4; bare p50 ${spread(reference).median.toFixed(2)}, p99 ${spread(reference).p99.toFixed(2)}`,
  });
  await search.close();
  bare.close();
  database.close();
  reportLoad();
} finally {
  await rm(folder, { recursive: true, force: true });
}
