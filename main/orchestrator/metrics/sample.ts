import { type Figure, figureNames, figures } from '../../../shared/figures.ts';
import { latencyBounds } from './meters.ts';

/** The figures of some time. Latencies are kept as counts of their buckets: quantiles of quantiles would be wrong. */
export interface Sample {
  at: number;
  until: number;
  values: Partial<Record<Figure, number>>;
  latency: readonly number[];
}

/** One sample of several that follow each other: sums are added, means weighed by their time. Undefined for none. */
export function fold(samples: readonly Sample[]): Sample | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return undefined;
  if (samples.length === 1) return first;
  const values: Sample['values'] = {};
  for (const figure of figureNames) {
    const known = samples.flatMap(({ at, until, values: { [figure]: value } }) =>
      value === undefined ? [] : [{ value, weight: until - at }],
    );
    if (known.length === 0 || figures[figure] === 'latency') continue;
    const sum = known.reduce((total, { value }) => total + value, 0);
    const weight = known.reduce((total, one) => total + one.weight, 0);
    values[figure] =
      figures[figure] === 'sum'
        ? sum
        : figures[figure] === 'max'
          ? Math.max(...known.map(({ value }) => value))
          : weight > 0
            ? known.reduce((total, one) => total + one.value * one.weight, 0) / weight
            : sum / known.length;
  }
  const latency = latencyBounds.map((_, place) => sumAt(samples, place));
  return withLatency({
    at: first.at,
    until: last.until,
    values,
    latency: [...latency, sumAt(samples, latency.length)],
  });
}

function sumAt(samples: readonly Sample[], place: number): number {
  return samples.reduce((sum, { latency }) => sum + (latency[place] ?? 0), 0);
}

/** The same with the quantiles that its buckets tell. */
export function withLatency(sample: Sample): Sample {
  const p50 = quantile(sample.latency, 0.5);
  const p95 = quantile(sample.latency, 0.95);
  if (p50 === undefined || p95 === undefined) return sample;
  return { ...sample, values: { ...sample.values, latencyP50: p50, latencyP95: p95 } };
}

/** A quantile of counts in buckets, in seconds, as Prometheus' `histogram_quantile` reckons it; undefined for no counts. */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [place, count] of counts.entries()) {
    if (below + count >= rank && count > 0) {
      const lower = latencyBounds[place - 1] ?? 0;
      const upper = latencyBounds[place];
      // Nothing is known of what lies above all bounds but that it does.
      return upper === undefined ? lower : lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return latencyBounds.at(-1);
}

/** How much figures may differ while nothing happens. Those that are not here may not at all. */
const slack: Partial<Record<Figure, { by: number } | { part: number }>> = {
  workerMemoryBytes: { part: 0.1 },
  memoryBytes: { part: 0.1 },
  memoryPercent: { by: 3 },
  cpuPercent: { by: 5 },
  loopDelayP99: { by: 0.05 },
  diskFreeBytes: { part: 0.02 },
  diskPercent: { by: 1 },
  databaseSeconds: { by: 0.05 },
};

/** Whether nothing happened in a sample that the one before does not say already. */
export function isQuiet(before: Sample, sample: Sample): boolean {
  return figureNames.every((figure) => {
    const value = sample.values[figure];
    const last = before.values[figure];
    if (value === undefined || last === undefined) return value === last;
    const may = slack[figure];
    if (figures[figure] === 'sum' && !may) return value === 0 && last === 0;
    if (!may) return value === last;
    return Math.abs(value - last) <= ('by' in may ? may.by : may.part * Math.abs(last));
  });
}
