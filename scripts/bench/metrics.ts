import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createRegistry } from '../../main/orchestrator/metrics/registry.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison } from './statistics.ts';
import { numberOption } from './transcripts.ts';

/**
 * P25: the text of 1,000 series, ours against prom-client's, which are told the same: 600 counters, 160 gauges and 16
 * histograms of 15 lines each. Between two scrapes of the same side a tenth of them changes, as in a busy room.
 * `npm run bench -- metrics [--json] [--rounds N]`.
 */

const rounds = numberOption('rounds', 300);
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const counters = 600;
const gauges = 160;
const histograms = 16;
const linesOfHistogram = bounds.length + 3;

interface Side {
  change(round: number): void;
  text(): string | Promise<string>;
}

function ours(): Side {
  const registry = createRegistry();
  const requests = registry.counter({
    name: 'requests_total',
    help: 'Requests.',
    labels: ['method', 'path', 'status'],
  });
  const values = new Map<string, number>();
  registry.gaugeOf({ name: 'rooms', help: 'Rooms.', labels: ['room', 'state'] }, () =>
    [...values].map(([room, value]) => [[room, 'open'], value] as const),
  );
  const latency = registry.histogram({ name: 'latency_seconds', help: 'Latency.', labels: ['path'], buckets: bounds });
  return {
    change: changing(
      (path) => requests.add(['GET', path, '200']),
      (room, value) => void values.set(room, value),
      (path, value) => latency.observe([path], value),
    ),
    text: registry.text,
  };
}

function theirs(): Side {
  const registry = new Registry();
  const of = { registers: [registry] };
  const requests = new Counter({
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['method', 'path', 'status'],
    ...of,
  });
  const rooms = new Gauge({ name: 'rooms', help: 'Rooms.', labelNames: ['room', 'state'], ...of });
  const latency = new Histogram({
    name: 'latency_seconds',
    help: 'Latency.',
    labelNames: ['path'],
    buckets: bounds,
    ...of,
  });
  return {
    change: changing(
      (path) => requests.inc({ method: 'GET', path, status: '200' }),
      (room, state) => rooms.set({ room, state: 'open' }, state),
      (path, value) => latency.observe({ path }, value),
    ),
    text: () => registry.metrics(),
  };
}

/** Everything once in the first round, a tenth of it in each further one. */
function changing(
  count: (path: string) => void,
  set: (room: string, value: number) => void,
  observe: (path: string, value: number) => void,
): (round: number) => void {
  return (round) => {
    const every = round === 0 ? 1 : 10;
    for (let at = round % every; at < counters; at += every) count(`/api/things/${at}`);
    for (let at = round % every; at < gauges; at += every) set(`room-${at}`, round + at / 3);
    for (let at = round % every; at < histograms; at += every) observe(`/api/slow/${at}`, (round % 50) / 10);
  };
}

async function time(side: Side, round: number): Promise<{ ms: number; lines: string[] }> {
  side.change(round);
  const startedAt = performance.now();
  const text = await side.text();
  const ms = performance.now() - startedAt;
  return { ms, lines: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')) };
}

/** A line with its labels in the order of their names, which is not the same on both sides. */
function inOrder(line: string): string {
  return line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`);
}

const sides = [ours(), theirs()] as const;
const times: [number[], number[]] = [[], []];
for (let round = 0; round < rounds + 50; round += 1) {
  const measured: string[][] = [];
  for (const [place, side] of sides.entries()) {
    const { ms, lines } = await time(side, round);
    measured.push(round % 50 === 0 ? lines.map(inOrder).sort() : lines);
    // The first rounds warm both up.
    if (round >= 50) times[place as 0 | 1].push(ms);
  }
  if (round % 50 === 0 && JSON.stringify(measured[0]) !== JSON.stringify(measured[1]))
    throw new Error('the two sides say different things');
  const expected = counters + gauges + histograms * linesOfHistogram;
  if (measured[0]?.length !== expected) throw new Error(`there are ${measured[0]?.length} lines, not ${expected}`);
}
reportComparison({
  name: `P25 the text of ${counters + gauges + histograms * linesOfHistogram} series`,
  unit: 'ms',
  ours: times[0],
  reference: times[1],
  verdict: 'goal 0.5, stretch 0.1',
});
reportLoad();
