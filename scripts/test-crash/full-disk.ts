import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from '../../shared/workers.ts';
import { isAlive, until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { allHeard, startClients } from './clients.ts';
import { type CrashRoom, openCrashRoom } from './crash-room.ts';
import { readKept } from './kept.ts';
import { openLedger } from './ledger.ts';
import { mountSmallDisk } from './small-disk.ts';
import { makeStubClaude } from './stub-claude.ts';

const workerCount = 4;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const mib = 1024 * 1024;

/** Fills a disk to the last byte with a file, or gives that room back. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (let sizeBytes = mib; sizeBytes >= 512; ) {
      const { bytesWritten } = await handle.write(Buffer.alloc(sizeBytes)).catch(() => ({ bytesWritten: 0 }));
      if (bytesWritten < sizeBytes) sizeBytes /= 2;
    }
  } finally {
    await handle.close();
  }
}

/** Whether the health says that there is no room, as the page shows it. */
async function saysFull(room: CrashRoom): Promise<boolean> {
  const { checks, reasons } = await room.call<{ checks: Record<string, string>; reasons: string[] }>(
    'GET',
    '/api/health',
  );
  return checks.disk === 'error' && reasons.some((reason) => /The disk is full.*Free some space/.test(reason));
}

/**
 * C1: the disk under the data folder, the worktrees and the transcripts is filled at random moments beside writing workers,
 * and freed again. Nothing dies, the warning is seen at once, all of it goes on by itself, and nothing acknowledged is lost.
 */
export const fullDisk: CrashCheck = async ({ rounds, random, short }) => {
  const disk = await mountSmallDisk(64);
  if (!disk.mounted) return { made: '', seen: '', wrong: [], skipped: disk.problem };
  const count = rounds({ full: 50, short: 1 });
  const stub = await makeStubClaude(join(disk.folder, '..', `${disk.folder.split('/').at(-1)}-stub`), { pauseMs: 30 });
  const room = await openCrashRoom({
    claude: stub.path,
    dataDir: join(disk.folder, 'data'),
    worktreesDir: join(disk.folder, 'worktrees'),
  });
  const ledger = openLedger(room.home.folder);
  const filler = join(disk.folder, 'filler');
  const wrong: string[] = [];
  const refusals = new Map<string, number>();
  let number = 0;
  const warningMs: number[] = [];
  let slowestReturnMs = 0;
  // Figures of time hold on a quiet machine; in the short form only what does not come counts.
  const withinMs = (ms: number) => (short ? ms * 10 : ms);
  try {
    await mkdir(room.dataDir);
    await room.start();
    const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
    const workerIds: string[] = [];
    for (let worker = 0; worker < workerCount; worker += 1)
      workerIds.push(
        (await room.call<Worker>('POST', '/api/workers', { projectId, name: `f${worker}`, worktree: false })).id,
      );
    const workers = () => Promise.all(workerIds.map((id) => room.call<Worker>('GET', `/api/workers/${id}`)));
    if (!(await until(async () => (await workers()).every(({ pid, turns }) => pid !== null && turns > 0), 60_000)))
      throw new Error('the workers do not start');
    const pids = (await workers()).map(({ pid }) => pid);
    for (let round = 1; round <= count; round += 1) {
      const problem = (text: string) => wrong.push(`round ${round}: ${text}`);
      const clients = startClients({
        room,
        ledger,
        random,
        workerIds,
        count: 2,
        nextNumber: () => {
          number += 1;
          return number;
        },
      });
      await pause(random.number(300));
      // Something large under way in some of them: a worktree, a terminal.
      if (random.number(3) === 0)
        void room
          .call('POST', '/api/workers', { projectId, name: `disk${round}` })
          .catch((error: unknown) => refusals.set(String(error), 1));
      await fill(filler);
      const filledAt = performance.now();
      if (!(await until(() => saysFull(room).catch(() => false), withinMs(10_000)))) problem('no warning');
      warningMs.push(performance.now() - filledAt);
      // What was given up for this goes too.
      await fill(`${filler}-2`);
      await pause(500 + random.number(1500));
      if (room.run().child.exitCode !== null) throw new Error(`the program ended: ${room.run().errors()}`);
      const before = ledger.acknowledgements();
      await Promise.all([rm(filler, { force: true }), rm(`${filler}-2`, { force: true })]);
      const freedAt = performance.now();
      const isBack = async () =>
        !(await saysFull(room)) &&
        ledger.acknowledgements() > before &&
        (await workers()).every(({ lastActivityAt }) => Date.now() - lastActivityAt < 2000);
      if (!(await until(() => isBack().catch(() => false), withinMs(10_000))))
        problem('it does not go on when there is room');
      slowestReturnMs = Math.max(slowestReturnMs, performance.now() - freedAt);
      await clients.end();
      for (const text of clients.refused) {
        const what = text.replace(/^\S+ \S+ /, '').slice(0, 300);
        refusals.set(what, (refusals.get(what) ?? 0) + 1);
        if (!/ 503 .*The disk is full/.test(text)) problem(`refused with ${text}`);
      }
      if (!pids.every(isAlive)) problem('a worker ended');
    }
    await stub.stop();
    const settled = async () => {
      const all = await workers();
      const said = await Promise.all(workerIds.map((id) => stub.said(id)));
      return all.every(({ turns, state }, index) => turns * 10 === said[index] && state === 'idle');
    };
    if (!(await until(settled, 30_000)))
      wrong.push(
        `the workers do not come to rest: ${JSON.stringify((await workers()).map(({ turns, state }) => ({ turns, state })))} ${await Promise.all(workerIds.map((id) => stub.said(id)))}`,
      );
    // What was not heard by then is found below.
    await until(() => allHeard(ledger, stub, workerIds), 30_000);
    await room.kill();
    const kept = readKept(room.dataDir);
    wrong.push(...ledger.compare(kept.values), ...kept.wrongLines, ...kept.broken);
    let lines = 0;
    for (const id of workerIds) {
      const said = await stub.said(id);
      lines += said;
      if (kept.lines.get(id) !== said) wrong.push(`${id} said ${said} lines, ${kept.lines.get(id)} are kept`);
      const heard = await stub.heard(id);
      for (const name of kept.values.keys()) {
        if (!name.startsWith('prompt') || !name.endsWith(id)) continue;
        const times = heard.filter((text) => text === name.split(' to ')[0]).length;
        if (times !== 1) wrong.push(`${name} was heard ${times} times`);
      }
    }
    return {
      made: `a disk of 64 MiB filled ${count} times`,
      seen: `${ledger.acknowledgements()} acknowledgements, ${lines} lines, warned after ${median(warningMs).toFixed(0)} ms in the middle and ${Math.max(...warningMs).toFixed(0)} ms at most, back after ${slowestReturnMs.toFixed(0)} ms at most, refused ${[...refusals.values()].reduce((a, b) => a + b, 0)} times`,
      wrong,
    };
  } finally {
    ledger.close();
    await room.close();
    await disk.close();
    await rm(`${disk.folder}-stub`, { recursive: true, force: true });
  }
};
