import type { ChartSpan } from '../../../shared/figures.ts';
import type { ChartPoints } from '../../../shared/metrics.ts';
import { createWatchers } from '../watchers.ts';
import type { MetricHistory } from './history.ts';

/** What charts are drawn from: the points of a span, and each further one as it is taken. */
export function createCharts(deps: { points: MetricHistory['points'] }) {
  const watchers = createWatchers();
  return {
    points: (span: ChartSpan) => deps.points(span),
    watch(span: ChartSpan, signal: AbortSignal | undefined): AsyncGenerator<ChartPoints, void, void> {
      let after = 0;
      return watchers.watch(signal, () => {
        const told = deps.points(span, after);
        // The last one may grow still: it is told again.
        after = told.points.at(-1)?.at ?? after;
        return told;
      });
    },
    /** A sample was taken. */
    tell: watchers.tell,
    close: watchers.close,
  };
}
