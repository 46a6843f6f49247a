import { copyFile, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup, BackupWork } from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';
import { openDatabase } from '../database/database.ts';
import { inspectDatabase } from '../database/inspect.ts';
import { copyOnline } from '../database/online-copy.ts';
import { listBackups, makeFolder, offer, syncFolder, unfinishedEnding, writeDescription } from './backup-files.ts';
import { pack, sumOf, syncFile, unpack } from './pack.ts';
import { importedType, type TakeInJob, takeIn } from './take-in.ts';

/** Small files beside the database that an encrypted backup takes along, in a table of its copy. */
export const keysTable = 'backup_keys';

export type BackupJob =
  | {
      kind: 'take';
      database: string;
      folder: string;
      stem: string;
      type: string;
      description: string;
      at: number;
      compressed: boolean;
      passphrase: string | null;
      secondFolder: string | null;
      appVersion: string;
      /** Taken along where it is encrypted. */
      keyFiles: { name: string; path: string }[];
    }
  | { kind: 'open'; folder: string; backup: Backup; passphrase: string | null; into: string }
  | { kind: 'open-newest'; folders: string[]; passphrase: string | null; into: string }
  | TakeInJob;

/** Of a backup that was opened: the database stands at `into`, checked. */
export interface OpenedBackup {
  tables: number;
  rows: number;
}

/** Of the newest backup that could be read; null where there is none. */
export interface NewestOpened {
  backup: Backup | null;
}

export type JobResult<Job extends BackupJob> = Job extends { kind: 'take' | 'take-in' }
  ? Backup
  : Job extends { kind: 'open' }
    ? OpenedBackup
    : NewestOpened;

export type Progress = (step: BackupWork['step'], part: number | null) => void;

/** Does one job; for a thread. What goes wrong leaves nothing but files that the next start sweeps. */
export function runBackupJob(job: BackupJob, progress: Progress): Promise<Backup | OpenedBackup | NewestOpened> {
  switch (job.kind) {
    case 'take':
      return take(job, progress);
    case 'open':
      return openBackup(job, progress);
    case 'open-newest':
      return openNewest(job, progress);
    case 'take-in':
      return takeIn(job, progress);
  }
}

/** Tries one after the other, wherever they are, until one is whole. What came from elsewhere is nobody's state of before. */
async function openNewest(
  { folders, passphrase, into }: Extract<BackupJob, { kind: 'open-newest' }>,
  progress: Progress,
): Promise<NewestOpened> {
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await listBackups(folder)).flatMap((backup) => (backup.type === importedType ? [] : [{ folder, backup }])),
    ),
  );
  for (const { folder, backup } of found.flat().sort((a, b) => b.backup.createdAt - a.backup.createdAt)) {
    const opened = await openBackup({ kind: 'open', folder, backup, passphrase, into }, progress).catch(
      () => undefined,
    );
    if (opened) return { backup };
  }
  return { backup: null };
}

