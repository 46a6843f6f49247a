import { createHash, randomBytes } from 'node:crypto';
import * as fsp from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import * as path from 'node:path';
import { isProcessAlive, readProcessStartTime } from './process-tree.ts';
import type { HostAddress } from './protocol.ts';

/** `sockaddr_un` holds 104 bytes on macOS and 108 on Linux; the rest is room for the end mark. */
const SOCKET_PATH_LIMIT_BYTES = 100;

/** Where all hosts of a data folder keep what they hold; marks of processes name it. */
export function hostsFolderOf(dataDir: string): string {
  return path.join(dataDir, 'host');
}

/** Where the host of one build does: each build has its own, so that an older one goes on beside a newer one. */
export function hostFolderOf(dataDir: string, build: string): string {
  return path.join(hostsFolderOf(dataDir), build);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Value of `CONTROL_ROOM_PROCESS` for a process. It names the data folder too, so that two apps side by side never take
 * each other's processes for theirs.
 */
export function markOf(hostsFolder: string, id: string): string {
  return `${shortHash(hostsFolder)}/${id}`;
}

/** Where the host of this folder listens; makes and checks the folder when the path had to go elsewhere to be short enough. */
export async function prepareSocketPath(hostFolder: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\control-room-${shortHash(hostFolder)}`;
  const usual = path.join(hostFolder, 'host.sock');
  if (Buffer.byteLength(usual) <= SOCKET_PATH_LIMIT_BYTES) return usual;
  const folder = path.join(tmpdir(), `control-room-${shortHash(hostFolder)}`);
  await fsp.mkdir(folder, { recursive: true, mode: 0o700 });
  const stat = await fsp.lstat(folder);
  // Everybody may write to the temporary folder: one that somebody else made there is not ours to use.
  if (!stat.isDirectory() || stat.uid !== userInfo().uid)
    throw new Error(`${folder} belongs to somebody else: remove it`);
  await fsp.chmod(folder, 0o700);
  return path.join(folder, 'host.sock');
}

/** The address a host has left; `null` when there is none. It says nothing about whether that host still lives. */
export async function readHostAddress(hostFolder: string): Promise<HostAddress | null> {
  try {
    const address = JSON.parse(await fsp.readFile(path.join(hostFolder, 'host.json'), 'utf8')) as HostAddress;
    if (await isCopied(hostFolder, address)) return null;
    return typeof address.pid === 'number' &&
      typeof address.socketPath === 'string' &&
      typeof address.token === 'string'
      ? address
      : null;
  } catch {
    return null; // none yet, or cut short by a full disk: both mean that no host can be found by it
  }
}

export async function writeHostAddress(hostFolder: string, address: HostAddress): Promise<void> {
  const file = path.join(hostFolder, 'host.json');
  const text = JSON.stringify({ ...address, folder: await folderIdOf(hostFolder) } satisfies HostAddress);
  await fsp.writeFile(`${file}.${address.pid}`, text, { mode: 0o600 });
  await fsp.rename(`${file}.${address.pid}`, file);
}

/** Tells a folder from a copy of it; stays when it is renamed. */
async function folderIdOf(hostFolder: string): Promise<string> {
  const { dev, ino } = await fsp.stat(hostFolder, { bigint: true });
  return `${dev}:${ino}`;
}

/** Whether what stands in a file came into this folder with a copy: then it speaks of the host of another one, which lives. */
async function isCopied(hostFolder: string, { folder }: { folder?: string }): Promise<boolean> {
  return folder !== undefined && folder !== (await folderIdOf(hostFolder));
}

interface LockHolder {
  pid: number;
  processStartTime: string | null;
  folder?: string;
}

/**
 * Makes this process the only host of the folder. Gives the way to let go, or `null` when a living process holds it.
 * A lock whose holder is dead is taken over; of several that try, one wins.
 */
export async function takeHostLock(hostFolder: string): Promise<(() => Promise<void>) | null> {
  const lock = path.join(hostFolder, 'lock');
  const own: LockHolder = {
    pid: process.pid,
    processStartTime: await readProcessStartTime(process.pid),
    folder: await folderIdOf(hostFolder),
  };
  const text = JSON.stringify(own);
  const draft = `${lock}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await fsp.writeFile(draft, text, { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link appears with its whole content or not at all, and never over another one.
        await fsp.link(draft, lock);
        return async () => {
          if ((await fsp.readFile(lock, 'utf8').catch(() => '')) === text) await fsp.rm(lock, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const found = await fsp.readFile(lock, 'utf8').catch(() => null);
      if (found === null) continue;
      const holder = parseHolder(found);
      const isHere = holder !== null && !(await isCopied(hostFolder, holder));
      if (isHere && (await isProcessAlive(holder.pid, holder.processStartTime))) return null;
      const aside = `${draft}.stale`;
      await fsp.rename(lock, aside).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      // Somebody was faster and it is their lock we moved: give it back.
      const moved = await fsp.readFile(aside, 'utf8').catch(() => null);
      if (moved !== null && moved !== found) await fsp.link(aside, lock).catch(() => undefined);
      await fsp.rm(aside, { force: true });
    }
  } finally {
    await fsp.rm(draft, { force: true });
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return typeof holder.pid === 'number' ? holder : null;
  } catch {
    return null; // cut short by a full disk: nobody holds a lock like that
  }
}
