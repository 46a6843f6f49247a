import { useEffect, useMemo, useRef, useState } from 'react';
import { type ChartSpan, chartSpans } from '../../shared/figures.ts';
import type { ChartPoint } from '../../shared/metrics.ts';
import { serverNow } from '../data/clock.ts';
import { useStream } from '../data/use-stream.ts';
import { merged, type Span } from './points.ts';

/** The first minutes fill the charts: a whole hour would show a hair's breadth of them. */
const leastMs = 5 * 60_000;

function shownTime(points: readonly ChartPoint[], to: number, spanMs: number): { from: number; to: number } {
  const first = points[0]?.at ?? to;
  return { from: Math.max(to - spanMs, Math.min(first, to - leastMs)), to };
}

/** The points of a span, live; while it is paused, as they were when it was. */
export function usePoints(name: ChartSpan, paused: boolean): { span: Span | null; error: string | null } {
  const { spanMs, stepMs } = chartSpans[name];
  const { value, error } = useStream(`metrics ${name}`, (client, signal) =>
    client.metrics.watch({ span: name }, { signal }),
  );
  const known = useRef<{ name: ChartSpan; points: readonly ChartPoint[] }>({ name, points: [] });
  const [live, setLive] = useState<Span | null>(null);
  useEffect(() => {
    if (!value) return;
    const to = serverNow();
    const before = known.current.name === name ? known.current.points : [];
    known.current = { name, points: merged(before, value, to - spanMs) };
    setLive({ ...shownTime(known.current.points, to, spanMs), stepMs, points: known.current.points });
  }, [value, name, spanMs, stepMs]);
  const held = useRef<Span | null>(null);
  if (!paused) held.current = null;
  else held.current ??= live;
  const shown = held.current ?? live;
  return useMemo(() => ({ span: shown && shown.stepMs === stepMs ? shown : null, error }), [shown, stepMs, error]);
}
