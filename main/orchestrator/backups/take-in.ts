import { copyFile, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup } from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';
import { openDatabase } from '../database/database.ts';
import { inspectDatabase } from '../database/inspect.ts';
import { listBackups, offer, unfinishedEnding } from './backup-files.ts';
import type { Progress } from './backup-job.ts';
import { packing, sumOf, syncFile, unpack } from './pack.ts';

/** Of backups that came from elsewhere: they are never put back by themselves, and none of them is thrown away for a newer one. */
export const importedType = 'imported';

/** So much stays free beside what is unpacked, in bytes. */
const reserveBytes = 64 * 1024 * 1024;
/** A database without these is none of ours. */
const ourTables = ['events', 'projects', 'settings', 'workers'];

export interface TakeInJob {
  kind: 'take-in';
  /** The file, in `folder`; it becomes the backup, and stays where it is when it cannot. */
  source: string;
  folder: string;
  stem: string;
  description: string;
  passphrase: string | null;
  /** What it should hash to; null: not known. */
  sha256: string | null;
  at: number;
  /** The newest schema that can be restored here. */
  latestSchema: number;
}

/** Opens a file of another place, reads all of it, and offers it as a backup when nothing is wrong with it. */
export async function takeIn(job: TakeInJob, progress: Progress): Promise<Backup> {
  const { source, folder, stem } = job;
  const inner = join(folder, `${stem}.inner${unfinishedEnding}`);
  const opened = join(folder, `${stem}.opened${unfinishedEnding}`);
  const begunAt = performance.now();
  try {
    progress('reading-back', 0);
    const file = await sumOf(source, (part) => progress('reading-back', part));
    if (job.sha256 !== null && job.sha256.toLowerCase() !== file.sha256)
      throw wrong('It did not arrive as it was sent: its SHA-256 is another one. Send it again.');
    const twin = (await listBackups(folder)).find(({ sha256 }) => sha256 === file.sha256);
    if (twin)
      throw new AppError('CONFLICT', `This backup is here already: ${twin.backup_filename}.`, {
        backup_filename: twin.backup_filename,
      });
    const { bavail, bsize } = await statfs(folder);
    const mostBytes = bavail * bsize - reserveBytes;
    const onProgress = (part: number): void => progress('unpacking', part);
    const outer = await packing(source);
    const encrypted = outer === 'encrypted';
    progress('unpacking', 0);
    if (encrypted)
      await unpack({
        source,
        target: inner,
        encrypted,
        compressed: false,
        passphrase: job.passphrase,
        mostBytes,
        onProgress,
      });
    const from = encrypted ? inner : source;
    const kind = encrypted ? await packing(inner) : outer;
    if (kind !== 'gzip' && kind !== 'database')
      throw wrong('It is none of our backups: it holds no database. Take a file named control-room_backup_….');
    const compressed = kind === 'gzip';
    const { contentSha256 } = await unpack({
      source: from,
      target: opened,
      encrypted: false,
      compressed,
      passphrase: null,
      mostBytes,
      onProgress,
    });
    const unpackedAt = performance.now();
    progress('comparing', null);
    const { newestAt, ...facts } = inspect(opened);
    if (facts.schemaVersion > job.latestSchema)
      throw wrong(
        `It was made by a newer Control Room (schema ${facts.schemaVersion}; this one knows ${job.latestSchema}). Install that version to take it in.`,
      );
    const checkedAt = performance.now();
    const name = `${stem}.db${compressed ? '.gz' : ''}${encrypted ? '.enc' : ''}`;
    const backup: Backup = {
      backup_filename: name,
      type: importedType,
      description: job.description,
      createdAt: newestAt ?? job.at,
      databaseBytes: (await stat(opened)).size,
      ...file,
      contentSha256,
      compressed,
      encrypted,
      includes: encrypted ? ['database', 'keys'] : ['database'],
      ...facts,
      appVersion: 'unknown',
      verifiedAt: job.at,
      tookMs: {
        copy: 0,
        verify: Math.round(checkedAt - unpackedAt),
        pack: Math.round(unpackedAt - begunAt),
      },
      second: null,
    };
    await syncFile(source);
    await offer({ folder, file: source, backup });
    return backup;
  } finally {
    for (const ending of ['', '-journal', '-wal', '-shm'])
      for (const path of [inner, opened]) await rm(`${path}${ending}`, { force: true });
  }
}

function inspect(path: string) {
  try {
    const { problems, ...facts } = inspectDatabase(path);
    if (problems[0]) throw wrong(`The database in it is damaged: ${problems[0]}`);
    if (facts.schemaVersion < 1 || ourTables.some((table) => !(table in facts.counts)))
      throw wrong('It is none of our backups: the database in it is of another program.');
    const database = openDatabase(path, { durable: false, readonly: true });
    try {
      const code = database.get<{ name: string }>(
        "SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1",
      );
      // We make none: somebody put it there, and it would run when the backup is restored.
      if (code) throw wrong(`Somebody changed the database in it: it holds ${code.name}, which we never make.`);
      const newest = database.get<{ at: number | null }>('SELECT max(at) AS at FROM events')?.at ?? null;
      return { ...facts, newestAt: newest };
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw wrong(`The database in it cannot be read (${(error as Error).message}).`, error);
  }
}

function wrong(message: string, cause?: unknown): AppError {
  return new AppError('UNPROCESSABLE', message, undefined, { cause });
}

/** Copies a file of this machine into a folder, where it is taken in; the one that was given stays as it is. */
export async function copyInto(path: string, target: string): Promise<void> {
  const file = await open(path, 'r');
  const { isFile } = await file.stat().then((found) => ({ isFile: found.isFile() }));
  await file.close();
  if (!isFile) throw wrong(`${path} is not a file.`);
  const unfinished = `${target}.copy`;
  await copyFile(path, unfinished);
  await rename(unfinished, target);
}
