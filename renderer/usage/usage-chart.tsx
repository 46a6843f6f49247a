import { useMemo, useRef } from 'react';
import UPlot from 'uplot';
import { drawLimit, type PlotOptions, usePlot } from '../ui/use-plot.ts';

/**
 * Bars of one value a day, with a line where a limit is. Drawn on a canvas in the colours of the theme; the table beside
 * it says the same in words. `at` are local midnights, oldest first.
 */
export function UsageChart({
  at,
  values,
  limit,
  format,
  label,
  onPoint,
}: {
  at: readonly number[];
  values: readonly number[];
  limit: number | null;
  format: (value: number) => string;
  label: string;
  /** The day under the pointer, by its place; null when there is none. */
  onPoint: (place: number | null) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef({ format, onPoint });
  latest.current = { format, onPoint };

  const places = useMemo(() => at.map((_, place) => place), [at]);
  const data = useMemo((): UPlot.AlignedData => [places, [...values]], [places, values]);
  const options = (token: (name: string) => string): PlotOptions => {
    const font = `11px ${token('--font-sans')}`;
    return {
      // The last day's name reaches beyond its bar.
      padding: [12, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, x: false },
      scales: {
        // Days are places in a row: a day with 25 hours is as wide as the others.
        x: { time: false, range: () => [-0.5, Math.max(0.5, at.length - 0.5)] },
        y: { range: (_self, _min, max) => [0, Math.max(max, limit ?? 0, Number.EPSILON) * 1.08 || 1] },
      },
      axes: [
        {
          stroke: token('--fg-3'),
          font,
          size: 26,
          gap: 6,
          grid: { show: false },
          ticks: { show: false },
          space: 64,
          incrs: [1, 2, 7, 14, 28, 56, 91],
          values: (_self, splits) =>
            splits.map((place) => {
              const day = at[place];
              return day === undefined
                ? ''
                : new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
            }),
        },
        {
          stroke: token('--fg-3'),
          font,
          size: 64,
          gap: 8,
          grid: { stroke: token('--line-soft'), width: 1 },
          ticks: { show: false },
          values: (_self, splits) => splits.map((value) => latest.current.format(value)),
        },
      ],
      series: [
        {},
        {
          fill: token('--n-8'),
          width: 0,
          points: { show: false },
          paths: UPlot.paths.bars?.({
            size: [0.72, 36],
            radius: 0.12,
            // Today stands out: it is the one that a limit is held against.
            disp: {
              fill: {
                unit: 3,
                values: () => places.map((place) => token(place === at.length - 1 ? '--accent' : '--n-8')),
              },
            },
          }),
        },
      ],
      hooks: {
        setCursor: [
          (self) =>
            latest.current.onPoint(
              typeof self.cursor.idx === 'number' && (self.cursor.left ?? -1) >= 0 ? self.cursor.idx : null,
            ),
        ],
        draw: [(self) => drawLimit(self, limit, token('--needs'))],
      },
    };
  };
  usePlot(host, { key: `${at.join()} ${limit}`, options, data });

  return (
    <div
      ref={host}
      role="img"
      aria-label={label}
      className="h-full min-h-0 w-full overflow-hidden [&_.uplot]:font-sans"
    />
  );
}
