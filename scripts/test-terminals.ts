import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { State } from '../shared/events.ts';
import type { Terminal } from '../shared/terminals.ts';
import type { Worker } from '../shared/workers.ts';
import { build, isBuilt } from './build.ts';
import { runDesktopTests } from './e2e/run-playwright.ts';
import { repositoryFolder } from './repository-folder.ts';
import { type Room, startRoom } from './room.ts';
import {
  childrenOf,
  connectViewer,
  createRandom,
  followBytes,
  holdingsOf,
  isAlive,
  readLog,
  spawnStub,
  until,
  untilPrinted,
  untilRunning,
  type Viewer,
  wrongLines,
} from './test-terminals/checks.ts';
import { liveMib } from './test-terminals/live-memory.ts';
import { makeStubs } from './test-terminals/stub-worker.ts';

/*
 * `npm run test:terminals`: nothing a terminal says is lost, and workers outlive the app; on the built program with stub
 * workers. Prints counts of what went wrong and ends with 1 when one is not 0. `--short` makes what `npm test` makes,
 * `--only NAME` one of them, `--seed N` the same sizes and moments again.
 */

function flagValue(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at > 0 ? process.argv[at + 1] : undefined;
}
const short = process.argv.includes('--short');
const seed = Number(flagValue('--seed') ?? Date.now() % 1_000_000);
const random = createRandom(seed);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

if (!(await isBuilt())) {
  const problems = await build();
  if (problems) throw new Error(problems);
}
const stubs = await makeStubs();
const headless = join(repositoryFolder, 'dist', 'main', 'headless.js');

function openRoom(...flags: string[]): Promise<Room> {
  return startRoom({
    maxWorkers: 60,
    claude: stubs.claude,
    program: { file: process.execPath, args: [headless, 'start', '--no-open', ...flags], env: { SHELL: stubs.shell } },
  });
}

/** Waits until the stub shell reads: what is typed before is echoed into the log. */
async function untilReady(room: Room, terminalId: Terminal['id']): Promise<void> {
  const seen = followBytes(terminalId);
  const viewer = await connectViewer(room, (frame) => seen.take(frame));
  viewer.send({ kind: 'attach', terminalId, from: 0, whole: true });
  if (!(await until(() => seen.next >= 'ready>'.length, 20_000))) throw new Error('the stub shell does not start');
  viewer.cut();
}

const hostPidOf = async (room: Room) => (await room.call<State>('GET', '/api/state')).system.hostPid ?? 0;

interface Result {
  /** What went wrong, by name; all must be 0. */
  wrong: Record<string, number>;
  facts: string;
}

/** A4: children write so many bytes and end at once, with viewers of every kind. */
async function exitAfterWriting(): Promise<Result> {
  const room = await openRoom();
  const children = short ? 60 : 1000;
  const wrong = { 'log differs': 0, 'viewer differs': 0, 'wrong exit': 0 };
  try {
    const source = randomBytes(10 * 1024 * 1024);
    const file = join(stubs.folder, 'source');
    await writeFile(file, source);
    let allBytes = 0;
    for (let number = 0; number < children; number += 1) {
      const most = short ? 6.3 : 7;
      const sizeBytes = number % 100 === 99 ? source.length : Math.max(1, Math.floor(10 ** (random() * most)));
      const kind = (['absent', 'present', 'slow', 'paused', 'three'] as const)[number % 5];
      const { id } = await room.call<Terminal>('POST', '/api/terminals', {});
      const viewers: { viewer: Viewer; seen: ReturnType<typeof followBytes> }[] = [];
      for (let count = kind === 'absent' ? 0 : kind === 'three' ? 3 : 1; count > 0; count -= 1) {
        const seen = followBytes(id);
        const viewer = await connectViewer(room, (frame) => {
          if (kind === 'slow' && frame.kind === 'output') {
            setTimeout(
              () => viewer.send({ kind: 'ack', terminalId: id, offset: frame.offset + frame.bytes.length }),
              20,
            );
          }
          seen.take(frame, kind === 'slow' || kind === 'paused' ? undefined : (ack) => viewer.send(ack));
        });
        viewer.send({ kind: 'attach', terminalId: id, from: 0, whole: true });
        viewers.push({ viewer, seen });
      }
      await untilReady(room, id);
      await room.call('POST', `/api/terminals/${id}/input`, {
        data: `stty raw; exec head -c ${sizeBytes} '${file}'\n`,
      });
      const log = await readLog(room, id);
      const expected = createHash('sha256').update('ready>').update(source.subarray(0, sizeBytes)).digest('hex');
      if (log.digest() !== expected || log.breaks > 0) wrong['log differs'] += 1;
      for (const { viewer, seen } of viewers) {
        if (kind === 'paused') {
          // It looks again: what it has not been given goes on from there.
          while (seen.next < sizeBytes + 6) {
            const before = seen.next;
            viewer.send({ kind: 'ack', terminalId: id, offset: before });
            if (!(await until(() => seen.next > before, 10_000))) break;
          }
        }
        await Promise.race([seen.exited, pause(10_000)]);
        if (seen.digest() !== expected || seen.breaks > 0) wrong['viewer differs'] += 1;
        viewer.cut();
      }
      const ended = await room.call<Terminal>('GET', `/api/terminals/${id}`);
      if (ended.state !== 'exited' || ended.exitCode !== 0) wrong['wrong exit'] += 1;
      await room.call('DELETE', `/api/terminals/${id}`);
      allBytes += sizeBytes;
    }
    return { wrong, facts: `${children} children, ${(allBytes / 1e6).toFixed(0)} MB` };
  } finally {
    await room.close();
  }
}

