import { type ChartSpan, chartSpans, figureNames } from '../../../shared/figures.ts';
import type { ChartPoints } from '../../../shared/metrics.ts';
import type { Database } from '../database/database.ts';
import { fold, isQuiet, type Sample } from './sample.ts';

/** What is kept: the last hour as it was taken in memory, a day by the minute and four weeks by ten minutes on the disk. */
const minuteMs = 60_000;
const coarseMs = 600_000;
const tiers = [
  { stepMs: minuteMs, keepMs: chartSpans['24h'].spanMs + coarseMs },
  { stepMs: coarseMs, keepMs: chartSpans['28d'].spanMs + coarseMs },
] as const;
type Tier = (typeof tiers)[number];

/** What was not written yet is written together, this often at most, and at the end. */
const writeEveryMs = 600_000;
/** Figures are kept with so many digits. */
const digits = 6;

export type MetricHistory = ReturnType<typeof createMetricHistory>;

interface Unsaved {
  sample: Sample;
  /** It is news; else it only lasts longer, which alone is not worth a write. */
  isNew: boolean;
}

/**
 * The figures of the past. A sample in which nothing happened only makes the one before last longer, and what lasts is
 * written with the next news: an idle room writes nothing. A kill loses the charts of up to ten minutes, and of a quiet time
 * that it lasted.
 */
export function createMetricHistory(deps: { database: Database; now: () => number }) {
  const { database, now } = deps;
  let recent: Sample[] = [];
  const unsaved = new Map<Tier, Unsaved[]>(tiers.map((tier) => [tier, []]));
  /** The last sample of each, as it stands. */
  const last = new Map<Tier, Sample>();
  /** What was taken in the step that is not over yet. */
  const open = new Map<Tier, Sample[]>(tiers.map((tier) => [tier, []]));
  let writtenAt = now();

  function add(sample: Sample): void {
    // The clock was set back: what lies ahead now was never then.
    if (sample.at < (recent.at(-1)?.at ?? 0)) recent = recent.filter(({ until }) => until <= sample.at);
    recent.push(sample);
    const oldest = sample.until - chartSpans['1h'].spanMs;
    while ((recent[0]?.until ?? oldest) < oldest) recent.shift();
    for (const tier of tiers) gather(tier, sample);
    if (now() - writtenAt >= writeEveryMs && [...unsaved.values()].flat().some(({ isNew }) => isNew)) write();
  }

  /** Makes a point of a tier of what was taken in a step, once the step is over. */
  function gather(tier: Tier, sample: Sample): void {
    const stepOf = ({ until }: Sample): number => Math.ceil(until / tier.stepMs);
    const taken = open.get(tier) as Sample[];
    const [first] = taken;
    if (first && stepOf(first) !== stepOf(sample)) keep(tier, taken.splice(0));
    taken.push(sample);
    if (sample.until % tier.stepMs === 0) keep(tier, taken.splice(0));
  }

  function keep(tier: Tier, samples: readonly Sample[]): void {
    const made = fold(samples);
    if (!made) return;
    const sample: Sample = { ...made, values: rounded(made.values) };
    const waiting = unsaved.get(tier) as Unsaved[];
    const before = last.get(tier);
    if (before && sample.at - before.until < tier.stepMs && isQuiet(before, sample)) {
      const longer = { ...before, until: sample.until };
      last.set(tier, longer);
      const place = waiting.findIndex((one) => one.sample.at === longer.at);
      if (place < 0) waiting.push({ sample: longer, isNew: false });
      else waiting[place] = { ...(waiting[place] as Unsaved), sample: longer };
      return;
    }
    last.set(tier, sample);
    waiting.push({ sample, isNew: true });
  }

  /** Writes what waits, and forgets what is too old, in one transaction. */
  function write(): void {
    writtenAt = now();
    if ([...unsaved.values()].every((waiting) => waiting.length === 0)) return;
    database.transaction(() => {
      for (const [tier, waiting] of unsaved) {
        for (const { sample } of waiting)
          database.run(
            'INSERT OR REPLACE INTO metric_points (step_ms, at, until, row) VALUES (?, ?, ?, ?)',
            tier.stepMs,
            sample.at,
            sample.until,
            JSON.stringify({ values: sample.values, latency: sample.latency }),
          );
        database.run('DELETE FROM metric_points WHERE step_ms = ? AND until < ?', tier.stepMs, now() - tier.keepMs);
      }
    });
    for (const waiting of unsaved.values()) waiting.length = 0;
  }

  function read(tier: Tier, from: number): Sample[] {
    const waiting = unsaved.get(tier) as Unsaved[];
    const stored = database
      .all<{ at: number; until: number; row: string }>(
        'SELECT at, until, row FROM metric_points WHERE step_ms = ? AND until > ? ORDER BY at',
        tier.stepMs,
        from,
      )
      .map(({ at, until, row }): Sample => ({ at, until, ...(JSON.parse(row) as Pick<Sample, 'values' | 'latency'>) }));
    const fresh = waiting.map(({ sample }) => sample).filter(({ until }) => until > from);
    const replaced = new Set(fresh.map(({ at }) => at));
    return [...stored.filter(({ at }) => !replaced.has(at)), ...fresh].sort((a, b) => a.at - b.at);
  }

  return {
    add,
    /** One sample of all that was taken in the last `ms`; undefined for none. */
    over: (ms: number): Sample | undefined => fold(recent.filter(({ until }) => until > now() - ms)),
    /** The points of a span that end after `after`, oldest first. */
    points(span: ChartSpan, after = 0): ChartPoints {
      const { spanMs, stepMs } = chartSpans[span];
      const from = Math.max(after, now() - spanMs);
      const [minutes, coarse] = tiers;
      let samples: Sample[];
      if (stepMs < minuteMs) {
        const fine = recent.filter(({ until }) => until > from);
        const begin = recent[0]?.at ?? Number.POSITIVE_INFINITY;
        samples = [...read(minutes, from).filter(({ until }) => until <= begin), ...fine];
      } else {
        const tier = stepMs === minuteMs ? minutes : coarse;
        const present = fold(open.get(tier) as Sample[]);
        samples = present ? [...read(tier, from), present] : read(tier, from);
      }
      return {
        stepMs,
        figures: figureNames,
        points: samples.map(({ at, until, values }) => ({
          at,
          until,
          values: figureNames.map((figure) => values[figure] ?? null),
        })),
      };
    },
    /** Writes what was not written yet, with the step that is cut short. */
    close(): void {
      for (const [tier, taken] of open) keep(tier, taken.splice(0));
      write();
    },
  };
}

function rounded(values: Sample['values']): Sample['values'] {
  return Object.fromEntries(
    Object.entries(values).map(([figure, value]) => [figure, Number(value.toPrecision(digits))]),
  );
}
