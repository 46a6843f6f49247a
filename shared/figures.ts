/**
 * What charts are drawn from, in the order of a point's values. `sum` figures count what happened in the time of the point,
 * `mean` ones say how it was on average, `max` ones the highest that was seen.
 */
export const figures = {
  /** Requests that the port answered. */
  requests: 'sum',
  /** Requests and calls that failed by our own fault (5xx). */
  errors: 'sum',
  /** Entries of the log of these levels. */
  logErrors: 'sum',
  logWarnings: 'sum',
  /** Requests that were refused for want of a valid credential. */
  authFailures: 'sum',
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
