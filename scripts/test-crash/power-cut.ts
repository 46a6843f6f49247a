import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IndexState } from '../../shared/sessions.ts';
import type { Worker } from '../../shared/workers.ts';
import { runCommand } from '../run-command.ts';
import { until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { startClients } from './clients.ts';
import { openCrashRoom } from './crash-room.ts';
import { readKept } from './kept.ts';
import { openLedger } from './ledger.ts';
import { makeStubClaude } from './stub-claude.ts';

async function run(file: string, ...args: string[]): Promise<void> {
  const { code, output } = await runCommand(file, args);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}: ${output.trim() || `ended with ${code}`}`);
}

/** Unmounts, also when somebody who was killed a moment ago still holds it. */
async function unmount(folder: string): Promise<void> {
  if (!(await until(async () => (await runCommand('umount', [folder])).code === 0, 10_000)))
    throw new Error(`${folder} stays mounted`);
}

/**
 * A disk (ext4) whose picture can be taken in an instant while it is written to: its image lies in a file system that can
 * copy a file without copying its bytes. A picture holds what reached the disk and nothing of what only memory had.
 */
async function mountDisk(folder: string) {
  const [outer, image] = [join(folder, 'memory', 'outer.img'), join(folder, 'outer', 'disk.img')];
  const mounted: string[] = [];
  async function mount(from: string, name: string): Promise<string> {
    const to = join(folder, name);
    await run('mkdir', '-p', to);
    await run('mount', '-o', 'loop', from, to);
    mounted.push(to);
    return to;
  }
  async function close(): Promise<void> {
    for (const place of mounted.splice(0).reverse()) await unmount(place);
  }
  try {
    // In memory: this measures what is synced, not how long a disk takes for it.
    const memory = join(folder, 'memory');
    await run('mkdir', memory);
    await run('mount', '-t', 'tmpfs', '-o', 'size=1300m', 'tmpfs', memory);
    mounted.push(memory);
    await run('truncate', '-s', '1200M', outer);
    await run('mkfs.btrfs', '-q', outer);
    await mount(outer, 'outer');
    await run('truncate', '-s', '256M', image);
    await run('mkfs.ext4', '-q', image);
    const disk = await mount(image, 'disk');
    return {
      disk,
      /** What somebody finds who switches on again after the power was cut at this moment. */
      async picture(): Promise<{ folder: string; close(): Promise<void> }> {
        const copy = join(folder, 'outer', 'picture.img');
        await run('cp', '--reflink=always', image, copy);
        const place = await mount(copy, 'picture');
        return {
          folder: place,
          async close() {
            mounted.splice(mounted.indexOf(place), 1);
            await unmount(place);
            await rm(copy);
          },
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * A2 and A3: pictures of the disk are taken while the program writes, each what a power cut at that moment would leave. In
 * each everything acknowledged is there, the database is intact, and the index is whole or made anew.
 */
export const powerCut: CrashCheck = async ({ rounds, random }) => {
  const count = rounds({ full: 100, short: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'control-room-power-'));
  const opened = await mountDisk(folder).catch((error: Error) => error);
  if (opened instanceof Error) {
    await rm(folder, { recursive: true, force: true });
    return {
      made: '',
      seen: '',
      wrong: [],
      skipped: `no disk can be pictured (${opened.message}): root and btrfs-progs`,
    };
  }
  const stub = await makeStubClaude(join(folder, 'stub'), { pauseMs: 30 });
  const room = await openCrashRoom({ claude: stub.path, dataDir: join(opened.disk, 'data') });
  const ledger = openLedger(folder);
  const wrong: string[] = [];
  let number = 0;
  let intact = 0;
  let taken = 0;
  try {
    await room.start();
    const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
    const workerIds: string[] = [];
    for (let worker = 0; worker < 4; worker += 1)
      workerIds.push(
        (await room.call<Worker>('POST', '/api/workers', { projectId, name: `p${worker}`, worktree: false })).id,
      );
    const live = async () => {
      const workers = await Promise.all(workerIds.map((id) => room.call<Worker>('GET', `/api/workers/${id}`)));
      return workers.every(({ pid }) => pid !== null);
    };
    if (!(await until(live, 60_000))) throw new Error('the workers do not start');
    const clients = startClients({
      room,
      ledger,
      random,
      workerIds,
      count: 4,
      nextNumber: () => {
        number += 1;
        return number;
      },
    });
    for (let round = 1; round <= count; round += 1) {
      const wanted = ledger.acknowledgements() + 1 + random.number(30);
      if (!(await until(() => ledger.acknowledgements() >= wanted, 60_000)))
        wrong.push(`picture ${round}: nothing more was acknowledged within a minute`);
      await pause(random.number(20));
      // What is acknowledged now has to be in any picture that is begun later.
      const book = ledger.snapshot();
      const picture = await opened.picture();
      taken += 1;
      try {
        const kept = readKept(join(picture.folder, 'data'));
        if (kept.broken.length === 0) intact += 1;
        const found = [...book.missingIn(kept.values), ...kept.wrongLines, ...kept.broken];
        wrong.push(...found.map((text) => `picture ${round}: ${text}`));
        // Every tenth is started from, with its index.
        if (round % 10 === 1) {
          const again = await openCrashRoom({ claude: '/bin/true', dataDir: join(picture.folder, 'data') });
          try {
            await again.start();
            const index = () => again.call<IndexState>('GET', '/api/sessions/index');
            if (!(await until(async () => (await index()).state === 'up-to-date', 30_000)))
              wrong.push(`picture ${round}: the index is ${JSON.stringify(await index())}`);
          } finally {
            await again.close();
          }
        }
      } finally {
        await picture.close();
      }
    }
    await clients.end();
    wrong.push(...clients.refused);
    return {
      made: `${count} power cuts`,
      seen: `${ledger.acknowledgements()} acknowledgements, ${intact} of ${taken} databases intact, none of them without what was acknowledged`,
      wrong,
    };
  } finally {
    ledger.close();
    await room.close();
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  }
};
