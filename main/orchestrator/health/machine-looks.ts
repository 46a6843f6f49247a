import { readdir, readFile, stat } from 'node:fs/promises';
import { freemem, loadavg, totalmem, uptime } from 'node:os';
import { askProgram } from '../processes/ask-program.ts';
import { kernelNumber } from './house-looks.ts';
import { installActions } from './install-command.ts';
import type { DoctorLook, Found } from './run-checks.ts';

/** A process has some ten descriptors open for each worker, and the CLI many more. */
const fewDescriptors = 1024;
/** Watches of a few large repositories. */
const fewWatches = 65_536;
const fewWatchInstances = 128;
/** A clock that moves by itself by more than this against the one that only counts was set. */
const jumpMs = 5000;

export interface MachineLooks {
  environment: Record<string, string>;
  dataDir: string;
  osSandbox: { look(): Promise<{ available: boolean; problem: string | null }> };
}

/** What the machine allows, and whether its clock can be trusted. */
export function machineLooks(deps: MachineLooks): DoctorLook[] {
  const isLinux = process.platform === 'linux';
  return [
    { id: 'sandbox', title: 'Sandbox for programs', group: 'workers', look: () => lookAtSandbox(deps) },
    ...(process.platform === 'win32'
      ? []
      : ([{ id: 'ptys', title: 'Terminals at once', group: 'workers', look: () => lookAtPtys() }] as DoctorLook[])),
    ...(isLinux
      ? ([
          { id: 'descriptors', title: 'Open files', group: 'machine', look: () => lookAtDescriptors() },
          { id: 'watches', title: 'File watches', group: 'machine', look: () => lookAtWatches() },
        ] as DoctorLook[])
      : []),
    { id: 'memory', title: 'Memory', group: 'machine', look: () => lookAtMemory() },
    { id: 'clock', title: 'Clock', group: 'machine', look: (signal) => lookAtClock(deps, signal) },
  ];
}

async function lookAtSandbox({ osSandbox, environment }: MachineLooks): Promise<Found> {
  const { available, problem } = await osSandbox.look();
  if (available) return { state: 'ok', detail: 'bubblewrap and socat work' };
  const missing = [
    ...(/bubblewrap[^;:]* not installed/.test(problem ?? '') ? ['bubblewrap'] : []),
    ...(/socat[^;:]* not installed/.test(problem ?? '') ? ['socat'] : []),
  ];
  return {
    state: missing.length > 0 ? 'not-installed' : 'warning',
    detail: problem ?? 'not there',
    fix: 'Without it programs of workers that may not use the network can still reach it.',
    actions: missing.length > 0 ? await installActions(missing, environment.PATH ?? '') : [],
  };
}

async function lookAtPtys(): Promise<Found> {
  const [used, most] = await Promise.all([
    kernelNumber('/proc/sys/kernel/pty/nr'),
    kernelNumber('/proc/sys/kernel/pty/max'),
  ]);
  if (used === null || most === null) return { state: 'ok', detail: 'this system does not tell its limit' };
  const detail = `${used} of ${most} in use`;
  if (most - used >= 50) return { state: 'ok', detail };
  return {
    state: most - used < 5 ? 'error' : 'warning',
    detail,
    fix: 'Close terminals of other programs, or allow more.',
    actions: [
      { kind: 'copy', label: 'Copy the command', text: `sudo sysctl kernel.pty.max=${Math.max(4096, most * 2)}` },
    ],
  };
}

async function lookAtDescriptors(): Promise<Found> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, soft, hard] = /Max open files\s+(\S+)\s+(\S+)/.exec(limits) ?? [];
  const used = (await readdir('/proc/self/fd').catch(() => [])).length;
  if (!soft) return { state: 'ok', detail: `${used} open; this system does not tell its limit` };
  const most = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  const detail = `${used} open in this process, ${soft} allowed (${hard} at most)`;
  if (used > most * 0.8)
    return {
      state: 'error',
      detail,
      fix: 'Nearly none are left: start Control Room again with a higher limit.',
      actions: [{ kind: 'copy', label: 'Copy the command', text: 'ulimit -n 65536' }],
    };
  if (most < fewDescriptors)
    return {
      state: 'warning',
      detail,
      fix: 'Allow more before Control Room is started (under systemd: LimitNOFILE=65536).',
      actions: [{ kind: 'copy', label: 'Copy the command', text: 'ulimit -n 65536' }],
    };
  return { state: 'ok', detail };
}

