import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Backup, backupSchema } from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';

/** Below the data folder, unless the settings name another one. */
export const backupsFolder = 'backups';
const prefix = 'control-room_backup_';
const manifestEnding = '.json';
/** Of files that are being made; they are swept at the next start. */
export const unfinishedEnding = '.unfinished';

/** A name without its endings: `control-room_backup_20260120_120000_manual`, with a number where there is one already. */
export async function freeStem(folder: string, at: number, type: string): Promise<string> {
  const [day = '', time = ''] = new Date(at)
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .split('T');
  const taken = await readdir(folder);
  for (let number = 1; ; number += 1) {
    const stem = `${prefix}${day}_${time}${number === 1 ? '' : `_${number}`}_${type.toLowerCase()}`;
    if (!taken.some((name) => name.startsWith(`${stem}.`))) return stem;
  }
}

export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeEach(folder);
  } catch (error) {
    throw new AppError(
      'UNPROCESSABLE',
      `The folder for backups ${folder} cannot be made (${(error as Error).message}). Choose another one in the settings.`,
      { path: folder },
      { cause: error },
    );
  }
}

/**
 * Makes a folder and those above it. Not with Node's own `recursive`: where a system says that a folder's parent is missing although
 * it is there, as below /proc, that tries for ever.
 */
async function makeEach(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeEach(dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

/** Bytes that may still be written below a folder; null where that cannot be told. */
export async function freeBytesOf(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch(() => undefined);
  return found ? found.bavail * found.bsize : null;
}

/**
 * Offers a file as a backup: its description first, then the file by one rename, which is the moment it exists. A description
 * alone is offered to nobody.
 */
export async function offer(input: { folder: string; file: string; backup: Backup }): Promise<void> {
  const { folder, backup } = input;
  writeDescription(folder, backup);
  await rename(input.file, join(folder, backup.backup_filename));
  syncFolder(folder);
}

/** Writes a description anew, wholly or not at all. */
export function writeDescription(folder: string, backup: Backup): void {
  writeDurably(join(folder, `${backup.backup_filename}${manifestEnding}`), `${JSON.stringify(backup, null, 2)}\n`);
}

/** All backups of a folder that are whole, newest first. */
export async function listBackups(folder: string): Promise<Backup[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const found: Backup[] = [];
  for (const name of names) {
    if (!name.endsWith(manifestEnding)) continue;
    const backup = await readDescription(join(folder, name));
    if (!backup || `${backup.backup_filename}${manifestEnding}` !== name) continue;
    const file = await stat(join(folder, backup.backup_filename)).catch(() => undefined);
    if (file?.isFile() && file.size === backup.sizeBytes) found.push(backup);
  }
  return found.sort((a, b) => b.createdAt - a.createdAt || (a.backup_filename < b.backup_filename ? 1 : -1));
}

async function readDescription(path: string): Promise<Backup | undefined> {
  try {
    return backupSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Damaged or not ours: what cannot be described is not offered.
    return undefined;
  }
}

export async function removeBackup(folder: string, name: string): Promise<void> {
  // The file first: a description alone is offered to nobody.
  await rm(join(folder, name), { force: true });
  await rm(join(folder, `${name}${manifestEnding}`), { force: true });
}

/** Removes what an end in the middle left. Only while nothing is being made. */
export async function sweepUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const alone = name.endsWith(manifestEnding) && !names.includes(name.slice(0, -manifestEnding.length));
    if (alone || /\.unfinished(-journal|-wal|-shm)?$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

/** Waits until the names of a folder are on the disk, where the system knows that. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Writes a small file wholly or not at all, readable by its owner alone, and to the disk. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const fresh = `${path}${unfinishedEnding}`;
  const file = openSync(fresh, 'w', 0o600);
  try {
    writeSync(file, Buffer.from(content as Uint8Array));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
}
