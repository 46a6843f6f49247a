import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Backup,
  type BackupCheck,
  type BackupState,
  type BackupWork,
  backupCheckSchema,
} from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';
import type { DoctorCheck } from '../../../shared/health.ts';
import type { Settings } from '../../../shared/settings.ts';
import { createWatchers } from '../watchers.ts';
import {
  backupsFolder,
  freeBytesOf,
  freeStem,
  listBackups,
  makeFolder,
  removeBackup,
  sweepUnfinished,
  writeDurably,
} from './backup-files.ts';
import type { BackupJob, JobResult } from './backup-job.ts';
import { drillFile, foldersFile, passphraseFile } from './places.ts';
import type { RestoreSwap } from './restore-swap.ts';
import { type RunningJob, startJob } from './run-job.ts';
import { createSchedule } from './schedule.ts';
import { importedType } from './take-in.ts';
import { createTransfers } from './transfers.ts';

/** So much stays free beside a backup, in bytes. */
const reserveBytes = 64 * 1024 * 1024;
const hourMs = 3_600_000;
/** Copies of before a restore that are kept. */
const keptSafety = 3;
/** For so long it is told that the database was damaged. */
const damageToldMs = 3 * 24 * hourMs;
/** Half as old again as it should be: then something is wrong with making them. */
const lateFactor = 1.5;

export type Backups = ReturnType<typeof createBackups>;