async function take(job: Extract<BackupJob, { kind: 'take' }>, progress: Progress): Promise<Backup> {
  const { folder, stem, passphrase, compressed } = job;
  const copy = join(folder, `${stem}.db${unfinishedEnding}`);
  const ending = `.db${compressed ? '.gz' : ''}${passphrase === null ? '' : '.enc'}`;
  const name = `${stem}${ending}`;
  const packed = join(folder, `${name}${unfinishedEnding}`);
  try {
    const begunAt = performance.now();
    progress('copying', 0);
    await copyOnline(job.database, copy, (part) => progress('copying', part));
    const copiedAt = performance.now();
    progress('verifying', null);
    if (passphrase !== null) await takeKeysAlong(copy, job.keyFiles);
    const { problems, ...facts } = inspectDatabase(copy);
    if (problems.length > 0)
      throw new AppError(
        'UNPROCESSABLE',
        `The database is damaged, so no backup was made of it (${problems[0]}). Restore the newest backup.`,
        { problems },
      );
    const verifiedAt = performance.now();
    const { size: databaseBytes } = await stat(copy);
    progress('packing', 0);
    const onlyCopied = packed === copy;
    const sums = onlyCopied
      ? await sumOf(copy, (part) => progress('packing', part)).then((sums) => ({ ...sums, contentSha256: sums.sha256 }))
      : await pack({
          source: copy,
          target: packed,
          compressed,
          passphrase,
          onProgress: (part) => progress('packing', part),
        });
    if (!onlyCopied) {
      await rm(copy);
      progress('reading-back', 0);
      const { contentSha256 } = await unpack({
        source: packed,
        target: null,
        compressed,
        passphrase,
        encrypted: passphrase !== null,
        onProgress: (part) => progress('reading-back', part),
      });
      if (contentSha256 !== sums.contentSha256)
        throw new AppError(
          'UNPROCESSABLE',
          'The backup did not read back as it was written, so it was thrown away. Check the disk it lies on.',
        );
    }
    const packedAt = performance.now();
    const backup: Backup = {
      backup_filename: name,
      type: job.type,
      description: job.description,
      createdAt: job.at,
      databaseBytes,
      ...sums,
      compressed,
      encrypted: passphrase !== null,
      includes: passphrase === null ? ['database'] : ['database', 'keys'],
      ...facts,
      appVersion: job.appVersion,
      verifiedAt: job.at + Math.round(packedAt - begunAt),
      tookMs: {
        copy: Math.round(copiedAt - begunAt),
        verify: Math.round(verifiedAt - copiedAt),
        pack: Math.round(packedAt - verifiedAt),
      },
      second: null,
    };
    await offer({ folder, file: packed, backup });
    if (job.secondFolder === null) return backup;
    progress('second-location', null);
    const withSecond = { ...backup, second: await copyToSecond(folder, job.secondFolder, backup) };
    writeDescription(folder, withSecond);
    return withSecond;
  } catch (error) {
    await rm(copy, { force: true });
    await rm(packed, { force: true });
    throw error;
  }
}

/** Copies a backup to the second location and reads it back there; says why where that fails. */
async function copyToSecond(folder: string, second: string, backup: Backup): Promise<NonNullable<Backup['second']>> {
  const path = join(second, backup.backup_filename);
  const unfinished = `${path}${unfinishedEnding}`;
  try {
    await makeFolder(second);
    await copyFile(join(folder, backup.backup_filename), unfinished);
    await syncFile(unfinished);
    if ((await sumOf(unfinished)).sha256 !== backup.sha256) throw new Error('it does not read back as it was written');
    writeDescription(second, { ...backup, second: null });
    await rename(unfinished, path);
    syncFolder(second);
    return { path, problem: null };
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    return { path, problem: `The copy to ${second} failed: ${(error as Error).message.replace(/\.$/, '')}.` };
  }
}

async function takeKeysAlong(copy: string, files: { name: string; path: string }[]): Promise<void> {
  const database = openDatabase(copy, { durable: true });
  try {
    database.exec(
      `PRAGMA journal_mode = DELETE; CREATE TABLE ${keysTable} (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)`,
    );
    for (const { name, path } of files) {
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes) database.run(`INSERT INTO ${keysTable} VALUES (?, ?)`, name, bytes);
    }
  } finally {
    database.close();
  }
}

/** Reads a backup back whole to a new file and compares it with its description. */
async function openBackup(job: Extract<BackupJob, { kind: 'open' }>, progress: Progress): Promise<OpenedBackup> {
  const { backup, into } = job;
  try {
    progress('unpacking', 0);
    const { contentSha256 } = await unpack({
      source: join(job.folder, backup.backup_filename),
      target: into,
      compressed: backup.compressed,
      encrypted: backup.encrypted,
      passphrase: job.passphrase,
      onProgress: (part) => progress('unpacking', part),
    });
    if (contentSha256 !== backup.contentSha256)
      throw damaged(backup, 'it does not have the checksum that its description says');
    progress('comparing', null);
    const { problems, schemaVersion, counts } = inspectDatabase(into);
    if (problems[0]) throw damaged(backup, problems[0]);
    if (schemaVersion !== backup.schemaVersion) throw damaged(backup, 'its schema is another than described');
    for (const [table, count] of Object.entries(backup.counts))
      if (counts[table] !== count) throw damaged(backup, `${table} has ${counts[table] ?? 0} rows instead of ${count}`);
    return { tables: Object.keys(counts).length, rows: Object.values(counts).reduce((sum, count) => sum + count, 0) };
  } catch (error) {
    await rm(into, { force: true });
    throw error;
  }
}

function damaged({ backup_filename }: Backup, why: string): AppError {
  return new AppError(
    'UNPROCESSABLE',
    `The backup ${backup_filename} is damaged: ${why}. Use another one, or its copy at the second location.`,
    { backup_filename },
  );
}
