import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { type RestoreRecord, restoreRecordSchema } from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate, migrations } from '../database/migrate.ts';
import { syncFolder, writeDurably } from './backup-files.ts';
import { keysTable } from './backup-job.ts';
import { carryOver, type RestoredWorkers, withoutPresent } from './carry-over.ts';

/*
 * A restore changes the database file while nobody has it open: at a start, before anything else. `plan.json` says that there is
 * one; each step can be cut off at any moment and is gone on with at the next start.
 *
 *   asked      incoming.db stands beside it, checked; the database is as it was
 *   prepared   incoming.db is fit for the present; the database is as it was, its log empty
 *   (renames)  the database and its log go to `previous/` or to where damaged files are set aside, incoming.db takes its place
 *   (done)     the record is written, then the plan removed
 */
const folderName = 'restore';
const endings = ['', '-wal', '-shm', '-journal'] as const;

const planSchema = z.object({
  step: z.enum(['asked', 'prepared']),
  backup_filename: z.string().nullable(),
  safety_backup: z.string().nullable(),
  by: z.string(),
  at: z.number(),
  why: restoreRecordSchema.shape.why,
  /** Where the files of before are put; null: they are removed in the end. */
  setAside: z.string().nullable(),
  kept: restoreRecordSchema.shape.kept,
  problem: z.string().nullable(),
});
type Plan = z.infer<typeof planSchema>;

/** Called between steps, with their names: a test ends the process there. */
export type AtStep = (step: string) => void;

export type RestoreSwap = ReturnType<typeof createRestoreSwap>;

/** What puts another database file in the place of the present one. */
export function createRestoreSwap(deps: {
  dataDir: string;
  /** The database file. What belongs to a restore stands beside it, so that files can change places at once. */
  present: string;
  workers: RestoredWorkers;
  log: { warn(details: object, message: string): void };
  atStep?: AtStep;
}) {
  const { present } = deps;
  const placeFolder = dirname(present);
  const folder = join(placeFolder, folderName);
  const planFile = join(folder, 'plan.json');
  const recordFile = join(folder, 'last.json');
  const previous = join(folder, 'previous');
  const incoming = join(folder, 'incoming.db');
  const atStep = deps.atStep ?? (() => undefined);

  function readPlan(): Plan | undefined {
    if (!existsSync(planFile)) return undefined;
    const plan = planSchema.safeParse(parsed(planFile));
    if (plan.success) return plan.data;
    // Written at once or not at all, so it was damaged later: without it nothing was changed yet, or all of it.
    deps.log.warn({ file: planFile }, 'the plan of a restore cannot be read; it is given up');
    rmSync(planFile, { force: true });
    return undefined;
  }

  const writePlan = (plan: Plan): void => writeDurably(planFile, `${JSON.stringify(plan)}\n`);

  /** Removes what was to come, with its log and the copy that a migration made of it. */
  function clearIncoming(): void {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder))
      if (name.startsWith('incoming.db')) rmSync(join(folder, name), { force: true });
  }

  /** Makes the incoming database fit for the present. */
  function prepare(plan: Plan): Plan {
    const database = openDatabase(incoming, { durable: true });
    let kept = plan.kept;
    let problem: string | null = null;
    try {
      migrate(database);
      putKeysBack(database);
      const fresh = !existsSync(present);
      try {
        if (fresh) throw new Error('there is none');
        emptyLogOf(present);
        database.run('ATTACH DATABASE ? AS present', present);
        try {
          kept = carryOver(database, deps.workers);
        } finally {
          database.exec('DETACH DATABASE present');
        }
      } catch (error) {
        if (plan.why === 'asked' && !fresh) throw error;
        if (!fresh)
          problem = `What was there could not be read (${(error as Error).message}), so nothing of it was kept.`;
        withoutPresent(database, deps.workers, fresh);
      }
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
    return { ...plan, step: 'prepared', kept, problem };
  }

  /** Keys of another machine are of use where there are none. */
  function putKeysBack(database: Database): void {
    const has = database.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", keysTable);
    if (!has) return;
    for (const { name, bytes } of database.all<{ name: string; bytes: Uint8Array }>(
      `SELECT name, bytes FROM ${keysTable}`,
    )) {
      const path = join(deps.dataDir, name);
      if (/^[\w.-]+$/.test(name) && !existsSync(path)) writeDurably(path, bytes);
    }
    database.exec(`DROP TABLE ${keysTable}`);
  }

  function swap(plan: Plan): void {
    const aside = plan.setAside ?? previous;
    if (existsSync(incoming)) {
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      for (const ending of endings) {
        const from = `${present}${ending}`;
        if (existsSync(from)) renameSync(from, join(aside, `${basename(present)}${ending}`));
        atStep(`restore:moved${ending || '-database'}`);
      }
      syncFolder(aside);
      syncFolder(placeFolder);
      renameSync(incoming, present);
      atStep('restore:in-place');
    }
    syncFolder(placeFolder);
  }

  return {
    /** The newest schema that can be restored. */
    latestSchema: migrations.at(-1)?.id ?? 0,
    /** An empty place for the database that is to come. */
    clear(): string {
      if (existsSync(planFile))
        throw new AppError('CONFLICT', 'A restore is under way already. Start Control Room again to finish it.');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      clearIncoming();
      return incoming;
    },
    incoming,
    /** From here on the next start restores what stands at `incoming`. */
    stage(plan: Pick<Plan, 'backup_filename' | 'safety_backup' | 'by' | 'at' | 'why' | 'setAside'>): void {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writePlan({ ...plan, step: 'asked', kept: { workers: 0, worktrees: 0, terminals: 0 }, problem: null });
      atStep('restore:asked');
    },
    /** The backup that the next start restores; null while there is none. */
    staged: (): string | null => readPlan()?.backup_filename ?? null,
    /** What the last restore did. */
    lastRecord(): RestoreRecord | null {
      const found = existsSync(recordFile) ? restoreRecordSchema.safeParse(parsed(recordFile)) : undefined;
      return found?.success ? found.data : null;
    },
    /**
     * Goes on with a restore from wherever it was. Only while nobody has the database open. Gives its record when one was
     * finished by this call.
     */
    finish(): RestoreRecord | undefined {
      let plan = readPlan();
      if (!plan) {
        clearIncoming();
        rmSync(previous, { recursive: true, force: true });
        return undefined;
      }
      atStep('restore:begun');
      if (plan.step === 'asked') {
        if (!existsSync(incoming)) {
          rmSync(planFile);
          throw new AppError(
            'CONFLICT',
            `The restore of ${plan.backup_filename} cannot go on: what was prepared for it is gone. Nothing was changed. Start again and ask for it anew.`,
          );
        }
        plan = prepare(plan);
        atStep('restore:fitted');
        writePlan(plan);
      }
      atStep('restore:prepared');
      swap(plan);
      const { backup_filename, safety_backup, by, at, why, kept, setAside, problem } = plan;
      clearIncoming();
      const record: RestoreRecord = { backup_filename, safety_backup, by, at, why, kept, setAside, problem };
      writeDurably(recordFile, `${JSON.stringify(record)}\n`);
      atStep('restore:recorded');
      rmSync(planFile);
      atStep('restore:done');
      rmSync(previous, { recursive: true, force: true });
      return record;
    },
  };
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Says as much as a value of another shape.
    return undefined;
  }
}

/** Brings what stands in the log into the file, so that the file alone is all there is. */
function emptyLogOf(path: string): void {
  const database = openDatabase(path, { durable: true });
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}
