import { plural } from '../ui/format.ts';
import { type LoadHistory, useLoad } from './use-resources.ts';

/** "612 MB", "1.4 GB". */
export function memoryWords(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib < 1000 ? `${Math.round(mib)} MB` : `${(mib / 1024).toFixed(1)} GB`;
}

function title(load: LoadHistory): string {
  const { cpuPercent, memoryBytes, processes, busiest } = load.now;
  return [
    `${Math.round(cpuPercent)} % of one core and ${memoryWords(memoryBytes)} in ${plural(processes, 'process', 'processes')}`,
    busiest ? `busiest: ${busiest.name} at ${Math.round(busiest.cpuPercent)} %` : null,
  ]
    .filter(Boolean)
    .join('; ');
}

/** CPU over the last samples as a small line; one core is its full height, more is cut off. */
export function Sparkline({ values, width = 48 }: { values: readonly number[]; width?: number }) {
  const height = 12;
  const top = Math.max(100, ...values);
  const step = width / 59;
  const points = values
    .map((value, index) => {
      const x = width - (values.length - 1 - index) * step;
      return `${x.toFixed(1)},${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`;
    })
    .join(' ');
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden className="shrink-0">
      <path d={`M0 ${height - 0.5}H${width}`} className="stroke-hair-strong" strokeWidth="1" />
      <polyline
        points={points}
        fill="none"
        className="stroke-working"
        strokeWidth="1.2"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** CPU and memory of a worker on its card. Keeps its place while nothing is measured, so that nothing jumps. */
export function CardLoad({ workerId }: { workerId: string }) {
  const load = useLoad(workerId);
  return (
    <span
      className="figures flex w-[132px] shrink-0 items-center justify-end gap-2 text-xs leading-[14px] text-ink-3"
      title={load ? title(load) : undefined}
    >
      {load && (
        <>
          <Sparkline values={load.cpu} width={36} />
          <span>{Math.round(load.now.cpuPercent)} %</span>
          <span>{memoryWords(load.now.memoryBytes)}</span>
        </>
      )}
    </span>
  );
}

/** CPU and memory of a worker with its busiest child, for the inspector and the facts. */
export function LoadDetail({ workerId }: { workerId: string }) {
  const load = useLoad(workerId);
  if (!load) return <span className="text-ink-3">measured while its process runs</span>;
  const { cpuPercent, memoryBytes, processes, busiest } = load.now;
  return (
    <span className="figures block min-w-0">
      <span className="flex items-center gap-2.5">
        <Sparkline values={load.cpu} width={72} />
        <span className="whitespace-nowrap">
          {Math.round(cpuPercent)} % CPU, {memoryWords(memoryBytes)}
        </span>
      </span>
      <span className="block truncate text-xs text-ink-3" title={busiest?.name}>
        {plural(processes, 'process', 'processes')}
        {busiest && (
          <>
            , busiest <code>{busiest.name}</code> at {Math.round(busiest.cpuPercent)} %
          </>
        )}
      </span>
    </span>
  );
}
