import { useState } from 'react';
import type { Figure } from '../../shared/figures.ts';
import { clockTime } from '../ui/format.ts';
import { type ChartLine, HealthChart } from './health-chart.tsx';
import { barsOf, columnsOf, figureOf, type Span } from './points.ts';

/** Sums are cut into so many bars. */
export const barCount = 12;

export interface CardLine {
  figure: Figure;
  label: string;
  color: string;
  filled?: boolean;
}

/** A chart of one or more figures with the value of the moment that is pointed at, else the newest. */
export function ChartCard({
  title,
  span,
  lines,
  perMs = 0,
  bars = false,
  stacked = false,
  limit = null,
  top,
  words,
  unit,
  note,
  value,
}: {
  title: string;
  span: Span;
  lines: readonly CardLine[];
  /** Sums are shown as rates for so long. */
  perMs?: number;
  bars?: boolean;
  stacked?: boolean;
  limit?: number | null;
  top: number;
  /** A value as it is read. */
  words: (value: number) => string;
  /** What the large number counts. */
  unit: string;
  note?: string;
  /** The large number, where it is not the first line's. */
  value?: (of: (figure: Figure) => number | null) => number | null;
}) {
  const [pointed, setPointed] = useState<number | null>(null);
  const [drawn, setDrawn] = useState<{ span: Span; x: number[]; lines: ChartLine[]; values: Values } | null>(null);
  if (drawn?.span !== span) setDrawn(makeDrawn(span, lines, perMs, bars));
  const shown = drawn?.span === span ? drawn : makeDrawn(span, lines, perMs, bars);
  const place = pointed !== null && pointed < shown.x.length ? pointed : shown.x.length - 1;
  const of = (figure: Figure): number | null => shown.values(figure, place);
  const large = value ? value(of) : of(lines[0]?.figure as Figure);
  const at = shown.x[place];
  const highest = Math.max(top, ...sumsOf(shown.lines, stacked));
  const text = large === null ? '–' : words(large);
  return (
    <section
      aria-label={title}
      className="grid min-w-0 grid-rows-[auto_auto_minmax(0,1fr)_auto] rounded-3 bg-surface px-4 pt-3 pb-2 ring-1 ring-inset ring-hair"
    >
      <div className="flex items-center gap-3 text-xs text-ink-2">
        <h2 className="flex-1 truncate">{title}</h2>
        {lines.length > 1 &&
          lines.map(({ label, color }) => (
            <span key={label} className="flex items-center gap-1.5 whitespace-nowrap text-ink-3">
              <span aria-hidden className="h-0.5 w-2.5" style={{ background: `var(${color})` }} />
              {label}
            </span>
          ))}
        {note && <span className="text-ink-3">{note}</span>}
      </div>
      <div className="figures flex items-baseline gap-1.5 pt-0.5">
        <b className="text-xl font-strong tracking-[-.02em] whitespace-nowrap">{text}</b>
        <span className="truncate text-sm text-ink-3">{unit}</span>
        {pointed !== null && at !== undefined && (
          <span className="ml-auto text-xs text-ink-3">{clockTime(at * 1000, span.to)}</span>
        )}
      </div>
      <div className="relative h-[92px]">
        <span aria-hidden className="figures absolute -top-2 right-0 text-2xs text-ink-3">
          {words(highest)}
        </span>
        <HealthChart
          x={shown.x}
          from={span.from}
          to={span.to}
          lines={shown.lines}
          bars={bars}
          stacked={stacked}
          limit={limit}
          top={top}
          label={`${title}: ${text} ${unit}`}
          onPoint={setPointed}
        />
      </div>
      <div aria-hidden className="figures flex justify-between pt-1 text-2xs text-ink-3">
        <span>{clockTime(span.from, span.to)}</span>
        {limit !== null && <span className="text-needs">alert at {words(limit)}</span>}
        <span>{clockTime(span.to, span.to)}</span>
      </div>
    </section>
  );
}

/** The values that reach highest: those of each line, or of all together where they lie on each other. */
function sumsOf(lines: readonly ChartLine[], stacked: boolean): number[] {
  if (!stacked) return lines.flatMap(({ values }) => values.map((value) => value ?? 0));
  return (lines[0]?.values ?? []).map((_, place) => lines.reduce((sum, { values }) => sum + (values[place] ?? 0), 0));
}

type Values = (figure: Figure, place: number) => number | null;

function makeDrawn(span: Span, lines: readonly CardLine[], perMs: number, bars: boolean) {
  if (bars) {
    const made = lines.map((line) => ({ line, ...barsOf(span, line.figure, barCount) }));
    return {
      span,
      x: (made[0]?.at ?? []).map((at) => at / 1000),
      lines: made.map(({ line, values }) => ({ ...line, values })),
      values: (figure: Figure, place: number) => made.find(({ line }) => line.figure === figure)?.values[place] ?? null,
    };
  }
  const { x, of } = columnsOf(span);
  return {
    span,
    x,
    lines: lines.map((line) => ({ ...line, values: of.map((point) => figureOf(point, line.figure, perMs)) })),
    values: (figure: Figure, place: number) => figureOf(of[place] ?? null, figure, perMs),
  };
}