/** Copies of the state: made, kept, checked and put back. */
export function createBackups(deps: {
  dataDir: string;
  databaseFile: string;
  version: string;
  now: () => number;
  settings: () => Settings;
  program: URL;
  swap: RestoreSwap;
  /** Small secret files that only an encrypted backup takes along, by name in the data folder. */
  keyFiles: readonly string[];
  /** Starts the orchestrator again in its place; false where nobody can. */
  restart: () => boolean;
  log: { info(details: object, message: string): void; warn(details: object, message: string): void };
}) {
  const { dataDir, now, settings, swap, log } = deps;
  const watchers = createWatchers();
  let items: Backup[] = [];
  let work: BackupWork | null = null;
  let running: RunningJob<unknown> | undefined;
  let problem: string | null = null;
  let lastDrill: BackupCheck | null = null;
  let freeBytes: number | null = null;
  let hasPassphrase = false;
  let lastRestore: BackupState['lastRestore'] = null;
  let staged: string | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;

  const folder = (): string => settings().backupFolder || join(dataDir, backupsFolder);
  /** Ours: what came from elsewhere says nothing of how well the present is kept. */
  const newest = (): Backup | undefined => items.find(({ type }) => type !== importedType);
  const newestAt = (): number | null => newest()?.createdAt ?? null;

  const schedule = createSchedule({
    everyMs: () => settings().backupEveryHours * hourMs,
    lastAt: newestAt,
    now,
    run: async () => void (await create({ type: 'scheduled', description: '' })),
  });

  async function look(): Promise<void> {
    items = await listBackups(folder());
    freeBytes = await freeBytesOf(folder());
    hasPassphrase = (await readPassphrase()) !== null;
    lastRestore = swap.lastRecord();
    staged = swap.staged();
    watchers.tell();
  }

  /** One thing after the other. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const next = turn.then(() => {
      if (closed) throw new AppError('UNAVAILABLE', 'Control Room is ending.');
      return action();
    });
    turn = next.catch(() => undefined);
    return next;
  }

  async function doJob<Job extends BackupJob>(
    what: BackupWork['what'],
    name: string | null,
    job: Job,
  ): Promise<JobResult<Job>> {
    const startedAt = now();
    const step = (at: BackupWork['step'], part: number | null): void => {
      work = { what, backup_filename: name, step: at, part, startedAt };
      watchers.tell();
    };
    step(job.kind === 'take' ? 'copying' : job.kind === 'take-in' ? 'reading-back' : 'unpacking', 0);
    const started = startJob(deps.program, job, step);
    running = started;
    try {
      return await started.result;
    } finally {
      running = undefined;
      work = null;
      watchers.tell();
    }
  }

  async function readPassphrase(): Promise<string | null> {
    return readFile(join(dataDir, passphraseFile), 'utf8').catch(() => null);
  }

  async function requireSpace(compressed: boolean): Promise<void> {
    const sizes = await Promise.all(
      ['', '-wal'].map((ending) =>
        stat(`${deps.databaseFile}${ending}`).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const needed = sizes.reduce((sum, size) => sum + size, 0) * (compressed ? 2 : 1) + reserveBytes;
    freeBytes = await freeBytesOf(folder());
    if (freeBytes === null || freeBytes >= needed) return;
    throw new AppError(
      'UNAVAILABLE',
      `A backup needs ${mib(needed)} free in ${folder()}, where ${mib(freeBytes)} are left. Free some space, or choose another folder in the settings.`,
      { neededBytes: needed, freeBytes },
    );
  }

  function create(input: { type: string; description: string }): Promise<Backup> {
    return inTurn(async () => {
      try {
        const backup = await take(input);
        problem = null;
        schedule.done();
        return backup;
      } catch (error) {
        if (!closed) {
          problem = `The last backup failed: ${(error as Error).message}`;
          log.warn({ error, type: input.type }, 'a backup could not be made');
        }
        throw asAppError(error);
      } finally {
        await look();
      }
    });
  }

  async function take(input: { type: string; description: string }): Promise<Backup> {
    const { backupCompress, backupEncrypt, backupSecondFolder } = settings();
    await makeFolder(folder());
    const passphrase = backupEncrypt ? await readPassphrase() : null;
    if (backupEncrypt && passphrase === null)
      throw new AppError(
        'UNPROCESSABLE',
        'Backups are to be encrypted, but there is no passphrase. Set one in the settings, or switch encryption off.',
      );
    await requireSpace(backupCompress || passphrase !== null);
    const at = now();
    const backup = await doJob('backup', null, {
      kind: 'take',
      database: deps.databaseFile,
      folder: folder(),
      stem: await freeStem(folder(), at, input.type),
      type: input.type.toLowerCase(),
      description: input.description,
      at,
      compressed: backupCompress,
      passphrase,
      secondFolder: backupSecondFolder || null,
      appVersion: deps.version,
      keyFiles: deps.keyFiles.map((name) => ({ name, path: join(dataDir, name) })),
    });
    if (backup.second?.problem)
      log.warn({ second: backup.second }, 'a backup could not be copied to the second location');
    writeDurably(join(dataDir, foldersFile), JSON.stringify([folder(), backupSecondFolder].filter(Boolean)));
    await rotate(folder(), backup.type);
    if (backupSecondFolder) await rotate(backupSecondFolder, backup.type);
    return backup;
  }

  /** Removes what is more than is to be kept, of one type. */
  async function rotate(at: string, type: string): Promise<void> {
    const kept = type === safetyType ? keptSafety : settings().backupKeep;
    const all = (await listBackups(at)).filter((backup) => backup.type === type);
    for (const { backup_filename } of all.slice(kept)) await removeBackup(at, backup_filename);
  }

  async function find(name: string): Promise<Backup> {
    await look();
    const found = items.find(({ backup_filename }) => backup_filename === name);
    if (found) return found;
    throw new AppError('NOT_FOUND', `There is no backup ${name} in ${folder()}. GET /api/backup lists what there is.`, {
      backup_filename: name,
    });
  }

  async function passphraseFor(backup: Backup, given: string | undefined): Promise<string | null> {
    return backup.encrypted ? (given ?? (await readPassphrase())) : null;
  }

  async function check(what: 'check' | 'drill', backup: Backup, given: string | undefined): Promise<BackupCheck> {
    const startedAt = performance.now();
    await requireSpace(false);
    // Within the data folder: what it holds is for its owner alone.
    const place = await mkdtemp(join(dataDir, 'restore-drill-'));
    const result = (ok: boolean, why: string | null, tables = 0, rows = 0): BackupCheck => ({
      backup_filename: backup.backup_filename,
      ok,
      problem: why,
      checkedAt: now(),
      tookMs: Math.round(performance.now() - startedAt),
      tables,
      rows,
    });
    try {
      const passphrase = await passphraseFor(backup, given);
      const { tables, rows } = await doJob(what, backup.backup_filename, {
        kind: 'open',
        folder: folder(),
        backup,
        passphrase,
        into: join(place, 'restored.db'),
      });
      return result(true, null, tables, rows);
    } catch (error) {
      if (error instanceof AppError && error.code !== 'UNPROCESSABLE') throw error;
      return result(false, (error as Error).message);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }

  function restore(input: { backup_filename: string; passphrase?: string | undefined; confirm: boolean }, by: string) {
    if (!input.confirm)
      throw new AppError(
        'BAD_REQUEST',
        'A restore replaces the present state. Send "confirm": true to go on; a copy of the present is made first.',
        { field: 'confirm' },
      );
    return inTurn(async () => {
      const backup = await find(input.backup_filename);
      if (backup.schemaVersion > latestSchema())
        throw new AppError(
          'CONFLICT',
          `This backup was made by a newer Control Room (${backup.appVersion}, schema ${backup.schemaVersion}; this one knows ${latestSchema()}). Install that version to restore it.`,
          { schemaVersion: backup.schemaVersion },
        );
      const into = swap.clear();
      const passphrase = await passphraseFor(backup, input.passphrase);
      await requireSpace(true);
      try {
        await doJob('restore', backup.backup_filename, { kind: 'open', folder: folder(), backup, passphrase, into });
        const safety = await take({ type: safetyType, description: `Before the restore of ${backup.backup_filename}` });
        swap.stage({
          backup_filename: backup.backup_filename,
          safety_backup: safety.backup_filename,
          by,
          at: now(),
          why: 'asked',
          setAside: null,
        });
        const restarts = deps.restart();
        log.info({ backup: backup.backup_filename, safety: safety.backup_filename, by }, 'a backup is restored');
        return {
          backup_filename: backup.backup_filename,
          safety_backup: safety.backup_filename,
          state: restarts ? ('restarting' as const) : ('staged' as const),
          message: restarts
            ? 'Control Room starts again in its place with the restored state; what runs goes on.'
            : 'It is restored at the next start of Control Room.',
        };
      } catch (error) {
        rmSync(into, { force: true });
        throw asAppError(error);
      } finally {
        await look();
      }
    });
  }

  const transfers = createTransfers({
    folder,
    find,
    now,
    latestSchema: () => latestSchema(),
    storedPassphrase: readPassphrase,
    takeIn: (job) =>
      inTurn(() =>
        doJob('take-in', null, job)
          .catch((error: unknown) => {
            throw asAppError(error);
          })
          .finally(look),
      ),
  });

  const latestSchema = (): number => deps.swap.latestSchema;

  function state(): BackupState {
    return {
      items,
      folder: folder(),
      freeBytes,
      work,
      newestAt: newestAt(),
      nextAt: schedule.nextAt(),
      problem,
      lastDrill,
      lastRestore,
      staged,
      hasPassphrase,
    };
  }

  return {
    /** Sweeps what an end in the middle left, and makes them from now on by itself. */
    async start(): Promise<void> {
      await inTurn(async () => {
        await sweepUnfinished(folder());
        const drilled = await readFile(join(dataDir, drillFile), 'utf8').catch(() => 'null');
        lastDrill = backupCheckSchema.nullable().catch(null).parse(jsonOf(drilled));
        if (settings().backupSecondFolder) await sweepUnfinished(settings().backupSecondFolder);
        await look();
      });
      if (!closed) schedule.start();
      watchers.tell();
    },
    create,
    async list(query: { limit: number; cursor?: string | undefined }) {
      await look();
      const start =
        query.cursor === undefined ? 0 : items.findIndex((item) => item.backup_filename === query.cursor) + 1;
      const page = items.slice(start, start + query.limit);
      const isLast = start + query.limit >= items.length;
      return { items: page, nextCursor: isLast ? null : (page.at(-1)?.backup_filename ?? null) };
    },
    async state(): Promise<BackupState> {
      await look();
      return state();
    },
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, state),
    describe: find,
    remove: (name: string) =>
      inTurn(async () => {
        const backup = await find(name);
        await removeBackup(folder(), name);
        if (backup.second && !backup.second.problem)
          await removeBackup(settings().backupSecondFolder || folder(), name);
        await look();
        return { backup_filename: name };
      }),
    verify: (name: string, passphrase: string | undefined) =>
      inTurn(async () => check('check', await find(name), passphrase)),
    drill: () =>
      inTurn(async () => {
        await look();
        const tried = newest();
        if (!tried) throw new AppError('NOT_FOUND', 'There is no backup yet: make one first.');
        lastDrill = await check('drill', tried, undefined);
        writeDurably(join(dataDir, drillFile), JSON.stringify(lastDrill));
        watchers.tell();
        return lastDrill;
      }),
    restore,
    undoRestore(confirm: boolean, by: string) {
      const last = swap.lastRecord();
      if (!last?.safety_backup)
        throw new AppError(
          'NOT_FOUND',
          'There is no restore to undo: nothing was restored, or no copy of before it is left.',
        );
      return restore({ backup_filename: last.safety_backup, confirm }, by);
    },
    async setPassphrase(passphrase: string | null) {
      if (passphrase === null) await rm(join(dataDir, passphraseFile), { force: true });
      else writeDurably(join(dataDir, passphraseFile), passphrase);
      hasPassphrase = passphrase !== null;
      watchers.tell();
      return { hasPassphrase };
    },
    /** Files that go out, and those that come in. */
    transfers,
    settingsChanged(): void {
      schedule.settingsChanged();
      void look();
    },
    /** When the newest was made; null while there is none. */
    newestAt,
    /** How it stands with them, for the doctor and health. */
    check(): DoctorCheck {
      const about = { id: 'backups', title: 'Backups' };
      const every = settings().backupEveryHours * hourMs;
      const at = newestAt();
      const second = newest()?.second?.problem ?? null;
      if (problem)
        return {
          ...about,
          state: 'error',
          detail: problem,
          fix: 'Make one now under Backups & data; the reason is told there.',
        };
      if (second)
        return { ...about, state: 'warning', detail: second, fix: 'Mend the second location or choose another one.' };
      if (every > 0 && at !== null && now() - at > every * lateFactor)
        return {
          ...about,
          state: 'warning',
          detail: `The newest is from ${new Date(at).toISOString()}, older than it should be.`,
          fix: 'Make one now under Backups & data.',
        };
      if (lastRestore?.why === 'damage' && now() - lastRestore.at < damageToldMs)
        return {
          ...about,
          state: 'warning',
          detail: `The database was damaged at ${new Date(lastRestore.at).toISOString()}; ${lastRestore.backup_filename ?? 'an empty one'} took its place. The damaged files lie in ${lastRestore.setAside}.`,
          fix: 'Look at the disk, and at Backups & data for what is missing.',
        };
      const detail =
        at === null ? 'None was made yet.' : `${items.length}, the newest from ${new Date(at).toISOString()}.`;
      return { ...about, state: 'ok', detail, fix: null };
    },
    async close(): Promise<void> {
      closed = true;
      schedule.close();
      watchers.close();
      await running?.cancel();
      await turn;
      await transfers.close();
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

const safetyType = 'before-restore';

const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;

/** What a disk says, for the caller. */
function asAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const texts: Record<string, string> = {
    EACCES:
      'The folder for backups cannot be written. Make it writable for this user, or choose another one in the settings.',
    EROFS: 'The folder for backups is on a disk that can only be read. Choose another one in the settings.',
    ENOENT: 'The folder for backups is gone. Make it anew, or choose another one in the settings.',
    ENOSPC: 'The disk is full: the backup could not be made. Free some space and try again.',
  };
  const text = texts[code];
  return text ? new AppError('UNAVAILABLE', text, { code }, { cause: error }) : error;
}
