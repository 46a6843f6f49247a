import { access, chmod, constants, lstat, readFile, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { isLoopback } from '../../../shared/networks.ts';
import { portHolder } from '../processes/port-holder.ts';
import type { DoctorLook, Found } from './run-checks.ts';

/** Less free space than this stops git and SQLite sooner or later. */
const lowDiskBytes = 1024 ** 3;
const fullDiskBytes = 100 * 1024 ** 2;

/** Files of the data folder that nobody else may read. */
const privateFiles = ['token', 'signing-key', 'jwt-secret', 'config.json'];

/** What of ours is looked at. */
export interface HouseLooks {
  dataDir: string;
  databasePath: string;
  worktreesDir: string;
  /** Where the port is to listen. */
  port: { host: string; port: number };
  /** Whether a Control Room runs on the data folder and listens there itself. */
  listening: () => { address: string | null; pid: number } | null;
}

/** Our own house: its folder, its disk, its database, its port. */
export function houseLooks(deps: HouseLooks): DoctorLook[] {
  return [
    { id: 'permissions', title: 'Data folder', group: 'house', look: () => lookAtFolder(deps.dataDir) },
    { id: 'disk', title: 'Disk', group: 'house', look: () => lookAtDisk(deps.dataDir, deps.worktreesDir) },
    { id: 'database-file', title: 'Database file', group: 'house', look: () => lookAtDatabase(deps.databasePath) },
    { id: 'port', title: 'Port', group: 'house', look: () => lookAtPort(deps) },
  ];
}

async function lookAtFolder(dataDir: string): Promise<Found> {
  const found = await lstat(dataDir).catch(() => undefined);
  if (!found) {
    const above = await existingFolder(dataDir);
    const isWritable = await may(above, constants.W_OK);
    return isWritable
      ? { state: 'ok', detail: `${dataDir} is made at the first start` }
      : {
          state: 'error',
          detail: `${dataDir} is not there, and ${above} cannot be written`,
          fix: 'Make the folder for this user, or choose another with --data-dir.',
          actions: [{ kind: 'copy', label: 'Copy the command', text: `sudo install -d -o "$USER" -m 700 ${dataDir}` }],
        };
  }
  if (!(await may(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)))
    return {
      state: 'error',
      detail: `${dataDir} cannot be written by this user`,
      fix: 'Give it to this user, or choose another with --data-dir.',
      actions: [{ kind: 'copy', label: 'Copy the command', text: `sudo chown -R "$USER" ${dataDir}` }],
    };
  if (process.platform === 'win32') return { state: 'ok', detail: dataDir };
  const open = await openToOthers(dataDir);
  const { uid } = userInfo();
  if (found.uid !== uid)
    return {
      state: 'warning',
      detail: `${dataDir} belongs to another user (${found.uid}; this one is ${uid})`,
      fix: 'Start Control Room as its owner, or give the folder to this user.',
      actions: [{ kind: 'copy', label: 'Copy the command', text: `sudo chown -R "$USER" ${dataDir}` }],
    };
  if (open.length > 0)
    return {
      state: 'warning',
      detail: `others can read ${open.join(', ')}`,
      fix: 'Close it to everybody but this user.',
      actions: [
        { kind: 'fix', label: 'Fix it', fix: 'permissions' },
        { kind: 'copy', label: 'Copy the command', text: `chmod -R go-rwx ${dataDir}` },
      ],
    };
  return { state: 'ok', detail: `${dataDir}, for this user alone` };
}

/** What of the folder others may read. */
async function openToOthers(dataDir: string): Promise<string[]> {
  const names = ['', ...privateFiles];
  const open = await Promise.all(
    names.map(async (name) => {
      const path = join(dataDir, name);
      const found = await stat(path).catch(() => undefined);
      return found && (found.mode & 0o077) !== 0 ? [name === '' ? dataDir : name] : [];
    }),
  );
  return open.flat();
}

/** Closes the data folder and its secrets to everybody but their owner. */
export async function closeToOthers(dataDir: string): Promise<string> {
  const open = await openToOthers(dataDir);
  for (const name of open)
    await chmod(name === dataDir ? dataDir : join(dataDir, name), name === dataDir ? 0o700 : 0o600);
  return open.length === 0 ? 'Nobody else could read it.' : `Now for this user alone: ${open.join(', ')}.`;
}

async function lookAtDisk(dataDir: string, worktreesDir: string): Promise<Found> {
  const places = await Promise.all(
    [...new Set([dataDir, worktreesDir])].map(async (path) => ({ path, ...(await roomAt(path)) })),
  );
  const least = places.reduce((a, b) => (b.free < a.free ? b : a));
  const detail = places.map(({ path, free }) => `${(free / 1024 ** 3).toFixed(1)} GiB free at ${path}`).join(', ');
  if (least.files !== null && least.files < 1000)
    return {
      state: 'error',
      detail: `${detail}, but room for ${least.files} more files alone`,
      fix: 'The disk has no places for files left (inodes): remove folders with many small files, such as old worktrees.',
    };
  if (least.free < fullDiskBytes)
    return { state: 'error', detail, fix: 'Free some space now: nothing more can be kept.' };
  if (least.free < lowDiskBytes)
    return { state: 'warning', detail, fix: 'Free some space: remove worktrees that are done.' };
  return { state: 'ok', detail };
}

async function roomAt(path: string): Promise<{ free: number; files: number | null }> {
  const { bavail, bsize, ffree, files } = await statfs(await existingFolder(path));
  // Some file systems have no fixed number of files and say 0.
  return { free: bavail * bsize, files: files > 0 ? ffree : null };
}

async function lookAtDatabase(path: string): Promise<Found> {
  const header = await readHeader(path);
  if (header === null) return { state: 'ok', detail: `${path} is made at the first start` };
  if (header !== 'SQLite format 3\0')
    return {
      state: 'error',
      detail: `${path} is no database`,
      fix: 'Stop Control Room and restore a backup over it; nothing can be read from this file.',
      actions: [{ kind: 'copy', label: 'Copy the command', text: 'control-room backup list' }],
    };
  if (!(await may(path, constants.R_OK | constants.W_OK)))
    return { state: 'error', detail: `${path} cannot be written by this user`, fix: 'Give the file to this user.' };
  const sizes = await Promise.all(
    ['', '-wal'].map((end) =>
      stat(`${path}${end}`).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const [size = 0, wal = 0] = sizes;
  const detail = `${path}, ${(size / 1024 ** 2).toFixed(1)} MiB, log ${(wal / 1024 ** 2).toFixed(1)} MiB`;
  return wal > 512 * 1024 ** 2
    ? {
        state: 'warning',
        detail,
        fix: 'The log of the database is not written back: something reads it for very long. Start Control Room again.',
      }
    : { state: 'ok', detail };
}

async function readHeader(path: string): Promise<string | null> {
  const { open } = await import('node:fs/promises');
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function lookAtPort({ port: { host, port }, listening }: HouseLooks): Promise<Found> {
  const running = listening();
  if (running?.address)
    return { state: 'ok', detail: `Control Room (process ${running.pid}) listens at ${running.address}` };
  if (port === 0) return { state: 'ok', detail: 'any free one is taken' };
  const problem = await tryListening(host, port);
  if (problem === null)
    return {
      state: 'ok',
      detail: `${port} on ${host} is free${isLoopback(host) ? '' : '; it is open to other machines'}`,
    };
  const holder = problem === 'EADDRINUSE' ? ((await portHolder(port)) ?? 'another program') : null;
  const pid = holder === null ? undefined : /\(process (\d+)\)/.exec(holder)?.[1];
  return {
    state: 'warning',
    detail: holder ? `${port} on ${host} is taken by ${holder}` : `${port} on ${host} cannot be opened (${problem})`,
    fix: holder
      ? 'Stop that program, or choose another port (0 takes any free one).'
      : 'Choose another port or address.',
    actions: [
      { kind: 'settings', label: 'Choose another port', section: 'port' },
      ...(pid ? [{ kind: 'copy' as const, label: 'Copy the command that stops it', text: `kill ${pid}` }] : []),
    ],
  };
}

/** Why it cannot be listened there; null when it can. */
function tryListening(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown reason'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** The folder itself, or the nearest one above it that is there already. */
async function existingFolder(path: string): Promise<string> {
  const found = await stat(path).then(
    () => true,
    () => false,
  );
  return found || dirname(path) === path ? path : existingFolder(dirname(path));
}

/** A number that the kernel tells in a file; null where it does not. */
export async function kernelNumber(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const number = Number(text.trim().split(/\s+/)[0]);
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}
