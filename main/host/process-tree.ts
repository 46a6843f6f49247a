import { execFile } from 'node:child_process';
import * as fsp from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The environment variable that marks a process and all it starts as ours; its value names the one process they belong to. */
export const PROCESS_MARK = 'CONTROL_ROOM_PROCESS';

/** A process to find: by its pid, and by the mark its descendants carry even after their parents are gone. */
export interface TreeRoot {
  pid: number | null;
  /** As `processStartTime` gave it: a pid that has been given to another process is left alone. */
  processStartTime: string | null;
  /** Value of `CONTROL_ROOM_PROCESS`; only Linux lets us look. */
  mark?: string;
}

interface ProcessRow {
  pid: number;
  parentPid: number;
  sessionId: number;
}

let bootId: Promise<string> | undefined;

/** The machine's boot: start times count from it, so alone they repeat after a restart. */
function readBootId(): Promise<string> {
  bootId ??= fsp.readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.slice(0, 8),
    () => '',
  );
  return bootId;
}

async function readStat(
  pid: number | string,
): Promise<{ state: string; parentPid: number; sessionId: number; startTicks: string } | null> {
  try {
    const text = await fsp.readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything: fields are counted after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      state: fields[0] ?? '',
      parentPid: Number(fields[1]),
      sessionId: Number(fields[3]),
      startTicks: fields[19] ?? '',
    };
  } catch {
    return null; // it ended between listing and reading
  }
}

/** A word that is equal for the same process and different for another one with the same pid; `null` when it is gone or the platform cannot say. */
export async function readProcessStartTime(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readStat(pid);
    return stat ? `${await readBootId()}:${stat.startTicks}` : null;
  }
  if (process.platform === 'win32') return null;
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || null;
  } catch {
    return null; // ps answers 1 for a pid that is not there
  }
}

/** Whether this very process still runs. A zombie does not. */
export async function isProcessAlive(pid: number, processStartTime: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (process.platform === 'linux') {
    const stat = await readStat(pid);
    if (!stat || stat.state === 'Z' || stat.state === 'X') return false;
  }
  return processStartTime === null || (await readProcessStartTime(pid)) === processStartTime;
}

async function listProcesses(): Promise<ProcessRow[]> {
  if (process.platform === 'linux') {
    const pids = (await fsp.readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const rows = await Promise.all(
      pids.map(async (pid): Promise<ProcessRow | null> => {
        const stat = await readStat(pid);
        if (!stat || stat.state === 'Z') return null;
        return { pid: Number(pid), parentPid: stat.parentPid, sessionId: stat.sessionId };
      }),
    );
    return rows.filter((row) => row !== null);
  }
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parentPid] = line.trim().split(/\s+/).map(Number);
    return pid && parentPid !== undefined ? [{ pid, parentPid, sessionId: 0 }] : [];
  });
}

async function carriesMark(pid: number, entry: string): Promise<boolean> {
  try {
    const environment = await fsp.readFile(`/proc/${pid}/environ`, 'latin1');
    return environment === entry || environment.startsWith(`${entry}\0`) || environment.includes(`\0${entry}\0`);
  } catch {
    return false; // gone, or another user's
  }
}

/** Whether a process is one that was started with this mark; true where the system does not tell. */
export async function mayCarryMark(pid: number, mark: string): Promise<boolean> {
  return process.platform !== 'linux' || carriesMark(pid, `${PROCESS_MARK}=${mark}`);
}

/**
 * The pids of a process and of everything it started that still runs, the root first. Found by parenthood, by session
 * (a child whose parent died keeps it) and on Linux by the mark in the environment, which survives `setsid` too.
 */
export async function findProcessTree(root: TreeRoot): Promise<number[]> {
  const rows = await listProcesses();
  const rootAlive = root.pid !== null && (await isProcessAlive(root.pid, root.processStartTime));
  const found = new Set<number>();
  if (rootAlive && root.pid !== null) found.add(root.pid);
  if (root.pid !== null && root.pid > 1 && process.platform === 'linux' && rootAlive) {
    for (const row of rows) if (row.sessionId === root.pid) found.add(row.pid);
  }
  if (root.mark !== undefined && process.platform === 'linux') {
    const entry = `${PROCESS_MARK}=${root.mark}`;
    await Promise.all(rows.map(async (row) => (await carriesMark(row.pid, entry)) && found.add(row.pid)));
  }
  const childrenOf = new Map<number, number[]>();
  for (const row of rows) {
    const siblings = childrenOf.get(row.parentPid);
    if (siblings) siblings.push(row.pid);
    else childrenOf.set(row.parentPid, [row.pid]);
  }
  // A set grows while it is walked: children of children are met in the same loop.
  for (const pid of found) for (const child of childrenOf.get(pid) ?? []) found.add(child);
  found.delete(process.pid);
  return [...found];
}

/**
 * Signals a process and everything it started, all found before the first one is signalled; gives how many were reached.
 * With SIGKILL it looks again until nothing is left, because a process can start another one in between.
 */
export async function signalProcessTree(root: TreeRoot, signal: NodeJS.Signals): Promise<number> {
  if (process.platform === 'win32') {
    if (root.pid === null) return 0;
    try {
      await run('taskkill', ['/PID', String(root.pid), '/T', '/F']);
      return 1;
    } catch {
      return 0; // it had ended already
    }
  }
  const signalled = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const pids = (await findProcessTree(root)).filter((pid) => signal === 'SIGKILL' || !signalled.has(pid));
    let reached = 0;
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
        signalled.add(pid);
        reached++;
      } catch (error) {
        // Gone meanwhile, or run by another user (sudo): nothing we can do about either.
        if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
    if (signal !== 'SIGKILL' || reached === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5 * (round + 1)));
  }
  return signalled.size;
}

/**
 * Ends a process and everything it started: TERM, `graceMs` for those that clean up, then KILL of what is left. Settles
 * when nothing of it runs any more.
 */
export async function endProcessTree(root: TreeRoot, graceMs: number): Promise<void> {
  if ((await signalProcessTree(root, 'SIGTERM')) === 0) return;
  const until = performance.now() + graceMs;
  while (performance.now() < until) {
    if ((await findProcessTree(root)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await signalProcessTree(root, 'SIGKILL');
}
