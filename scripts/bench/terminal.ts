import { loadavg } from 'node:os';
import { join } from 'node:path';
import { reportComparison } from './statistics.ts';
import { makeBenchShell, writeFlood } from './terminals/bench-shell.ts';
import { controlRoomSide, startBenchRoom, startRelay, timeFlood, timeRawRead } from './terminals/sides.ts';
import { measureSlowViewer } from './terminals/slow-viewer.ts';
import { timeTmux } from './terminals/tmux.ts';

/**
 * P1 to P3: a flood through a terminal, recorded, over a WebSocket, against node-pty alone, a bare relay and tmux; and what
 * a viewer that reads 1 MB/s costs the process it looks at. All sides in turn. `npm run bench -- terminal [--json]
 * [--rounds N] [--mib N]`.
 */

function numberOf(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
}
const rounds = numberOf('--rounds', 5);
const mib = numberOf('--mib', 64);

const bench = await makeBenchShell();
const file = join(bench.folder, 'flood');
const bytes = await writeFlood(file, mib);
const command = `cat '${file}'`;
const room = await startBenchRoom(bench.shell);
const relay = await startRelay(bench.shell);
try {
  const ours = controlRoomSide(room, { whole: true });
  const rate = (ms: number) => bytes / 1e6 / (ms / 1000);
  const rates = { ours: [] as number[], raw: [] as number[], relay: [] as number[] };
  const tmux = { attached: [] as number[], 'pipe-pane': [] as number[] };
  await timeFlood(ours, command, bytes);
  for (let round = 0; round < rounds; round += 1) {
    rates.raw.push(rate(await timeRawRead(bench.shell, command, bytes)));
    rates.ours.push(rate(await timeFlood(ours, command, bytes)));
    rates.relay.push(rate(await timeFlood(relay, command, bytes)));
    for (const how of ['attached', 'pipe-pane'] as const) {
      const took = await timeTmux({ ...bench, command, expectedBytes: bytes, how });
      if (took !== null) tmux[how].push(rate(took));
    }
  }
  const compare = (name: string, reference: number[], verdict: string) =>
    reportComparison({ name, unit: 'MB/s', ours: rates.ours, reference, verdict });
  compare('P1 flood over ws against node-pty alone', rates.raw, 'goal 0.50, stretch 0.62');
  compare('P1 flood over ws against a bare relay', rates.relay, 'goal 0.90, stretch 1.07');
  if (tmux.attached.length > 0) {
    compare('P2 flood against tmux attached', tmux.attached, 'goal 3, stretch 4');
    compare('P2 flood against tmux pipe-pane', tmux['pipe-pane'], 'goal 2, stretch 2.8');
  } else console.error('skipped P2: no tmux here (apt-get install tmux)');

  const { alone, watched, wrongScreens } = await measureSlowViewer({ room, command, rounds });
  reportComparison({
    name: 'P3 flood with a viewer of 1 MB/s against none, until the process ends',
    unit: 'ms',
    ours: watched,
    reference: alone,
    verdict: `goal 1.10, stretch 1.03; ${wrongScreens} of ${rounds} viewers ended on another screen`,
  });
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
