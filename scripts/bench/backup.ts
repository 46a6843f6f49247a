import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import BetterSqlite3 from 'better-sqlite3';
import { createBackups } from '../../main/orchestrator/backups/backups.ts';
import { createRestoreSwap } from '../../main/orchestrator/backups/restore-swap.ts';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import type { Settings } from '../../shared/settings.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison, spread } from './statistics.ts';
import { fillDataFolder } from './stored-data.ts';
import { numberOption } from './transcripts.ts';

/**
 * A backup of a database of so many MB beside commits, against SQLite's bare online backup in one step, both sides alternating
 * (P17). Ours is compared by its copying: what follows (looking through the copy, its checksum, packing, reading it back) a bare
 * backup does not do; it is told beside. The main loop's delay is of our side, where commits go on.
 * `npm run bench -- backup [--json] [--size MB] [--rounds N]`.
 */

const size = numberOption('size', 1000);
const rounds = numberOption('rounds', 5);
const resolutionMs = 1;
const commitEveryMs = 20;
/** About what a worker's message takes, in bytes. */
const messageBytes = 420;

const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
const file = join(folder, 'control-room.db');
const log = { info: () => undefined, warn: () => undefined };
const workers = 100;
try {
  await fillDataFolder(folder, { workers, messagesEach: Math.ceil((size * 1e6) / messageBytes / workers) });
  const database = openDatabase(file, { durable: true });
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const bytes =
    Number(database.get<{ page_count: number }>('PRAGMA page_count')?.page_count) *
    Number(database.get<{ page_size: number }>('PRAGMA page_size')?.page_size);
  let settings: Settings = { ...defaultSettings, backupEveryHours: 0, backupKeep: 1, backupCompress: false };
  const backups = createBackups({
    dataDir: folder,
    databaseFile: file,
    version: '0.0.0-bench',
    now: Date.now,
    settings: () => settings,
    program: new URL('../../main/orchestrator/backups/backup-thread.ts', import.meta.url),
    swap: createRestoreSwap({
      dataDir: folder,
      present: file,
      log,
      workers: { ended: (row) => row, unsure: (row) => row },
    }),
    keyFiles: [],
    restart: () => false,
    log,
  });
  const copied: number[] = [];
  const bare: number[] = [];
  const whole: number[] = [];
  const packed: number[] = [];
  const delays: { p50: number; p99: number; max: number }[] = [];

  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs);

  async function ours(compressed: boolean): Promise<void> {
    settings = { ...settings, backupCompress: compressed };
    let commits = 0;
    const committing = setInterval(() => {
      commits += 1;
      database.run('INSERT OR REPLACE INTO settings VALUES (?, ?)', 'bench', String(commits));
    }, commitEveryMs);
    // A new one each time: one that is enabled again counts the time it was off as a delay.
    const delay = monitorEventLoopDelay({ resolution: resolutionMs });
    const startedAt = performance.now();
    delay.enable();
    const { tookMs } = await backups.create({ type: 'bench', description: '' });
    delay.disable();
    delays.push({ p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) });
    clearInterval(committing);
    const took = performance.now() - startedAt;
    if (compressed) packed.push(took);
    else {
      copied.push(tookMs.copy);
      whole.push(took);
    }
  }

  /** The same commits with nothing beside them: what the machine itself costs. */
  async function alone(milliseconds: number): Promise<number> {
    const quiet = monitorEventLoopDelay({ resolution: resolutionMs });
    const committing = setInterval(
      () => database.run('INSERT OR REPLACE INTO settings VALUES (?, ?)', 'bench', 'alone'),
      commitEveryMs,
    );
    quiet.enable();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    quiet.disable();
    clearInterval(committing);
    return late(quiet.max);
  }

  async function reference(): Promise<void> {
    const target = join(folder, 'bare.db');
    const source = new BetterSqlite3(file);
    const startedAt = performance.now();
    await source.backup(target, { progress: () => 0x7fffffff });
    bare.push(performance.now() - startedAt);
    source.close();
    await rm(target);
  }

  for (let round = 0; round < rounds; round += 1) {
    await ours(false);
    await reference();
  }
  const aloneMs = await alone(Math.max(...whole));
  await ours(true);
  const rate = (milliseconds: number) => `${(bytes / 1e3 / milliseconds).toFixed(0)} MB/s`;
  reportComparison({
    name: `Copy of ${(bytes / 1e6).toFixed(0)} MB beside a commit each ${commitEveryMs} ms (P17)`,
    unit: 'ms',
    ours: copied,
    reference: bare,
    verdict: `${((spread(bare).median / spread(copied).median) * 100).toFixed(0)} % of the bare online backup, goal 70, stretch 90; ${rate(spread(copied).median)}`,
  });
  reportComparison({
    name: 'The same, looked through and with its checksum',
    unit: 'ms',
    ours: whole,
    reference: bare,
    verdict: `${rate(spread(whole).median)}; compressed and read back ${rate(spread(packed).median)}`,
  });
  const worst = (what: 'p50' | 'p99' | 'max') => Math.max(...delays.map((delay) => delay[what]));
  const loop = { p50: worst('p50'), p99: worst('p99'), max: worst('max') };
  console.log(
    process.argv.includes('--json')
      ? JSON.stringify({ name: 'Main loop meanwhile', unit: 'ms', ...loop, maxWithoutBackup: aloneMs })
      : `Main loop meanwhile, commits among it: p50 ${loop.p50.toFixed(1)}, p99 ${loop.p99.toFixed(1)}, max ${loop.max.toFixed(1)} ms; without a backup max ${aloneMs.toFixed(1)} ms (goal 16, stretch 8)`,
  );
  await backups.close();
  database.close();
  reportLoad();
} finally {
  await rm(folder, { recursive: true, force: true });
}
