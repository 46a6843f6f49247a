import { join } from 'node:path';
import type { Worker } from '../../shared/workers.ts';
import { until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { type CrashRoom, openCrashRoom } from './crash-room.ts';
import { makeStubClaude } from './stub-claude.ts';

/** Stops a process as a debugger or a Ctrl-Z does, for as long as `work` takes. */
async function stopped(pid: number, work: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

const checkOf = async (room: CrashRoom, id: string) =>
  (await room.call<{ checks: Record<string, string> }>('GET', '/api/health')).checks[id];

/** C4: the host, the program and a worker are stopped one after the other; the others go on, and it comes back by itself. */
export const stoppedProcess: CrashCheck = async ({ short }) => {
  const stopMs = short ? 3000 : 30_000;
  const withinMs = short ? 60_000 : 10_000;
  const wrong: string[] = [];
  const home = await openCrashRoom({ claude: '/bin/true' });
  let seenMs = 0;
  try {
    const stub = await makeStubClaude(join(home.home.folder, 'stub'), { pauseMs: 100 });
    const room = await openCrashRoom({ claude: stub.path });
    try {
      await room.start();
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      const ids: string[] = [];
      for (let worker = 0; worker < 3; worker += 1)
        ids.push(
          (await room.call<Worker>('POST', '/api/workers', { projectId, name: `s${worker}`, worktree: false })).id,
        );
      const workers = () => Promise.all(ids.map((id) => room.call<Worker>('GET', `/api/workers/${id}`)));
      const turns = async () => (await workers()).map((worker) => worker.turns);
      const goOn = async (which: number[]) => {
        const before = await turns();
        return until(async () => {
          const now = await turns();
          return which.every((place) => (now[place] ?? 0) > (before[place] ?? 0));
        }, 60_000);
      };
      if (!(await goOn([0, 1, 2]))) throw new Error('the workers do not start');

      const host = (await room.hostPid()) ?? 0;
      await stopped(host, async () => {
        const at = performance.now();
        if (!(await until(async () => (await checkOf(room, 'terminals')) === 'error', withinMs)))
          wrong.push('the health does not show that the host is stopped');
        seenMs = performance.now() - at;
        await room.call('POST', '/api/searches', { name: 'beside a stopped host', query: 'q=1' });
        await pause(Math.max(0, stopMs - seenMs));
      });
      if (!(await goOn([0, 1, 2]))) wrong.push('the workers do not go on after the host was stopped');
      if (!(await until(async () => (await checkOf(room, 'terminals')) === 'ok', 60_000)))
        wrong.push('the health does not show that the host is back');
      if ((await room.hostPid()) !== host) wrong.push('there is another host');

      const [, mine] = (await workers()).map(({ pid }) => pid);
      await stopped(mine ?? 0, async () => {
        if (!(await goOn([0, 2]))) wrong.push('other workers do not go on beside a stopped one');
        await pause(short ? 0 : stopMs);
      });
      if (!(await goOn([1]))) wrong.push('a worker does not go on after it was stopped');

      const saidBefore = await Promise.all(ids.map((id) => stub.said(id)));
      await stopped(room.run().child.pid ?? 0, async () => {
        await pause(stopMs);
        const said = await Promise.all(ids.map((id) => stub.said(id)));
        if (said.some((count, place) => count <= (saidBefore[place] ?? 0)))
          wrong.push('workers do not go on beside a stopped program');
      });
      if (!(await goOn([0, 1, 2]))) wrong.push('it does not take up what workers did while it was stopped');
      await stub.stop();
      const settled = async () => {
        const said = await Promise.all(ids.map((id) => stub.said(id)));
        return (await turns()).every((count, place) => count * 10 === said[place]);
      };
      if (!(await until(settled, 60_000))) wrong.push('what workers said is not all kept');
      if ((await workers()).some(({ restarts }) => restarts > 0)) wrong.push('a worker was started again');
    } finally {
      await room.close();
    }
  } finally {
    await home.close();
  }
  return {
    made: `host, worker and program stopped for ${stopMs / 1000} s each`,
    seen: `the host's stop was shown after ${(seenMs / 1000).toFixed(1)} s, everything else went on, all came back`,
    wrong,
  };
};
