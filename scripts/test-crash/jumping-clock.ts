import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEntry } from '../../shared/audit.ts';
import type { State } from '../../shared/events.ts';
import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import { until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { openCrashRoom } from './crash-room.ts';
import { makeStubClaude } from './stub-claude.ts';

/** Debian's libfaketime, which lies about the time to one program. */
async function findFakeTime(): Promise<string | undefined> {
  for (const folder of await readdir('/usr/lib').catch(() => [])) {
    const path = join('/usr/lib', folder, 'faketime', 'libfaketime.so.1');
    if (existsSync(path)) return path;
  }
  return undefined;
}

const dayMs = 86_400_000;

/** C3: the clock is set a day back, a year ahead and an hour back again and again beside working workers. */
export const jumpingClock: CrashCheck = async ({ rounds }) => {
  const library = await findFakeTime();
  if (!library) return { made: '', seen: '', wrong: [], skipped: 'no libfaketime: apt-get install faketime' };
  const jumps = ['-1d', '+365d', '-1h'];
  const count = rounds({ full: 12, short: 1 });
  const home = await openCrashRoom({ claude: '/bin/true' });
  const wrong: string[] = [];
  try {
    const stub = await makeStubClaude(join(home.home.folder, 'stub'), { pauseMs: 100 });
    const clock = join(home.home.folder, 'clock');
    await writeFile(clock, '+0');
    const room = await openCrashRoom({ claude: stub.path });
    try {
      await room.start({
        env: {
          LD_PRELOAD: library,
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      });
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      const { id } = await room.call<Worker>('POST', '/api/workers', { projectId, name: 'clock', worktree: false });
      const worker = () => room.call<Worker>('GET', `/api/workers/${id}`);
      const goesOn = async () => {
        const { turns } = await worker();
        return until(async () => (await worker()).turns > turns, 60_000);
      };
      if (!(await goesOn())) throw new Error('the worker does not start');
      const shell = await room.call<Terminal>('POST', '/api/terminals', {});
      for (let jump = 0; jump < count; jump += 1) {
        const to = jumps[jump % jumps.length] ?? '+0';
        const problem = (text: string) => wrong.push(`at ${to}: ${text}`);
        await writeFile(clock, to);
        if (!(await goesOn())) problem('the worker does not go on');
        await room.call('POST', '/api/searches', { name: `clock ${jump}`, query: 'q=1' });
        await pause(1200);
        const now = await worker();
        if (now.troubles.length > 0 || now.state === 'ended') problem(`it has ${JSON.stringify(now.troubles)}`);
        if (now.workedMs < 0) problem(`it worked ${now.workedMs} ms`);
        if (Math.abs(Date.now() - now.lastActivityAt) > dayMs / 2) problem(`last active at ${now.lastActivityAt}`);
        const { terminals } = await room.call<State>('GET', '/api/state');
        if (terminals.find((terminal) => terminal.id === shell.id)?.state !== 'running')
          problem('the shell was closed');
        await writeFile(clock, '+0');
        if (!(await goesOn())) problem('the worker does not go on when the clock is right again');
      }
      const { items } = await room.call<{ items: AuditEntry[] }>('GET', '/api/audit?limit=200');
      // Newest first: by number, and by time just as well.
      for (const [place, entry] of items.entries()) {
        const later = items[place - 1];
        if (later && (later.id <= entry.id || later.at < entry.at))
          wrong.push(`entry ${later.id} is before ${entry.id}`);
      }
      if (items.filter(({ action }) => action === 'savedSearches.save').length !== count)
        wrong.push('entries of the audit are missing');
    } finally {
      await room.close();
    }
  } finally {
    await home.close();
  }
  return {
    made: `the clock set wrong ${count} times`,
    seen: 'nothing came early, nothing was removed, all in order',
    wrong,
  };
};
