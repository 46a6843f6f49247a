import { useRef } from 'react';
import UPlot from 'uplot';
import { drawLimit, type PlotOptions, usePlot } from '../ui/use-plot.ts';

export interface ChartLine {
  label: string;
  /** A token: `--working`. */
  color: string;
  values: readonly (number | null)[];
  /** Filled down to the ground, or to the line below it when lines lie on each other. */
  filled?: boolean;
}

/** Draws lines over time, or bars. `limit` is a line that should not be reached. All charts of the view share their pointer. */
export function HealthChart({
  x,
  from,
  to,
  lines,
  bars = false,
  stacked = false,
  limit = null,
  top,
  label,
  onPoint,
}: {
  /** In seconds, as `lines` have values. */
  x: readonly number[];
  from: number;
  to: number;
  lines: readonly ChartLine[];
  bars?: boolean;
  /** Each line lies on those before it. */
  stacked?: boolean;
  limit?: number | null;
  /** The highest value that is shown at least. */
  top: number;
  label: string;
  onPoint: (place: number | null) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef({ from, to, limit, top, onPoint });
  latest.current = { from, to, limit, top, onPoint };

  const sums = x.map(() => 0);
  const drawn = lines.map(({ values }) =>
    stacked
      ? values.map((value, place) => {
          sums[place] = (sums[place] ?? 0) + (value ?? 0);
          return value === null ? null : (sums[place] ?? 0);
        })
      : [...values],
  );
  // What lies lowest is drawn last, over the others.
  const order = stacked ? [...lines.keys()].reverse() : [...lines.keys()];

  const options = (token: (name: string) => string): PlotOptions => ({
    padding: [8, 1, 0, 1],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      sync: { key: 'health', setSeries: false },
    },
    scales: {
      x: { range: () => [latest.current.from / 1000, latest.current.to / 1000] },
      y: {
        range: (_self, _min, max) => [0, Math.max(Number.isFinite(max) ? max : 0, latest.current.top) * 1.06],
      },
    },
    axes: [
      { show: false },
      {
        show: true,
        size: 0,
        ticks: { show: false },
        values: (_self, splits) => splits.map(() => ''),
        grid: { stroke: token('--line-soft'), width: 1 },
        space: 34,
      },
    ],
    series: [
      {},
      ...order.map((at): UPlot.Series => {
        const line = lines[at] as ChartLine;
        const color = token(line.color);
        return {
          stroke: color,
          width: bars ? 0 : stacked ? 0 : 1.5,
          points: { show: false },
          ...(line.filled || bars
            ? { fill: bars || stacked ? color : `color-mix(in srgb, ${color} 16%, transparent)` }
            : {}),
          paths: bars
            ? UPlot.paths.bars?.({ size: [0.72, 40], radius: 0.1 })
            : stacked
              ? UPlot.paths.stepped?.({ align: 1 })
              : UPlot.paths.linear?.(),
        };
      }),
    ],
    hooks: {
      setCursor: [
        (self) =>
          latest.current.onPoint(
            typeof self.cursor.idx === 'number' && (self.cursor.left ?? -1) >= 0 ? self.cursor.idx : null,
          ),
      ],
      draw: [(self) => drawLimit(self, latest.current.limit, token('--needs'))],
    },
  });
  const key = `${bars} ${stacked} ${lines.map(({ color, filled }) => `${color}${filled}`).join()}`;
  const data = useRef<UPlot.AlignedData>([[]]);
  const signature = useRef<unknown>(null);
  if (signature.current !== lines) {
    signature.current = lines;
    data.current = [[...x], ...order.map((at) => drawn[at] as (number | null)[])];
  }
  usePlot(host, { key, options, data: data.current });

  return <div ref={host} role="img" aria-label={label} className="h-full min-h-0 w-full overflow-hidden" />;
}
