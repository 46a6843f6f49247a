import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { procedure } from './procedure.ts';

/**
 * What charts are drawn from, in the order of a point's values. `sum` figures count what happened in the time of the point,
 * `mean` ones say how it was on average, `max` ones the highest that was seen.
 */
export const figures = {
  /** Requests that the port answered. */
  requests: 'sum',
  /** Requests and calls that failed by our own fault (5xx). */
  errors: 'sum',
  /** Seconds within which half and 95 % of the requests were answered; unknown while there were none. */
  latencyP50: 'latency',
  latencyP95: 'latency',
  workersWorking: 'mean',
  workersWaiting: 'mean',
  workersIdle: 'mean',
  workersQueued: 'mean',
  workersUnhealthy: 'mean',
  approvalsWaiting: 'mean',
  /** Tokens of every kind together. */
  tokens: 'sum',
  costUsd: 'sum',
  /** Of all workers' process trees; unknown until they were measured. */
  workerMemoryBytes: 'max',
  /** Of Control Room's own process. */
  memoryBytes: 'max',
  /** Used on the whole machine, in percent. */
  memoryPercent: 'max',
  /** Of one core. */
  cpuPercent: 'mean',
  /** The 99th percentile of how late Control Room's own work was begun, in seconds. */
  loopDelayP99: 'max',
  diskFreeBytes: 'mean',
  diskPercent: 'mean',
  terminalBytes: 'sum',
  databaseSeconds: 'sum',
} as const satisfies Record<string, 'sum' | 'mean' | 'max' | 'latency'>;
export type Figure = keyof typeof figures;
export const figureNames = Object.keys(figures) as Figure[];

/** The spans that can be shown, and how long a point of each is. */
export const chartSpans = {
  '1h': { spanMs: 3_600_000, stepMs: 10_000 },
  '24h': { spanMs: 24 * 3_600_000, stepMs: 60_000 },
  '7d': { spanMs: 7 * 24 * 3_600_000, stepMs: 600_000 },
  '28d': { spanMs: 28 * 24 * 3_600_000, stepMs: 600_000 },
} as const;
export type ChartSpan = keyof typeof chartSpans;
export const chartSpanNames = Object.keys(chartSpans) as ChartSpan[];

/**
 * Points of a span, oldest first: `at` is the beginning of each, `until` its end, which is later than a step where nothing
 * changed for long; times in between that no point covers are unknown, as while Control Room did not run.
 */
export const chartPointsSchema = z.object({
  stepMs: z.number(),
  /** What the values of a row are, in order. */
  figures: z.array(z.string()),
  points: z.array(z.object({ at: z.number(), until: z.number(), values: z.array(z.number().nullable()) })),
});
export type ChartPoints = z.infer<typeof chartPointsSchema>;
export type ChartPoint = ChartPoints['points'][number];

const span = z.object({ span: z.enum(chartSpanNames).default('1h') });

export const metricsContract = {
  /** The figures of a span, for charts. Prometheus reads `GET /metrics`. */
  history: procedure('view').route({ method: 'GET', path: '/api/metrics' }).input(span).output(chartPointsSchema),
  /** The same, and then each point when it is over. A point with the time of an earlier one takes its place. */
  watch: procedure('view')
    .route({ method: 'GET', path: '/api/metrics/watch' })
    .input(span)
    .output(eventIterator(chartPointsSchema)),
};