/** B1: kill -9 of the program while workers print: same processes, no gap. */
async function killProgram(): Promise<Result> {
  const room = await openRoom();
  const wrong = { 'other pid': 0, 'not running': 0, 'wrong lines': 0, 'broken offsets': 0 };
  try {
    const projectId = await room.addProject();
    const workers: Worker[] = [];
    for (let number = 0; number < 8; number += 1)
      workers.push(await untilRunning(room, (await spawnStub(room, projectId, `w${number}`)).id));
    const followed = workers.map(({ terminalId }) => followBytes(terminalId as Terminal['id']));
    let rejoinMs = 0;
    const rounds = short ? 1 : 10;
    const watch = async () => {
      const viewer = await connectViewer(room, (frame) => {
        for (const each of followed) each.take(frame, (ack) => viewer.send(ack));
      });
      for (const [index, { terminalId }] of workers.entries())
        viewer.send({
          kind: 'attach',
          terminalId: terminalId as Terminal['id'],
          from: followed[index]?.next ?? 0,
          whole: true,
        });
      return viewer;
    };
    for (let round = 0; round < rounds; round += 1) {
      const viewer = await watch();
      await pause(500 + random() * 1000);
      room.program().kill('SIGKILL');
      await room.ended();
      viewer.cut();
      await room.restart();
      const at = performance.now();
      const again = await watch();
      const ends = followed.map(({ next }) => next);
      await until(() => followed.every(({ next }, index) => next > (ends[index] ?? 0)), withinMs(5000));
      rejoinMs = Math.max(rejoinMs, performance.now() - at);
      for (const before of workers) {
        const now = await room.call<Worker>('GET', `/api/workers/${before.id}`);
        if (now.pid !== before.pid) wrong['other pid'] += 1;
        if (!isAlive(before.pid) || now.state === 'ended') wrong['not running'] += 1;
      }
      again.cut();
    }
    for (const each of followed) {
      wrong['wrong lines'] += wrongLines(each.text());
      wrong['broken offsets'] += each.breaks;
    }
    return {
      wrong,
      facts: `8 workers, ${rounds} kills, all lines again ${rejoinMs.toFixed(0)} ms after the port answered`,
    };
  } finally {
    await room.close();
  }
}

/** A figure of time is held to in the full form, on a quiet machine; in the short one only what does not end counts. */
const withinMs = (ms: number): number => (short ? 10 * ms : ms);

