import { type Figure, figureNames, figures } from '../../shared/figures.ts';
import type { ChartPoint, ChartPoints } from '../../shared/metrics.ts';

/** The points that are known, and the time that is shown. */
export interface Span {
  from: number;
  to: number;
  stepMs: number;
  points: readonly ChartPoint[];
}

/** The points after an update: one with the time of a known one takes its place, and what is too old goes. */
export function merged(before: readonly ChartPoint[], update: ChartPoints, from: number): readonly ChartPoint[] {
  const first = update.points[0]?.at ?? Number.POSITIVE_INFINITY;
  return [...before.filter(({ at, until }) => at < first && until > from), ...update.points];
}

/** What charts draw: times in seconds, and for each of them a value of each line; null where nothing is known. */
export interface Columns {
  x: number[];
  /** The point that each time belongs to. */
  of: (ChartPoint | null)[];
}

/** The times at which lines have a value: the middle of a point, both ends of a long one, and a gap where none is. */
export function columnsOf({ points, stepMs }: Span): Columns {
  const columns: Columns = { x: [], of: [] };
  const put = (at: number, point: ChartPoint | null): void => {
    columns.x.push(at / 1000);
    columns.of.push(point);
  };
  let last: ChartPoint | undefined;
  for (const point of points) {
    if (last && point.at - last.until > stepMs) put((last.until + point.at) / 2, null);
    if (point.until - point.at > 2 * stepMs) {
      put(point.at, point);
      put(point.until - 1, point);
    } else put((point.at + point.until) / 2, point);
    last = point;
  }
  return columns;
}

/** A figure of a point; a sum as a rate for `perMs`. */
export function figureOf(point: ChartPoint | null, figure: Figure, perMs = 0): number | null {
  const value = point?.values[figureNames.indexOf(figure)] ?? null;
  if (value === null || !point || figures[figure] !== 'sum' || perMs === 0) return value;
  return (value * perMs) / Math.max(1, point.until - point.at);
}

/** What a figure came to in the whole span. */
export function sumOf({ points }: Pick<Span, 'points'>, figure: Figure): number {
  return points.reduce((sum, point) => sum + (figureOf(point, figure) ?? 0), 0);
}

/** What a figure came to in each of so many equal parts of the span; a long point counts in each part by its share. */
export function barsOf({ points, from, to }: Span, figure: Figure, parts: number): { at: number[]; values: number[] } {
  const partMs = (to - from) / parts;
  const values = new Array<number>(parts).fill(0);
  for (const point of points) {
    const value = figureOf(point, figure) ?? 0;
    if (value === 0) continue;
    for (let part = 0; part < parts; part += 1) {
      const begin = from + part * partMs;
      const shared = Math.min(point.until, begin + partMs) - Math.max(point.at, begin);
      if (shared > 0) values[part] = (values[part] ?? 0) + (value * shared) / (point.until - point.at);
    }
  }
  return { at: values.map((_, part) => from + (part + 0.5) * partMs), values };
}
