import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { TerminalId } from '../../shared/ids.ts';
import type { Room } from '../room.ts';
import { spread } from './statistics.ts';
import { makeBenchShell } from './terminals/bench-shell.ts';
import { connectViewer, createTerminal, startBenchRoom } from './terminals/sides.ts';

/**
 * P9: from attaching to a terminal with 10,000 lines to its screen and to all its lines, which are parsed only then or
 * were looked at a moment before. `npm run bench -- attach [--json] [--rounds N]`.
 */

const roundsAt = process.argv.indexOf('--rounds');
const rounds = roundsAt > 0 ? Number(process.argv[roundsAt + 1]) : 10;

/** Milliseconds until the first picture, and until the one with all lines. */
async function attach(room: Room, terminalId: TerminalId): Promise<{ screen: number; all: number }> {
  const viewer = await connectViewer(room);
  const at = performance.now();
  let screen: number | undefined;
  const all = await new Promise<number>((resolve) => {
    viewer.onFrame((frame) => {
      if (frame.kind !== 'snapshot') return;
      screen ??= performance.now() - at;
      if (Buffer.from(frame.bytes).includes('line 1 ')) resolve(performance.now() - at);
    });
    viewer.send({ kind: 'attach', terminalId, from: null, whole: false });
  });
  viewer.socket.terminate();
  return { screen: screen ?? all, all };
}

const bench = await makeBenchShell();
const file = join(bench.folder, 'lines');
const lines = Array.from(
  { length: 9990 },
  (_, index) =>
    `\u001b[3${index % 8}mline ${index + 1} \u001b[0mof a long report, with \u001b[1mbold words\u001b[22m and plain ones until it is as wide as usual\n`,
);
await writeFile(file, lines.join(''));
const room = await startBenchRoom(bench.shell);
try {
  const times = {
    'screen, first look': [] as number[],
    'all lines, first look': [] as number[],
    screen: [] as number[],
    'all lines': [] as number[],
  };
  for (let round = 0; round < rounds; round += 1) {
    // A terminal nobody has looked at: nothing of it is parsed yet.
    const { id } = await createTerminal(room);
    const viewer = await connectViewer(room);
    await new Promise((resolve) => setTimeout(resolve, 100));
    viewer.send({ kind: 'input', terminalId: id, bytes: Buffer.from(`cat '${file}'; sleep 1000\n`) });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const cold = await attach(room, id);
    times['screen, first look'].push(cold.screen);
    times['all lines, first look'].push(cold.all);
    const warm = await attach(room, id);
    times.screen.push(warm.screen);
    times['all lines'].push(warm.all);
    viewer.socket.terminate();
    await room.call('DELETE', `/api/terminals/${id}`);
  }
  for (const [name, took] of Object.entries(times)) {
    const { median, p10, p90, p99 } = spread(took);
    const goal = name.startsWith('screen') ? 'goal 20 ms, stretch 5' : 'goal 250 ms, stretch 150';
    if (process.argv.includes('--json'))
      console.log(
        JSON.stringify({ name: `P9 ${name}`, unit: 'ms', samples: took.length, ours: { median, p10, p90, p99 } }),
      );
    else
      console.log(
        `P9 attach, ${name}: ${median.toFixed(1)} [${p10.toFixed(1)} to ${p90.toFixed(1)}] ms (${goal}; ${took.length} times)`,
      );
  }
  console.error(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
} finally {
  await room.close();
  await bench.close();
}
