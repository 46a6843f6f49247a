import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryFolder } from '../repository-folder.ts';
import { startRoom } from '../room.ts';
import { makeStubs } from '../test-terminals/stub-worker.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison, spread } from './statistics.ts';
import { connectViewer } from './terminals/sides.ts';
import { numberOption } from './transcripts.ts';

/**
 * P27: how late the main loop of the program is while 100 clients follow all events and watch 8 workers that print 5 kB a
 * second with bursts of 50 kB; the reference is a Node program that does nothing at the same time, which shows what the
 * machine adds. `npm run bench -- clients [--json] [--rounds N] [--seconds N]`.
 */

const clients = 100;
const workers = 8;
const rounds = numberOption('rounds', 5);
const seconds = numberOption('seconds', 8);

interface Delay {
  p50: number;
  p99: number;
  max: number;
}

const probe = ['--import', new URL('./port/loop-delay.ts', import.meta.url).href];

/** What the probe in a program says of its loop since it was asked last. */
function createProbe() {
  let heard: (delay: Delay) => void = () => undefined;
  let rest = '';
  return {
    hear(text: string): void {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('loop-delay ')) heard(JSON.parse(line.slice(11)) as Delay);
    },
    ask: (pid: number | undefined) =>
      new Promise<Delay>((resolve) => {
        heard = resolve;
        process.kill(pid as number, 'SIGUSR2');
      }),
  };
}

const stubs = await makeStubs();
const [ours, idle] = [createProbe(), createProbe()];
const headless = join(repositoryFolder, 'dist', 'main', 'headless.js');
const room = await startRoom({
  claude: stubs.claude,
  maxWorkers: workers,
  onMessage: ours.hear,
  program: {
    file: process.execPath,
    args: [...probe, headless, 'start', '--no-open'],
    env: { RATE_LIMIT_ENABLED: 'false' },
  },
});
const nothing = spawn(process.execPath, [...probe, fileURLToPath(new URL('./port/idle-program.ts', import.meta.url))], {
  stdio: ['pipe', 'ignore', 'pipe'],
});
nothing.stderr.on('data', (data: Buffer) => idle.hear(data.toString()));
const viewers: Awaited<ReturnType<typeof connectViewer>>[] = [];
try {
  const projectId = await room.addProject();
  const terminals: string[] = [];
  for (let number = 0; number < workers; number += 1) {
    const worker = await room.spawnWorker({ projectId, name: `busy ${number + 1}`, kind: 'interactive' });
    let { terminalId } = worker;
    while (terminalId === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ terminalId } = await room.call<typeof worker>('GET', `/api/workers/${worker.id}`));
    }
    terminals.push(terminalId);
  }
  let seenBytes = 0;
  for (let number = 0; number < clients; number += 1) {
    const terminalId = terminals[number % workers] as never;
    const viewer = await connectViewer(room);
    viewer.onFrame((frame) => {
      if (frame.kind !== 'output') return;
      seenBytes += frame.bytes.length;
      viewer.send({ kind: 'ack', terminalId, offset: frame.offset + frame.bytes.length });
    });
    viewer.send({ kind: 'attach', terminalId, from: 0, whole: false });
    viewer.socket.send(JSON.stringify({ i: '1', p: { u: '/events/subscribe', b: { json: {} } } }));
    viewers.push(viewer);
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const delays = { ours: [] as Delay[], idle: [] as Delay[] };
  await pause();
  const ask = () => Promise.all([ours.ask(room.program().pid), idle.ask(nothing.pid)]);
  await ask();
  seenBytes = 0;
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    await pause();
    const [mine, bare] = await ask();
    delays.ours.push(mine);
    delays.idle.push(bare);
  }
  const took = (performance.now() - startedAt) / 1000;
  const largest = (side: Delay[]) => Math.max(...side.map(({ max }) => max));
  const p50 = spread(delays.ours.map((delay) => delay.p50)).median;
  reportComparison({
    name: `P27 delay of the main loop, p99, with ${clients} clients that watch ${workers} workers`,
    unit: 'ms',
    ours: delays.ours.map(({ p99 }) => p99),
    reference: delays.idle.map(({ p99 }) => p99),
    verdict: `p50 ${p50.toFixed(2)} ms, max ${largest(delays.ours).toFixed(1)} ms against ${largest(delays.idle).toFixed(1)} ms of an idle program; ${(seenBytes / 1e6 / took).toFixed(2)} MB/s shown; goal p99 10 ms, max 50 ms; stretch 5 and 25 ms`,
  });
  reportLoad();
} finally {
  for (const { socket } of viewers) socket.terminate();
  nothing.stdin.end();
  await room.close();
  await stubs.close();
}