async function lookAtWatches(): Promise<Found> {
  const [watches, instances] = await Promise.all([
    kernelNumber('/proc/sys/fs/inotify/max_user_watches'),
    kernelNumber('/proc/sys/fs/inotify/max_user_instances'),
  ]);
  if (watches === null || instances === null) return { state: 'ok', detail: 'this system does not tell its limits' };
  const detail = `${watches} watches, ${instances} instances`;
  if (watches >= fewWatches && instances >= fewWatchInstances) return { state: 'ok', detail };
  return {
    state: 'warning',
    detail,
    fix: 'Changes of files in large repositories may not be seen. Allow more watches.',
    actions: [
      {
        kind: 'copy',
        label: 'Copy the command',
        text: 'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
      },
    ],
  };
}

async function lookAtMemory(): Promise<Found> {
  // What Linux could give, not what is unused: files that are kept in memory go when it is needed.
  const told = /MemAvailable:\s+(\d+) kB/.exec(await readFile('/proc/meminfo', 'utf8').catch(() => ''))?.[1];
  const free = told ? Number(told) * 1024 : freemem();
  const detail = `${(free / 1024 ** 3).toFixed(1)} of ${(totalmem() / 1024 ** 3).toFixed(1)} GiB free, load ${loadavg()[0]?.toFixed(1)}`;
  return free < 512 * 1024 ** 2
    ? {
        state: 'warning',
        detail,
        fix: 'A worker takes some 300 MB: lower the number of workers at once, or close other programs.',
        actions: [{ kind: 'settings', label: 'Workers at once', section: 'workers' }],
      }
    : { state: 'ok', detail };
}

/** What the clocks said when this process began. */
const begun = { wall: Date.now(), steady: performance.now() };

async function lookAtClock({ dataDir, environment }: MachineLooks, signal: AbortSignal): Promise<Found> {
  const now = Date.now();
  if (now < Date.UTC(2025, 0, 1)) return clockProblem(`it says ${new Date(now).toISOString()}, which is long ago`);
  const jump = now - begun.wall - (performance.now() - begun.steady);
  // A machine that slept: one clock stood still, which is as it should be on some systems.
  const slept = jump > 0 && uptime() * 1000 < now - begun.wall;
  if (Math.abs(jump) > jumpMs && !slept)
    return {
      state: 'warning',
      detail: `it was set by ${(jump / 1000).toFixed(0)} s while this runs`,
      fix: 'Times of entries before and after do not fit together. If it goes on, turn on the system’s time service.',
      actions: [{ kind: 'copy', label: 'Copy the command', text: 'sudo timedatectl set-ntp true' }],
    };
  const newest = await stat(dataDir).catch(() => undefined);
  if (newest && newest.mtimeMs - now > 60_000)
    return clockProblem(
      `the data folder was changed at ${new Date(newest.mtimeMs).toISOString()}, which is yet to come`,
    );
  const detail = new Date(now).toISOString();
  if (process.platform !== 'linux') return { state: 'ok', detail };
  const { stdout, code } = await askProgram('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], {
    environment,
    signal,
  });
  if (code !== 0)
    return { state: 'ok', detail: `${detail}; this system does not tell whether it is kept by a time service` };
  return stdout.trim() === 'yes'
    ? { state: 'ok', detail: `${detail}, kept by a time service` }
    : {
        state: 'warning',
        detail: `${detail}, kept by no time service: credentials that expire need the right time`,
        fix: 'Turn on the system’s time service.',
        actions: [{ kind: 'copy', label: 'Copy the command', text: 'sudo timedatectl set-ntp true' }],
      };
}

function clockProblem(detail: string): Found {
  return {
    state: 'error',
    detail,
    fix: 'Set the clock right: tokens and limits go by it.',
    actions: [{ kind: 'copy', label: 'Copy the command', text: 'sudo timedatectl set-ntp true' }],
  };
}
