import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from '../../shared/workers.ts';
import { until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { openCrashRoom } from './crash-room.ts';

/** Time on a processor that a process has used so far, in milliseconds; ticks of a hundredth of a second. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** B5: a worker whose program ends at once is started again with growing waits, three times and no more, and says so. */
export const crashLoop: CrashCheck = async ({ short }) => {
  if (short)
    return {
      made: '',
      seen: '',
      wrong: [],
      skipped: 'its waits take three minutes; recovery.test.ts has them at once',
    };
  const wrong: string[] = [];
  const home = await openCrashRoom({ claude: '/bin/true' });
  const starts = join(home.home.folder, 'starts');
  const claude = join(home.home.folder, 'claude');
  await writeFile(
    claude,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo '2.1.329 (Claude Code)'; exit 0; fi\ndate +%s%N >> '${starts}'\nexit 3\n`,
  );
  await chmod(claude, 0o755);
  let percent = 0;
  let waits: number[] = [];
  try {
    const room = await openCrashRoom({ claude });
    try {
      await room.start();
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      const { id } = await room.call<Worker>('POST', '/api/workers', { projectId, name: 'loop', worktree: false });
      const pid = room.run().child.pid ?? 0;
      const [startedAt, usedMs] = [performance.now(), await cpuMs(pid)];
      const given = async () => {
        const { state, recovery } = await room.call<Worker>('GET', `/api/workers/${id}`);
        return state === 'ended' && recovery.nextAt === null;
      };
      // Asked seldom: what the questions cost is not the loop's.
      const gaveUp = async () => {
        await pause(2000);
        return given();
      };
      if (!(await until(gaveUp, 300_000))) wrong.push('it never gives up');
      percent = (100 * ((await cpuMs(pid)) - usedMs)) / (performance.now() - startedAt);
      if (percent >= 2) wrong.push(`the loop takes ${percent.toFixed(1)} % of a core`);
      const times = (await readFile(starts, 'utf8'))
        .trim()
        .split('\n')
        .map((time) => Number(time) / 1e6);
      waits = times.slice(1).map((time, place) => (time - (times[place] ?? 0)) / 1000);
      if (times.length !== 4) wrong.push(`it was started ${times.length} times`);
      if (waits.some((wait, place) => wait <= (waits[place - 1] ?? 0))) wrong.push('the waits do not grow');
      const { troubles, endReason } = await room.call<Worker>('GET', `/api/workers/${id}`);
      if (troubles.length === 0 || !endReason) wrong.push('it does not say so');
    } finally {
      await room.close();
    }
  } finally {
    await home.close();
  }
  return {
    made: 'a worker that crashes at once',
    seen: `started again after ${waits.map((wait) => wait.toFixed(0)).join(', ')} s, then no more; ${percent.toFixed(1)} % of a core`,
    wrong,
  };
};
