import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const maxOutputBytes = 32 * 1024 * 1024;

/** One running process of the machine. */
export interface ProcessRow {
  pid: number;
  parentPid: number;
  /** CPU time it has used since it started, in milliseconds. */
  cpuMs: number;
  /** Resident memory, in bytes. */
  memoryBytes: number;
}

/** Everything that runs on this machine. Linux: one small read of `/proc` each; elsewhere the system's own list. */
export function listProcesses(): Promise<ProcessRow[]> {
  if (process.platform === 'linux') return listLinux();
  return process.platform === 'win32' ? listWindows() : listUnix();
}

/** Beginning of a process's command line; undefined when it is gone or another user's. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ').trim() || undefined;
  }
  const listed =
    process.platform === 'win32'
      ? run('powershell.exe', [
          '-NoProfile',
          '-Command',
          `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`,
        ])
      : run('ps', ['-o', 'args=', '-p', String(pid)]);
  // It may have ended between the list and the question.
  const { stdout } = await listed.catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}

let linuxUnits: Promise<{ tickMs: number; pageBytes: number }> | undefined;

/** Units of `/proc`: they differ between kernels (pages of 4 to 64 KiB). */
function readLinuxUnits() {
  linuxUnits ??= Promise.all([run('getconf', ['CLK_TCK']), run('getconf', ['PAGESIZE'])]).then(
    ([ticks, page]) => ({ tickMs: 1000 / Number(ticks.stdout), pageBytes: Number(page.stdout) }),
    // A system without getconf, such as a minimal container: what nearly all kernels use.
    () => ({ tickMs: 10, pageBytes: 4096 }),
  );
  return linuxUnits;
}

async function listLinux(): Promise<ProcessRow[]> {
  const { tickMs, pageBytes } = await readLinuxUnits();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(
    pids.map(async (pid): Promise<ProcessRow | undefined> => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      if (!text) return undefined;
      // The command's name stands in parentheses and may hold anything: fields are counted after the last one.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return {
        pid: Number(pid),
        parentPid: Number(fields[1]),
        cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
        memoryBytes: Number(fields[21]) * pageBytes,
      };
    }),
  );
  return rows.filter((row) => row !== undefined);
}

async function listUnix(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { maxBuffer: maxOutputBytes });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parentPid, rssKib, time] = line.trim().split(/\s+/);
    if (!pid || !parentPid || !rssKib || !time) return [];
    return [
      { pid: Number(pid), parentPid: Number(parentPid), memoryBytes: Number(rssKib) * 1024, cpuMs: cpuTimeMs(time) },
    ];
  });
}

/** Milliseconds of a `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function cpuTimeMs(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

async function listWindows(): Promise<ProcessRow[]> {
  const { stdout } = await run(
    'powershell.exe',
    [
      '-NoProfile',
      '-Command',
      'Get-CimInstance Win32_Process | Select-Object ProcessId,ParentProcessId,WorkingSetSize,KernelModeTime,UserModeTime | ConvertTo-Csv -NoTypeInformation',
    ],
    { maxBuffer: maxOutputBytes },
  );
  return stdout
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [pid, parentPid, memoryBytes, kernel, user] = line.trim().replaceAll('"', '').split(',').map(Number);
      if (!pid || parentPid === undefined) return [];
      // Windows counts CPU time in tenths of microseconds.
      return [{ pid, parentPid, memoryBytes: memoryBytes ?? 0, cpuMs: ((kernel ?? 0) + (user ?? 0)) / 10_000 }];
    });
}
