import { loadavg } from 'node:os';
import { reportComparison, spread } from './statistics.ts';
import { makeBenchShell } from './terminals/bench-shell.ts';
import { keepBusy } from './terminals/busy-room.ts';
import { type BenchSide, type BenchTerminal, controlRoomSide, startBenchRoom, startRelay } from './terminals/sides.ts';
import { numberOption } from './transcripts.ts';

/**
 * P4 to P6: from a key typed to its echo back at the viewer, over a WebSocket, idle, beside four floods that are watched
 * too, and while a backup, an index run and a hundred clients are on, against a bare relay that records nothing. Both sides
 * in turn. `npm run bench -- echo [--json] [--rounds N] [--mib MIB of the backup] [--only P4|P5|P6]`.
 */

const rounds = numberOption('rounds', 5);
const mib = numberOption('mib', 1024);
const onlyAt = process.argv.indexOf('--only');
const only = onlyAt > 0 ? process.argv[onlyAt + 1] : undefined;
const keysEachRound = 120;
const floodLine =
  '\u001b[32mcompiling\u001b[0m the quick brown fox jumps over the lazy dog and goes on to the next hill';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds of each key's echo, typed as by somebody quick. */
async function typeKeys(side: BenchSide): Promise<number[]> {
  const terminal = await side.open();
  try {
    let heard: () => void = () => undefined;
    terminal.onBytes(() => heard());
    const echo = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      });
    const started = echo();
    terminal.write('stty raw -echo; printf s; exec cat\n');
    await started;
    const took: number[] = [];
    for (let key = 0; key < keysEachRound; key += 1) {
      await pause(8 + (key % 7));
      const at = performance.now();
      const echoed = echo();
      terminal.write('k');
      await echoed;
      took.push(performance.now() - at);
    }
    return took;
  } finally {
    await terminal.close();
  }
}

/** The same while four of its terminals flood and are watched. */
async function typeBesideFloods(side: BenchSide): Promise<number[]> {
  const floods: BenchTerminal[] = [];
  try {
    for (let number = 0; number < 4; number += 1) {
      const flood = await side.open();
      floods.push(flood);
      flood.onBytes(() => undefined);
      flood.write(`exec yes '${floodLine}'\n`);
    }
    await pause(300);
    return await typeKeys(side);
  } finally {
    for (const flood of floods) await flood.close();
  }
}

const bench = await makeBenchShell();
const room = await startBenchRoom(bench.shell);
const relay = await startRelay(bench.shell);
try {
  const ours = controlRoomSide(room, { whole: false });
  const compare = async (
    name: string,
    measure: (side: BenchSide) => Promise<number[]>,
    goals: string,
    facts: () => Promise<string> = async () => '',
  ): Promise<void> => {
    const samples = { ours: [] as number[], relay: [] as number[] };
    await measure(ours);
    for (let round = 0; round < rounds; round += 1) {
      samples.relay.push(...(await measure(relay)));
      samples.ours.push(...(await measure(ours)));
    }
    const [mine, reference] = [spread(samples.ours), spread(samples.relay)];
    reportComparison({
      name,
      unit: 'ms',
      ours: samples.ours,
      reference: samples.relay,
      verdict: `p50 ${mine.median.toFixed(2)} against ${reference.median.toFixed(2)}, ${(mine.median / reference.median).toFixed(2)} times; p99 ${mine.p99.toFixed(1)} against ${reference.p99.toFixed(1)}, ${(mine.p99 / reference.p99).toFixed(2)} times; ${goals}${await facts()}`,
    });
  };
  if (!only || only === 'P4')
    await compare('P4 echo of a key, idle', typeKeys, 'goal p50 1.13 times, p99 4 ms; stretch 2 ms');
  if (!only || only === 'P5')
    await compare(
      'P5 echo of a key beside four floods',
      typeBesideFloods,
      'goal p99 8 ms and 1.8 times; stretch 4 ms and 1.1 times',
    );
  if (!only || only === 'P6') {
    const busy = await keepBusy(room, bench.folder, mib);
    try {
      await compare(
        'P6 echo of a key beside a backup, an index run and 100 clients',
        typeKeys,
        'goal p99 16.7 ms; stretch 10 ms; ',
        busy.facts,
      );
    } finally {
      await busy.close();
    }
  }
  console.error(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
} finally {
  await relay.close();
  await room.close();
  await bench.close();
}
