import { constants } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Backup, BackupCheck, BackupState } from '../../shared/backups.ts';
import { AppError } from '../../shared/errors.ts';
import type { Flags } from '../config/resolve-config.ts';
import { dataHouse, print, sizeOf } from './data.ts';

type BackupFlags = Flags & {
  json?: boolean;
  type?: string;
  description?: string;
  confirm?: boolean;
  passphraseFile?: string;
};

/** `control-room backup create`: makes one and prints its name. */
export async function createBackup(
  { type = 'manual', description = '', json, ...flags }: BackupFlags,
  entryUrl: string,
) {
  const body = { type, description };
  const { result } = await dataHouse(flags, entryUrl).does<Backup>(
    { method: 'POST', path: '/api/backup', body },
    ({ backups }) => backups.create(body),
  );
  if (json) print(JSON.stringify(result));
  else {
    print(`${result.backup_filename}  ${sizeOf(result.sizeBytes)}, read back whole`);
    if (result.second?.problem) process.stderr.write(`${result.second.problem}\n`);
  }
}

/** `control-room backup list`: newest first. */
export async function listBackups({ json, ...flags }: BackupFlags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<{ items: Backup[] }>(
    { method: 'GET', path: '/api/backup?limit=1000' },
    ({ backups }) => backups.list({ limit: 1000 }),
  );
  if (json) print(JSON.stringify(result.items));
  else if (result.items.length === 0) print('There is no backup yet. Make one with: control-room backup create');
  else
    for (const { backup_filename, createdAt, sizeBytes, encrypted, description } of result.items)
      print(
        `${new Date(createdAt).toISOString()}  ${sizeOf(sizeBytes).padStart(9)}  ${backup_filename}${encrypted ? '  encrypted' : ''}${description ? `  ${description}` : ''}`,
      );
}

/** `control-room backup verify`: reads one back whole; exit code 1 when it is damaged. */
export async function verifyBackup(name: string, flags: BackupFlags, entryUrl: string): Promise<void> {
  const passphrase = await passphraseOf(flags);
  const { result } = await house(flags, entryUrl).does<BackupCheck>(
    { method: 'POST', path: `/api/backup/${encodeURIComponent(name)}/verify`, body: { ...passphrase } },
    ({ backups }) => backups.verify(name, passphrase.passphrase),
  );
  tellCheck(result);
}

/** `control-room backup drill`: restores the newest into a temporary place. */
export async function drillBackup(flags: BackupFlags, entryUrl: string): Promise<void> {
  const { result } = await house(flags, entryUrl).does<BackupCheck>(
    { method: 'POST', path: '/api/backup/drill' },
    ({ backups }) => backups.drill(),
  );
  tellCheck(result);
}

function tellCheck({ ok, problem, backup_filename, rows, tables }: BackupCheck): void {
  if (ok) print(`${backup_filename}: ${rows} rows in ${tables} tables, all as described.`);
  else {
    print(problem ?? `${backup_filename} is damaged.`);
    process.exitCode = 1;
  }
}

/** `control-room backup delete`. */
export async function deleteBackup(name: string, flags: BackupFlags, entryUrl: string): Promise<void> {
  await house(flags, entryUrl).does<{ backup_filename: string }>(
    { method: 'DELETE', path: `/api/backup/${encodeURIComponent(name)}` },
    ({ backups }) => backups.remove(name),
  );
  print(`${name} was deleted.`);
}

/** `control-room backup download`: the file itself, beside none of that name. */
export async function downloadBackup(name: string, target: string, flags: BackupFlags, entryUrl: string) {
  const { result } = await house(flags, entryUrl).does<BackupState>(
    { method: 'GET', path: '/api/backup/state' },
    ({ backups }) => backups.state(),
  );
  const backup = result.items.find(({ backup_filename }) => backup_filename === name);
  if (!backup) throw new AppError('NOT_FOUND', `There is no backup ${name}. "control-room backup list" tells of all.`);
  const into = (await stat(target).catch(() => undefined))?.isDirectory() ? join(target, name) : target;
  try {
    await copyFile(join(result.folder, name), into, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new AppError('CONFLICT', `${into} is there already. Name another file.`, { path: into }, { cause: error });
  }
  print(`${into}  ${sizeOf(backup.sizeBytes)}  sha256 ${backup.sha256}`);
}

/** `control-room backup take-in`: a file of another place becomes a backup, when nothing is wrong with it. */
export async function takeInBackup(path: string, { description = '', ...flags }: BackupFlags, entryUrl: string) {
  const body = { path: resolve(path), description, ...(await passphraseOf(flags)) };
  const { result } = await house(flags, entryUrl).does<Backup>(
    { method: 'POST', path: '/api/backup/take-in', body },
    ({ backups }) => backups.transfers.takeIn(body),
  );
  print(`${result.backup_filename}  ${sizeOf(result.sizeBytes)}, as of ${new Date(result.createdAt).toISOString()}`);
}

interface Restoring {
  safety_backup: string;
  state: 'restarting' | 'staged';
  message: string;
}

/** `control-room backup restore`: with `--confirm`; where none runs it is done at once. */
export async function restoreBackup(name: string, flags: BackupFlags, entryUrl: string): Promise<void> {
  const body = { backup_filename: name, confirm: confirmed(flags), ...(await passphraseOf(flags)) };
  const at = house(flags, entryUrl);
  await tellRestore(
    at,
    at.does<Restoring>({ method: 'POST', path: '/api/backup/restore', body }, ({ backups }) =>
      backups.restore(body, 'the command line'),
    ),
  );
}

/** `control-room backup undo`: back to before the last restore. */
export async function undoRestore(flags: BackupFlags, entryUrl: string): Promise<void> {
  const body = { confirm: confirmed(flags) };
  const at = house(flags, entryUrl);
  await tellRestore(
    at,
    at.does<Restoring>({ method: 'POST', path: '/api/backup/undo-restore', body }, ({ backups }) =>
      backups.undoRestore(body.confirm, 'the command line'),
    ),
  );
}

async function tellRestore(
  at: ReturnType<typeof dataHouse>,
  asked: Promise<{ result: Restoring; running: boolean }>,
): Promise<void> {
  const { result, running } = await asked;
  const record = running ? undefined : await at.again();
  print(record ? `${record.backup_filename} was restored.` : result.message);
  print(`What was before is in ${result.safety_backup}; "control-room backup undo --confirm" brings it back.`);
}

function confirmed({ confirm }: BackupFlags): true {
  if (confirm) return true;
  throw new AppError(
    'BAD_REQUEST',
    'A restore replaces the present state. Give --confirm to go on; a copy of the present is made first.',
  );
}

const house = ({ json: _json, confirm: _confirm, passphraseFile: _file, ...flags }: BackupFlags, entryUrl: string) =>
  dataHouse(flags, entryUrl);

/** From a file or the environment: arguments of programs are seen by everybody. */
async function passphraseOf({ passphraseFile }: BackupFlags): Promise<{ passphrase?: string }> {
  const given = passphraseFile
    ? (await readFile(passphraseFile, 'utf8')).replace(/\r?\n$/, '')
    : process.env.BACKUP_PASSPHRASE;
  return given ? { passphrase: given } : {};
}