/** B2: kill -9 of the process that holds the workers: every end is known within a second, nothing is left running. */
async function killHost(): Promise<Result> {
  const room = await openRoom();
  const wrong = { 'end unknown in time': 0, 'no reason': 0, 'left running': 0, 'log lost': 0 };
  try {
    const projectId = await room.addProject();
    // A worker that is resumed by itself would have another terminal, and the log in question would be gone.
    await room.call('PATCH', '/api/settings', { autoResume: false });
    const workers: Worker[] = [];
    for (let number = 0; number < 8; number += 1)
      workers.push(await untilRunning(room, (await spawnStub(room, projectId, `h${number}`)).id));
    for (const { terminalId } of workers) await untilPrinted(room, terminalId as Terminal['id']);
    const at = performance.now();
    process.kill(await hostPidOf(room), 'SIGKILL');
    const states = () => Promise.all(workers.map(({ id }) => room.call<Worker>('GET', `/api/workers/${id}`)));
    await until(
      async () => (await states()).every(({ state, pid }, index) => state === 'ended' || pid !== workers[index]?.pid),
      withinMs(1000),
    );
    const took = performance.now() - at;
    for (const [index, worker] of (await states()).entries()) {
      if (worker.pid === workers[index]?.pid) wrong['end unknown in time'] += 1;
      if (!worker.endReason) wrong['no reason'] += 1;
    }
    for (const { pid } of workers) if (!(await until(() => !isAlive(pid), withinMs(3000)))) wrong['left running'] += 1;
    for (const { terminalId } of workers)
      if (wrongLines((await readLog(room, terminalId as Terminal['id'])).text()) > 0) wrong['log lost'] += 1;
    return { wrong, facts: `8 workers, all ends known after ${took.toFixed(0)} ms` };
  } finally {
    await room.close();
  }
}

/** B4: a viewer's connection is cut again and again. */
async function cutSockets(): Promise<Result> {
  const room = await openRoom();
  const cuts = short ? 60 : 1000;
  const wrong = { 'bytes lost or doubled': 0, 'broken offsets': 0 };
  try {
    const { id } = await room.call<Terminal>('POST', '/api/terminals', {});
    await untilReady(room, id);
    const seen = followBytes(id);
    const program = `$|=1; my $i=0; while (! -e "${stubs.folder}/stop") { print sprintf("line %08d %s\\n", ++$i, "x" x 85) for 1..200; select(undef,undef,undef,0.02) }`;
    await writeFile(join(stubs.folder, 'printer'), program);
    await room.call('POST', `/api/terminals/${id}/input`, { data: `exec perl '${stubs.folder}/printer'\n` });
    for (let cut = 0; cut < cuts; cut += 1) {
      const viewer = await connectViewer(room, (frame) => seen.take(frame, (ack) => viewer.send(ack)));
      viewer.send({ kind: 'attach', terminalId: id, from: seen.next, whole: false });
      await pause(random() * 30);
      viewer.cut();
      if (cut % 50 === 0) await pause(random() * (short ? 200 : 1500));
    }
    await writeFile(join(stubs.folder, 'stop'), '');
    const viewer = await connectViewer(room, (frame) => seen.take(frame, (ack) => viewer.send(ack)));
    viewer.send({ kind: 'attach', terminalId: id, from: seen.next, whole: false });
    await Promise.race([seen.exited, pause(20_000)]);
    viewer.cut();
    const log = await readLog(room, id);
    if (log.digest() !== seen.digest()) wrong['bytes lost or doubled'] = Math.max(1, Math.abs(log.next - seen.next));
    wrong['broken offsets'] = seen.breaks + log.breaks;
    return { wrong, facts: `${cuts} cuts, ${(log.next / 1e6).toFixed(1)} MB` };
  } finally {
    await room.close();
  }
}

