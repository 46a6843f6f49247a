import type { Alert } from '../../shared/alerts.ts';
import type { ById } from '../data/apply-event.ts';
import { useStore } from '../data/store.ts';
import { bytes, duration, money, tokens } from '../ui/format.ts';
import { barCount, ChartCard } from './chart-card.tsx';
import { type Span, sumOf } from './points.ts';

const minuteMs = 60_000;
const secondMs = 1000;

/** Where an alert's line is; null where it is switched off. */
function limitOf(alerts: ById<Alert>, id: string): number | null {
  const alert = alerts[id];
  return alert?.enabled ? alert.threshold : null;
}

const seconds = (value: number): string =>
  value < 1 ? `${value < 0.01 ? (value * 1000).toFixed(1) : Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
const percent = (value: number): string => `${Math.round(value)} %`;
const rate = (value: number): string => (value === 0 ? '0' : value < 10 ? value.toFixed(1) : String(Math.round(value)));
const whole = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/** What the room did, and how it fared, over time. */
export function Charts({ span }: { span: Span }) {
  const alerts = useStore((state) => state.rows.alerts);
  const maxWorkers = useStore((state) => state.rows.settings?.values.maxWorkers);
  return (
    <div className="grid grid-cols-3 gap-3 max-wide:grid-cols-2 max-phone:grid-cols-1">
      <ChartCard
        title="Workers"
        span={span}
        stacked
        top={maxWorkers ?? 1}
        lines={[
          { figure: 'workersWorking', label: 'working', color: '--working', filled: true },
          { figure: 'workersWaiting', label: 'wait for you', color: '--needs-mark', filled: true },
          { figure: 'workersIdle', label: 'idle', color: '--n-8', filled: true },
        ]}
        value={(of) => {
          const [working, waiting, idle] = [of('workersWorking'), of('workersWaiting'), of('workersIdle')];
          return working === null || waiting === null || idle === null ? null : working + waiting + idle;
        }}
        words={whole}
        unit={`of ${maxWorkers ?? '–'} running`}
      />
      <ChartCard
        title="Tokens"
        span={span}
        perMs={minuteMs}
        top={1000}
        lines={[{ figure: 'tokens', label: 'tokens', color: '--accent', filled: true }]}
        words={(value) => tokens(Math.round(value))}
        unit="per minute"
        note={`${tokens(Math.round(sumOf(span, 'tokens')))} in all`}
      />
      <ChartCard
        title="Cost"
        span={span}
        bars
        top={0.01}
        lines={[{ figure: 'costUsd', label: 'cost', color: '--accent' }]}
        words={money}
        unit={`in ${duration((span.to - span.from) / barCount)}`}
        note={`${money(sumOf(span, 'costUsd'))} in all`}
      />
      <ChartCard
        title="Requests"
        span={span}
        perMs={secondMs}
        top={1}
        lines={[{ figure: 'requests', label: 'requests', color: '--fg-2', filled: true }]}
        words={rate}
        unit="per second"
        note={`${Math.round(sumOf(span, 'requests')).toLocaleString('en-US')} in all`}
      />
      <ChartCard
        title="Latency"
        span={span}
        limit={limitOf(alerts, 'latency')}
        top={0.01}
        lines={[
          { figure: 'latencyP95', label: 'p95', color: '--fg' },
          { figure: 'latencyP50', label: 'p50', color: '--fg-3' },
        ]}
        words={seconds}
        unit="p95"
      />
      <ChartCard
        title="Errors"
        span={span}
        perMs={minuteMs}
        top={1}
        lines={[
          { figure: 'errors', label: 'requests', color: '--failed', filled: true },
          { figure: 'logErrors', label: 'in the log', color: '--fg-3' },
        ]}
        words={rate}
        unit="per minute"
        note={errorNote(span)}
      />
      <ChartCard
        title="Memory"
        span={span}
        limit={limitOf(alerts, 'memory')}
        top={100}
        lines={[{ figure: 'memoryPercent', label: 'machine', color: '--fg-2', filled: true }]}
        words={percent}
        unit="of the machine in use"
        note={memoryNote(span)}
      />
      <ChartCard
        title="Event loop"
        span={span}
        top={0.05}
        lines={[{ figure: 'loopDelayP99', label: 'delay', color: '--fg-2', filled: true }]}
        words={seconds}
        unit="delay, p99"
        note={cpuNote(span)}
      />
      <ChartCard
        title="Disk"
        span={span}
        limit={limitOf(alerts, 'disk')}
        top={100}
        lines={[{ figure: 'diskPercent', label: 'disk', color: '--fg-2', filled: true }]}
        words={percent}
        unit="in use"
        note={diskNote(span)}
      />
    </div>
  );
}

/** The newest value of a figure that is known, in words. */
function newest(span: Span, figure: Parameters<typeof sumOf>[1], words: (value: number) => string): string | null {
  const known = span.points.findLast((point) => sumOf({ points: [point] }, figure) > 0);
  return known ? words(sumOf({ points: [known] }, figure)) : null;
}

/** What went wrong in the whole span: requests that failed, and errors in the log. */
function errorNote(span: Span): string {
  const failed = Math.round(sumOf(span, 'errors'));
  const logged = Math.round(sumOf(span, 'logErrors'));
  return failed + logged === 0 ? 'none' : `${failed} failed, ${logged} logged`;
}

function memoryNote(span: Span): string {
  const workers = newest(span, 'workerMemoryBytes', bytes);
  const own = newest(span, 'memoryBytes', bytes);
  return [workers && `workers ${workers}`, own && `Control Room ${own}`].filter(Boolean).join(', ');
}

function cpuNote(span: Span): string {
  const cpu = newest(span, 'cpuPercent', (value) => `${value.toFixed(1)} %`);
  return cpu ? `CPU ${cpu} of a core` : '';
}

function diskNote(span: Span): string {
  const free = newest(span, 'diskFreeBytes', bytes);
  return free ? `${free} free` : '';
}
