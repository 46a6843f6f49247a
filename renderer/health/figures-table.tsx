import type { Figure } from '../../shared/figures.ts';
import { bytes, clockTime, money, tokens } from '../ui/format.ts';
import { figureOf, type Span } from './points.ts';

/** More rows than these nobody reads. */
const mostRows = 60;

const columns: readonly { figure: Figure; title: string; words: (value: number) => string }[] = [
  { figure: 'workersWorking', title: 'Working', words: (value) => value.toFixed(1) },
  { figure: 'workersWaiting', title: 'Waiting', words: (value) => value.toFixed(1) },
  { figure: 'workersIdle', title: 'Idle', words: (value) => value.toFixed(1) },
  { figure: 'tokens', title: 'Tokens', words: (value) => tokens(Math.round(value)) },
  { figure: 'costUsd', title: 'Cost', words: money },
  { figure: 'requests', title: 'Requests', words: (value) => String(Math.round(value)) },
  { figure: 'latencyP95', title: 'p95', words: (value) => `${(value * 1000).toFixed(1)} ms` },
  { figure: 'errors', title: 'Errors', words: (value) => String(Math.round(value)) },
  { figure: 'logErrors', title: 'In the log', words: (value) => String(Math.round(value)) },
  { figure: 'memoryPercent', title: 'Memory', words: (value) => `${Math.round(value)} %` },
  { figure: 'workerMemoryBytes', title: 'Workers’ memory', words: bytes },
  { figure: 'loopDelayP99', title: 'Loop delay', words: (value) => `${(value * 1000).toFixed(1)} ms` },
  { figure: 'diskPercent', title: 'Disk', words: (value) => `${Math.round(value)} %` },
];

/** The figures of the charts as a table, the newest first: as they were taken, without a rate. */
export function FiguresTable({ span }: { span: Span }) {
  const rows = span.points.slice(-mostRows).reverse();
  return (
    <section aria-label="Values" className="min-w-0 overflow-x-auto rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <table className="figures w-full text-right text-sm whitespace-nowrap">
        <caption className="sr-only">The newest {rows.length} points, newest first</caption>
        <thead className="text-ink-3">
          <tr>
            <th scope="col" className="px-4 py-2 text-left font-normal">
              From
            </th>
            {columns.map(({ figure, title }) => (
              <th key={figure} scope="col" className="px-3 py-2 font-normal">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr key={point.at} className="border-t border-hair-soft">
              <th scope="row" className="px-4 py-1.5 text-left font-normal text-ink-2">
                {clockTime(point.at, span.to)}:{String(new Date(point.at).getSeconds()).padStart(2, '0')}
              </th>
              {columns.map(({ figure, words }) => {
                const value = figureOf(point, figure);
                return (
                  <td key={figure} className="px-3 py-1.5">
                    {value === null ? '–' : words(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
