import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import { runCommand } from '../run-command.ts';
import { until } from '../test-terminals/checks.ts';
import type { CrashCheck } from './check.ts';
import { type CrashRoom, openCrashRoom } from './crash-room.ts';
import { makeStubClaude } from './stub-claude.ts';

/** Lets a process open no further file for as long as `work` takes. */
async function withoutFiles(pid: number, work: () => Promise<void>): Promise<void> {
  const prlimit = async (...args: string[]) => {
    const { code, output } = await runCommand('prlimit', ['--pid', String(pid), ...args]);
    if (code !== 0) throw new Error(`prlimit: ${output}`);
    return output.trim();
  };
  const before = await prlimit('--nofile', '--output', 'SOFT', '--noheadings');
  const open = new Set((await readdir(`/proc/${pid}/fd`)).map(Number));
  let lowest = 0;
  while (open.has(lowest)) lowest += 1;
  await prlimit(`--nofile=${lowest}:`);
  try {
    await work();
  } finally {
    await prlimit(`--nofile=${before}:`);
  }
}

/** Starts a terminal or a worker where that cannot go well; gives why it did not. */
async function reasonOf(room: CrashRoom, projectId: string, what: 'terminal' | 'worker'): Promise<string> {
  if (what === 'terminal') {
    const opened = await room.call<Terminal>('POST', '/api/terminals', {}).catch((error: Error) => error);
    if (opened instanceof Error) return opened.message;
    const ended = async () => (await room.call<Terminal>('GET', `/api/terminals/${opened.id}`)).state === 'exited';
    return (await until(ended, 20_000)) ? 'it ended at once' : 'it runs';
  }
  const { id } = await room.call<Worker>('POST', '/api/workers', { projectId, name: 'refused', worktree: false });
  let worker: Worker | undefined;
  await until(async () => {
    worker = await room.call<Worker>('GET', `/api/workers/${id}`);
    return worker.state === 'ended' || worker.pid !== null;
  }, 30_000);
  const why = worker?.state === 'ended' ? (worker.endReason ?? 'no reason') : 'it runs';
  await room.call('POST', `/api/workers/${id}/stop`, { force: true }).catch(() => undefined);
  return why;
}

/** C5: no descriptor and no terminal is left, and the system kills a worker for its memory. */
export const usedUp: CrashCheck = async () => {
  const wrong: string[] = [];
  const seen: string[] = [];
  const home = await openCrashRoom({ claude: '/bin/true' });
  const stub = await makeStubClaude(join(home.home.folder, 'stub'), { pauseMs: 100 });
  try {
    const room = await openCrashRoom({ claude: stub.path });
    try {
      await room.start();
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      // Looked at once: the program is known from here on.
      const { id } = await room.call<Worker>('POST', '/api/workers', { projectId, name: 'here', worktree: false });
      const here = () => room.call<Worker>('GET', `/api/workers/${id}`);
      if (!(await until(async () => (await here()).turns > 0, 60_000))) throw new Error('the worker does not start');
      const { pid } = await here();
      const host = (await room.hostPid()) ?? 0;
      await withoutFiles(host, async () => {
        for (const what of ['terminal', 'worker'] as const) {
          const reason = await reasonOf(room, projectId, what);
          if (!/EMFILE|too many open files|descriptor|files are open/i.test(reason))
            wrong.push(`a ${what} without descriptors: ${reason}`);
        }
      });
      if ((await room.hostPid()) !== host) wrong.push('the host did not outlive it');
      if ((await here()).pid !== pid) wrong.push('the worker did not outlive it');
      const after = await reasonOf(room, projectId, 'worker');
      if (after !== 'it runs') wrong.push(`a worker when there are descriptors again: ${after}`);
      seen.push('no descriptors in the host');

      const before = (await here()).turns;
      await withoutFiles(room.run().child.pid ?? 0, async () => {
        // Each connection that is there goes on; new ones wait or are closed.
        await Promise.allSettled(Array.from({ length: 20 }, () => room.call('GET', '/api/state')));
      });
      if (room.run().child.exitCode !== null) wrong.push(`the program ended: ${room.run().errors()}`);
      const answers = () =>
        room.call('GET', '/api/state').then(
          () => true,
          () => false,
        );
      if (!(await until(answers, 20_000))) wrong.push('the program does not answer any more');
      if (!(await until(async () => (await here()).turns > before, 20_000)))
        wrong.push('the worker is not heard any more');
      seen.push('none in the program');

      process.kill(pid ?? 0, 'SIGKILL');
      const killed = async () => {
        const worker = await here();
        return worker.state === 'ended' || worker.pid !== pid;
      };
      if (!(await until(killed, 20_000))) wrong.push('a killed worker is not noticed');
      const { endReason } = await here();
      if (!/SIGKILL.*memory/.test(endReason ?? '')) wrong.push(`a worker that the system killed: ${endReason}`);
      seen.push('a worker killed by the system');
    } finally {
      await room.close();
    }

    const script =
      'mount -t devpts -o newinstance,ptmxmode=0666,max=1 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx && exec "$@"';
    const alone = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
    const trial = await runCommand(alone[0] ?? '', [...alone.slice(1), 'true']);
    if (trial.code === 0) {
      const few = await openCrashRoom({ claude: stub.path });
      try {
        await few.start({ before: alone });
        const { id: projectId } = await few.call<{ id: string }>('POST', '/api/projects', { path: few.repository });
        await few.call<Terminal>('POST', '/api/terminals', {});
        const reason = await reasonOf(few, projectId, 'terminal');
        if (!/terminal|pty|pseudo/i.test(reason) || reason === 'it runs')
          wrong.push(`a terminal where no more can be opened: ${reason}`);
        const headless = await reasonOf(few, projectId, 'worker');
        if (headless !== 'it runs') wrong.push(`a headless worker, which needs none: ${headless}`);
        seen.push('no terminals');
      } finally {
        await few.close();
      }
    } else seen.push('no terminals: skipped, this machine gives no namespace of its own');
  } finally {
    await home.close();
  }
  return { made: 'what a process needs is used up', seen: seen.join(', '), wrong };
};
