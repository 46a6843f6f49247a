import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { chartSpanNames } from './figures.ts';
import { procedure } from './procedure.ts';

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