/** B6: a clean quit with many workers takes all of them along, in time. */
async function cleanQuit(): Promise<Result> {
  const room = await openRoom('--stop-workers');
  const count = short ? 20 : 50;
  const wrong = { 'left running': 0, 'not in time': 0, 'host left': 0 };
  try {
    const projectId = await room.addProject();
    const started = await Promise.all(
      Array.from({ length: count }, (_, number) => spawnStub(room, projectId, `q${number}`)),
    );
    const workers = await Promise.all(started.map(({ id }) => untilRunning(room, id)));
    const hostPid = await hostPidOf(room);
    const at = performance.now();
    room.program().kill('SIGTERM');
    await room.ended();
    await until(() => workers.every(({ pid }) => !isAlive(pid)), withinMs(10_000));
    const took = performance.now() - at;
    if (took > withinMs(5000)) wrong['not in time'] = 1;
    wrong['left running'] = workers.filter(({ pid }) => isAlive(pid)).length;
    if (!(await until(() => !isAlive(hostPid), withinMs(5000)))) wrong['host left'] = 1;
    return { wrong, facts: `${count} workers gone after ${took.toFixed(0)} ms` };
  } finally {
    await room.close();
  }
}

/** B3: the window's page crashes again and again beside a flood. `npm test` runs its short form among the desktop's tests. */
async function rendererCrashes(): Promise<Result> {
  if (short) return { wrong: {}, facts: 'among the tests of the desktop' };
  const { passed, failed } = await runDesktopTests('renderer-crash', { CONTROL_ROOM_CRASHES: '50' });
  return { wrong: { 'tests failed': failed + (passed === 0 ? 1 : 0) }, facts: '50 crashes' };
}

interface MemorySample {
  atMs: number;
  mib: number;
}

