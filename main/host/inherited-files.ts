import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/**
 * Closes what this process got from its parent without being meant to: files, pipes and sockets that stand under the same
 * number in both. Gives how many. On Linux, Chromium leaves its own open for every program that Electron starts; a host
 * would keep them for days after the app has ended: the app's output pipes (so that whoever waits for their end waits on),
 * its X connection, and the socket of its single-instance lock, which makes the next start after a crash wait 20 seconds.
 * The files of the program itself are left alone, they may be our own.
 */
export function closeInherited(parentPid: number): number {
  const program = dirname(process.execPath) + sep;
  let closed = 0;
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor <= 2) continue;
    const target = targetOf('self', name);
    // Event and timer descriptors all read the same, so it cannot be said whose they are; they hold nothing.
    if (target === undefined || target.startsWith('anon_inode:') || target.startsWith(program)) continue;
    if (target !== targetOf(String(parentPid), name)) continue;
    closeSync(descriptor);
    closed += 1;
  }
  return closed;
}

function targetOf(process: string, descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/fd/${descriptor}`);
  } catch {
    // It was closed meanwhile, as the one that read the folder, or the parent has ended.
    return undefined;
  }
}
