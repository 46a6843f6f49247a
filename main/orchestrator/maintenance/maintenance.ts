import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type DatabaseCheck,
  type DatabaseState,
  databaseStateSchema,
  type ImportReport,
} from '../../../shared/database.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Database } from '../database/database.ts';
import { migrations } from '../database/migrate.ts';
import type { StatementTimes } from '../database/statement-times.ts';
import { vacuumedFile, wantVacuum } from '../database/vacuum.ts';
import { startThread, type ThreadClient } from '../thread-client.ts';
import { createWatchers } from '../watchers.ts';
import type { MaintenanceThread } from './maintenance-thread.ts';

/** Rows that are looked at of each index: enough for planning, and done in some milliseconds. */
const analysisRows = 1000;
/** Files of the data folder that hold data which can be made again. */
const derivedFiles = /^(search|cache|meanings)\.db/;

/** Below the data folder. */
const exportsFolder = 'exports';
/** An export up to this size is in the answer too. */
const carriedBytes = 15 * 1024 * 1024;

/** Whether the database was looked through, and what was found. */
export interface DatabaseIntegrity {
  unchecked: boolean;
  checking: boolean;
  lastCheck: DatabaseCheck | null;
}

export type Maintenance = ReturnType<typeof createMaintenance>;

/** What keeps the state's database in order, and tells how it is. Nothing of it holds up the main loop. */
export function createMaintenance(deps: {
  database: Database;
  times: StatementTimes;
  dataDir: string;
  version: string;
  now: () => number;
  settings: () => Settings;
  program: URL;
  /** Starts the orchestrator again in its place; false where nobody can. */
  restart: () => boolean;
  /** The last end was none of its own, and nobody has looked through the database since. */
  unchecked: boolean;
  /** What a look through all of it found. */
  onCheck: (check: DatabaseCheck) => void;
  log: { info(details: object, message: string): void; error(details: object, message: string): void };
}) {
  const { database, now } = deps;
  const watchers = createWatchers();
  let work: DatabaseState['work'] = null;
  let tables: DatabaseState['tables'] = null;
  let measuredAt: number | null = null;
  let lastCheck: DatabaseCheck | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let thread: ThreadClient<MaintenanceThread> | undefined;
  let closed = false;

  /** One thing after the other, each with a thread of its own. */
  function inThread<T>(action: (asked: ThreadClient<MaintenanceThread>) => Promise<T>): Promise<T> {
    const next = turn.then(async () => {
      if (closed) throw new AppError('UNAVAILABLE', 'Control Room is ending.');
      thread = startThread<MaintenanceThread>(deps.program);
      try {
        return await action(thread);
      } catch (error) {
        if (closed) throw new AppError('UNAVAILABLE', 'Control Room is ending.', undefined, { cause: error });
        throw error;
      } finally {
        await thread.close();
        thread = undefined;
        work = null;
        watchers.tell();
      }
    });
    turn = next.catch(() => undefined);
    return next;
  }

  function tellWork(what: NonNullable<DatabaseState['work']>['what'], part: number): void {
    work = { what, part };
    watchers.tell();
  }

  let unchecked = deps.unchecked;
  const listeners = new Set<() => void>();
  function tellIntegrity(): void {
    for (const listener of [...listeners]) listener();
  }

  /** Looks through all of it in a thread; quickly: without comparing indexes with rows. */
  function check(quickly = false): Promise<DatabaseCheck> {
    return inThread(async (asked) => {
      const startedAt = performance.now();
      tellWork('check', 0);
      tellIntegrity();
      const problems: string[] = [];
      try {
        const names = await asked.ask('tables', database.path);
        for (const [index, name] of names.entries()) {
          problems.push(...(await asked.ask(quickly ? 'quickCheckTable' : 'checkTable', database.path, name)));
          tellWork('check', (index + 1) / (names.length + 1));
        }
        if (problems.length === 0) problems.push(...(await asked.ask('checkRest', database.path)));
      } catch (error) {
        if (closed) throw error;
        // A file that is too broken to be looked at.
        problems.push((error as Error).message);
      }
      const found = [...new Set(problems)].slice(0, 50);
      lastCheck = { at: now(), ok: found.length === 0, problems: found, tookMs: performance.now() - startedAt };
      unchecked = false;
      if (!lastCheck.ok)
        deps.log.error({ problems: found }, 'the database is damaged; the next start restores a backup');
      deps.onCheck(lastCheck);
      tellIntegrity();
      return lastCheck;
    });
  }

  async function measure(): Promise<DatabaseState> {
    await inThread(async (asked) => {
      tellWork('measure', 0);
      tables = await asked.ask('measure', database.path);
      measuredAt = now();
    });
    return state();
  }

  async function filesOf(): Promise<DatabaseState['files']> {
    const found: DatabaseState['files'] = [];
    for (const name of await readdir(deps.dataDir).catch(() => [] as string[])) {
      if (!/\.db(-wal|-shm)?$|\.db\.before-\d+$/.test(name) || name.startsWith('lock.db')) continue;
      const file = await stat(join(deps.dataDir, name)).catch(() => undefined);
      if (file?.isFile()) found.push({ name, sizeBytes: file.size, derived: derivedFiles.test(name) });
    }
    return found.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
  }

  const pragma = (name: string): number =>
    Object.values(database.get<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0] ?? 0;

  async function state(): Promise<DatabaseState> {
    const applied = pragma('user_version');
    const vacuumed = await readFile(join(dirname(database.path), vacuumedFile), 'utf8').catch(() => 'null');
    return {
      path: database.path,
      schema: {
        applied,
        latest: migrations.at(-1)?.id ?? 0,
        migrations: migrations.map(({ id, name }) => ({ id, name, applied: id <= applied })),
      },
      files: await filesOf(),
      tables,
      measuredAt,
      freeBytes: pragma('freelist_count') * pragma('page_size'),
      lastCheck,
      work,
      lastVacuum: databaseStateSchema.shape.lastVacuum.catch(null).parse(jsonOf(vacuumed)),
      retention: retentionOf(deps.settings()),
    };
  }

  /** Has it started again in its place, where somebody can. */
  function startedAnew(doing: string) {
    const restarts = deps.restart();
    return {
      state: restarts ? ('restarting' as const) : ('staged' as const),
      message: restarts
        ? `Control Room starts again in its place and ${doing}; what runs goes on.`
        : 'It is done at the next start of Control Room.',
    };
  }

  return {
    state,
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, state),
    check: () => check(),
    /** After an end that was none of its own: looks through what was too large for a start, beside everything else. */
    async checkAfterEnd(): Promise<void> {
      if (!unchecked) return;
      deps.log.info({}, 'the last end was none of its own: the database is looked through');
      const { ok, tookMs } = await check(true);
      if (ok) deps.log.info({ duration_ms: Math.round(tookMs) }, 'the database is whole');
    },
    /** Whether all of it was looked through, and what was found. */
    integrity: (): DatabaseIntegrity => ({ unchecked, checking: work?.what === 'check', lastCheck }),
    /** Calls at each change of that. Gives a function that ends it. */
    onIntegrity(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Starts anew in its place, where the damaged database is set aside and the newest whole backup takes its place. */
    mend(confirm: boolean) {
      if (lastCheck?.ok !== false)
        throw new AppError(
          'CONFLICT',
          'No damage is known. Look through the database first: POST /api/database/check.',
        );
      if (!confirm)
        throw new AppError(
          'BAD_REQUEST',
          'What came after the newest backup is lost where it cannot be read any more. Send "confirm": true to go on.',
          { field: 'confirm' },
        );
      return startedAnew('sets the damaged database aside; the newest whole backup takes its place');
    },
    measure,
    async vacuum() {
      const { size } = await stat(database.path);
      const free = await statfs(dirname(database.path)).catch(() => undefined);
      if (free && free.bavail * free.bsize < size * 2)
        throw new AppError(
          'UNAVAILABLE',
          `VACUUM writes the file anew and needs ${Math.ceil((size * 2) / 1024 / 1024)} MiB free beside ${basename(database.path)}. Free some space and try again.`,
        );
      wantVacuum(database.path);
      return startedAnew('writes the file anew');
    },
    analyze() {
      const startedAt = performance.now();
      database.exec(`PRAGMA analysis_limit = ${analysisRows}; ANALYZE`);
      return { tookMs: performance.now() - startedAt };
    },
    checkpoint: () =>
      inThread(async (asked) => {
        const startedAt = performance.now();
        await asked.ask('checkpoint', database.path);
        // What came since is little.
        database.get('PRAGMA wal_checkpoint(TRUNCATE)');
        const log = `${database.path}-wal`;
        return { logBytes: existsSync(log) ? (await stat(log)).size : 0, tookMs: performance.now() - startedAt };
      }),
    /** Writes an export beside the data and gives it, where it is small enough to be carried. */
    export: () =>
      inThread(async (asked) => {
        const createdAt = now();
        const fileName = `control-room-export-${new Date(createdAt).toISOString().replace(/[:.]/g, '-')}.jsonl.gz`;
        const folder = join(deps.dataDir, exportsFolder);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const path = join(folder, fileName);
        tellWork('export', 0);
        const rows = await asked.ask('exportTo', database.path, path, { appVersion: deps.version, createdAt });
        const { size: sizeBytes } = await stat(path);
        const base64 = sizeBytes <= carriedBytes ? (await readFile(path)).toString('base64') : null;
        return { fileName, mediaType: 'application/gzip', path, sizeBytes, rows, base64 };
      }),
    import: (input: { path?: string | undefined; base64?: string | undefined; dryRun: boolean; replace: boolean }) =>
      inThread(async (asked) => {
        const { dryRun, replace } = input;
        const place = await mkdtemp(join(deps.dataDir, 'import-'));
        try {
          const given = join(place, 'given.jsonl.gz');
          if (input.base64 !== undefined) await writeFile(given, Buffer.from(input.base64, 'base64'), { mode: 0o600 });
          tellWork('import', 0);
          const file = input.base64 === undefined ? (input.path ?? '') : given;
          const report = await asked.ask('importFrom', database.path, file, join(place, 'source.db'), {
            dryRun,
            replace,
          });
          const changed = report.tables.some(({ added, replaced }) => added + replaced > 0);
          // What is held in memory is of before.
          const state = dryRun || !changed ? 'none' : deps.restart() ? 'restarting' : 'staged';
          return { ...report, state } satisfies ImportReport;
        } finally {
          await rm(place, { recursive: true, force: true });
        }
      }),
    slow: deps.times.slow,
    forgetSlow() {
      deps.times.forget();
      return deps.times.slow();
    },
    async close(): Promise<void> {
      closed = true;
      watchers.close();
      await thread?.close();
      await turn;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Damaged: as good as none.
    return null;
  }
}

const days = (count: number): string => (count === 0 ? 'for ever' : `${count} days`);

function retentionOf(settings: Settings): DatabaseState['retention'] {
  return [
    { what: 'Projects, workers, conversations, approvals', kept: 'until they are removed', setting: null },
    { what: 'Events, for clients that come back', kept: 'the newest 50,000', setting: null },
    { what: 'Audit', kept: days(settings.auditDays), setting: 'auditDays' },
    { what: 'Deliveries to webhooks', kept: '30 days, the newest 1,000 of each', setting: null },
    { what: 'Output of ended terminals', kept: days(settings.terminalLogDays), setting: 'terminalLogDays' },
    { what: 'Sessions that Claude deleted', kept: days(settings.keepDeletedDays), setting: 'keepDeletedDays' },
    { what: 'Sessions in the trash', kept: days(settings.trashDays), setting: 'trashDays' },
    { what: 'Files that were deleted here', kept: '14 days', setting: null },
    { what: 'Backups', kept: `the newest ${settings.backupKeep} of each type`, setting: 'backupKeep' },
  ];
}