/** Growth in MiB an hour, by least squares over the later half: before that the terminals' rings fill. */
function slopePerHour(samples: MemorySample[]): number {
  const kept = samples.slice(Math.floor(samples.length / 2));
  const meanAt = kept.reduce((sum, { atMs }) => sum + atMs, 0) / kept.length;
  const meanMib = kept.reduce((sum, { mib }) => sum + mib, 0) / kept.length;
  let above = 0;
  let below = 0;
  for (const { atMs, mib } of kept) {
    above += (atMs - meanAt) * (mib - meanMib);
    below += (atMs - meanAt) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 3_600_000;
}

/** E1: many workers print for long while viewers come and go. */
async function soak(): Promise<Result> {
  const room = await openRoom();
  const [count, minutes] = short ? [10, 0.1] : [50, Number(flagValue('--minutes') ?? 10)];
  const wrong = { 'wrong lines': 0, 'broken offsets': 0, 'files left open': 0, 'workers ended': 0 };
  try {
    const projectId = await room.addProject();
    const started = await Promise.all(
      Array.from({ length: count }, (_, number) => spawnStub(room, projectId, `s${number}`)),
    );
    const workers = await Promise.all(started.map(({ id }) => untilRunning(room, id)));
    const pids = { program: room.program().pid ?? 0, host: await hostPidOf(room) };
    await pause(2000);
    const before = { program: await holdingsOf(pids.program), host: await holdingsOf(pids.host) };
    const samples: Record<keyof typeof pids, MemorySample[]> = { program: [], host: [] };
    const end = performance.now() + minutes * 60_000;
    let visits = 0;
    const visit = async () => {
      while (performance.now() < end) {
        visits += 1;
        const { terminalId } = workers[Math.floor(random() * workers.length)] as Worker;
        const id = terminalId as Terminal['id'];
        const seen = followBytes(id);
        const viewer = await connectViewer(room, (frame) => seen.take(frame, (ack) => viewer.send(ack)));
        viewer.send({ kind: 'attach', terminalId: id, from: 0, whole: true });
        await pause(500 + random() * 5000);
        viewer.cut();
        wrong['wrong lines'] += wrongLines(seen.text());
        wrong['broken offsets'] += seen.breaks;
      }
    };
    const visitors = Promise.all(Array.from({ length: 10 }, visit));
    while (performance.now() < end) {
      for (const name of ['program', 'host'] as const) {
        const mib = await liveMib(pids[name]);
        if (mib !== null) samples[name].push({ atMs: performance.now(), mib });
      }
      await pause(short ? 1000 : 15_000);
    }
    await visitors;
    await pause(500);
    for (const name of ['program', 'host'] as const) {
      const after = await holdingsOf(pids[name]);
      // The files of logs and databases come and go; what leaks grows with every visit.
      if (after && before[name]) wrong['files left open'] += Math.max(0, after.files - before[name].files - 8);
    }
    for (const { id } of workers)
      if ((await room.call<Worker>('GET', `/api/workers/${id}`)).state === 'ended') wrong['workers ended'] += 1;
    const slopes = (['program', 'host'] as const).map(
      (name) =>
        `${name} holds ${samples[name].at(-1)?.mib.toFixed(1)} MiB, ${slopePerHour(samples[name]).toFixed(1)} MiB/h`,
    );
    return { wrong, facts: `${count} workers, ${minutes} min, ${visits} visits; ${slopes.join('; ')}` };
  } finally {
    await room.close();
  }
}

/** E2: workers are started and stopped again and again. */
async function cycles(): Promise<Result> {
  const room = await openRoom();
  const count = short ? 15 : 1000;
  const wrong = { 'files left': 0, 'terminals left': 0, 'processes left': 0, 'rows left': 0, 'logs left': 0 };
  try {
    const projectId = await room.addProject();
    const cycle = async (number: number) => {
      const worker = await untilRunning(room, (await spawnStub(room, projectId, `c${number}`)).id);
      await room.call('POST', `/api/workers/${worker.id}/stop`, { force: true });
      await until(async () => (await room.call<Worker>('GET', `/api/workers/${worker.id}`)).state === 'ended', 20_000);
      await room.call('DELETE', `/api/workers/${worker.id}`);
    };
    for (let number = 0; number < 5; number += 1) await cycle(number);
    const pids = { program: room.program().pid ?? 0, host: await hostPidOf(room) };
    const live = async () => ({ program: await liveMib(pids.program), host: await liveMib(pids.host) });
    const measure = async () => ({
      program: await holdingsOf(pids.program),
      host: await holdingsOf(pids.host),
      children: (await childrenOf(pids.host)).length + (await childrenOf(pids.program)).length,
    });
    await pause(1000);
    const liveBefore = await live();
    const before = await measure();
    for (let number = 0; number < count; number += 1) await cycle(number);
    let after = await measure();
    await until(async () => {
      after = await measure();
      return after.children <= before.children && (after.host?.files ?? 0) <= (before.host?.files ?? 0);
    }, 5000);
    for (const name of ['program', 'host'] as const) {
      const [held, had] = [after[name], before[name]];
      if (!held || !had) continue;
      wrong['files left'] += Math.max(0, held.files - had.files);
      wrong['terminals left'] += Math.max(0, held.terminals - had.terminals);
    }
    wrong['processes left'] = Math.max(0, after.children - before.children);
    const state = await room.call<State>('GET', '/api/state');
    wrong['rows left'] = state.workers.length + state.terminals.length + state.approvals.length;
    const hosts = join(room.dataDir, 'host');
    for (const name of await readdir(hosts))
      wrong['logs left'] += (await readdir(join(hosts, name, 'processes')).catch(() => [])).length;
    const liveAfter = await live();
    const growth = (name: 'program' | 'host') =>
      `${name} holds ${((liveAfter[name] ?? 0) - (liveBefore[name] ?? 0)).toFixed(1)} MiB more`;
    return { wrong, facts: `${count} cycles; ${growth('program')}, ${growth('host')}` };
  } finally {
    await room.close();
  }
}

const tests: Record<string, () => Promise<Result>> = {
  'A4 exit after writing': exitAfterWriting,
  'B1 kill -9 of the program': killProgram,
  'B2 kill -9 of the host': killHost,
  'B4 cut sockets': cutSockets,
  'B3 renderer crashes': rendererCrashes,
  'B6 clean quit': cleanQuit,
  'E1 soak': soak,
  'E2 start and stop': cycles,
};
const only = flagValue('--only');
let failed = 0;
console.log(`seed ${seed}${short ? ', short' : ''}`);
try {
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.startsWith(only)) continue;
    const startedAt = performance.now();
    const { wrong, facts } = await test();
    const counts = Object.entries(wrong);
    if (counts.some(([, count]) => count > 0)) failed += 1;
    console.log(
      `${counts.some(([, count]) => count > 0) ? 'FAILED' : 'passed'} ${name} (${facts}; ${((performance.now() - startedAt) / 1000).toFixed(1)} s): ${counts.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    );
  }
} finally {
  await stubs.close();
}
if (failed > 0) process.exitCode = 1;
