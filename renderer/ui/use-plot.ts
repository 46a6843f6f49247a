import { type RefObject, useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useOnChange } from './use-on-change.ts';

/** Smaller than this nothing can be read. */
const narrowest = 120;

export type PlotOptions = Omit<UPlot.Options, 'width' | 'height'>;

/**
 * Keeps a chart in an element: as large as it, in the colours of the theme, with the newest data. It is made anew when `key`
 * changes; `options` are given what reads a token's value.
 */
export function usePlot(
  host: RefObject<HTMLElement | null>,
  plot: { key: string; options: (token: (name: string) => string) => PlotOptions; data: UPlot.AlignedData },
): void {
  const latest = useRef(plot);
  latest.current = plot;
  const drawn = useRef<UPlot | null>(null);

  // The key stands for what is drawn.
  useOnChange(() => {
    const element = host.current;
    if (!element) return;
    const draw = (): void => {
      drawn.current?.destroy();
      const style = getComputedStyle(document.documentElement);
      const { options, data } = latest.current;
      drawn.current = new UPlot(
        {
          ...options((name) => style.getPropertyValue(name).trim()),
          width: Math.max(narrowest, element.clientWidth),
          height: element.clientHeight,
        },
        data,
        element,
      );
    };
    draw();
    const observer = new ResizeObserver(() => {
      const chart = drawn.current;
      if (chart && (chart.width !== element.clientWidth || chart.height !== element.clientHeight))
        chart.setSize({ width: Math.max(narrowest, element.clientWidth), height: element.clientHeight });
    });
    observer.observe(element);
    window.addEventListener('control-room:theme', draw);
    return () => {
      observer.disconnect();
      window.removeEventListener('control-room:theme', draw);
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [host, plot.key]);

  const { data } = plot;
  useEffect(() => {
    if (drawn.current && drawn.current.data !== data) drawn.current.setData(data);
  }, [data]);
}

/** Draws a dashed line where a limit is, if it is within what is shown. */
export function drawLimit(chart: UPlot, limit: number | null, color: string): void {
  if (limit === null || limit > (chart.scales.y?.max ?? 0)) return;
  const y = Math.round(chart.valToPos(limit, 'y', true)) + 0.5;
  const { ctx } = chart;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = UPlot.pxRatio;
  ctx.setLineDash([4 * UPlot.pxRatio, 3 * UPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(chart.bbox.left, y);
  ctx.lineTo(chart.bbox.left + chart.bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
