import type { AlertUnit } from '../../../shared/alert-values.ts';
import type { AlertFigure } from '../../../shared/alerts.ts';
import type { Figure } from '../../../shared/figures.ts';

/** A figure that a rule of somebody's own may look at, and how its value is found. */
export interface KnownFigure extends Omit<AlertFigure, 'value'> {
  /** The present value; null while it cannot be known. */
  read: () => number | null;
}

/** What figures are read from. */
export interface FigureSources {
  /** Figures of the last so many milliseconds; undefined before the first sample. */
  over: (ms: number) => Partial<Record<Figure, number>> | undefined;
  today: () => { tokens: number; costUsd: number };
  /** How long the oldest request for permission waits; 0 while none does. */
  oldestApprovalMs: () => number;
  backupAgeMs: () => number | null;
  /** The parts that health looks at; `failed` is null where one is not installed. */
  components: () => readonly { id: string; title: string; failed: boolean | null }[];
}

const lateMs = 5 * 60_000;
const presentMs = 60_000;
const mega = 1e6;
const giga = 1e9;

const overFive = 'over five minutes';
const overOne = 'over the last minute';

/** Figures that add up, as so many a minute. */
const sums: readonly [Figure, title: string, group: string, unit: AlertUnit, per: number][] = [
  ['requests', 'Requests', 'Requests', 'per-minute', 1],
  ['errors', 'Requests that failed', 'Requests', 'per-minute', 1],
  ['authFailures', 'Refused credentials', 'Requests', 'per-minute', 1],
  ['logErrors', 'Errors in the log', 'Log', 'per-minute', 1],
  ['logWarnings', 'Warnings in the log', 'Log', 'per-minute', 1],
  ['tokens', 'Tokens', 'Tokens and cost', 'per-minute', 1],
  ['costUsd', 'Cost', 'Tokens and cost', 'usd-per-hour', 1 / 60],
];

/** Figures that are so at a time. */
const levels: readonly [Figure, title: string, group: string, unit: AlertUnit, per: number, most?: number][] = [
  ['workersWorking', 'Workers that work', 'Workers', 'count', 1],
  ['workersWaiting', 'Workers that wait for you', 'Workers', 'count', 1],
  ['workersIdle', 'Workers that are idle', 'Workers', 'count', 1],
  ['workersQueued', 'Workers in the queue', 'Workers', 'count', 1],
  ['workersUnhealthy', 'Workers that are unhealthy', 'Workers', 'count', 1],
  ['approvalsWaiting', 'Requests for permission that wait', 'Workers', 'count', 1],
  ['workerMemoryBytes', 'Memory of all workers', 'Machine', 'megabytes', mega],
  ['memoryBytes', 'Memory of Control Room', 'Machine', 'megabytes', mega],
  ['memoryPercent', 'Memory of the machine in use', 'Machine', 'percent', 1, 100],
  ['cpuPercent', 'CPU of Control Room, of one core', 'Machine', 'percent', 1],
  ['loopDelayP99', 'Delay of the event loop', 'Machine', 'seconds', 1],
  ['diskFreeBytes', 'Free space where the data is', 'Machine', 'gigabytes', giga],
  ['diskPercent', 'Disk in use', 'Machine', 'percent', 1, 100],
];

const latencies: readonly [Figure, title: string][] = [
  ['latencyP50', 'Time that half of the requests take at most'],
  ['latencyP95', 'Time that 95 % of the requests take at most'],
];

/** Everything that a rule of somebody's own may look at, as it stands. */
export function knownFigures(sources: FigureSources): KnownFigure[] {
  const minutes = lateMs / 60_000;
  const scaled = (ms: number, figure: Figure, per: number) => (): number | null => {
    const value = sources.over(ms)?.[figure];
    return value === undefined ? null : value / per;
  };
  return [
    ...sums.map(([id, title, group, unit, per]) => ({
      id,
      title,
      group,
      unit,
      most: null,
      measure: `${lower(title)}, ${overFive}`,
      read: scaled(lateMs, id, minutes * per),
    })),
    ...latencies.map(([id, title]) => ({
      id,
      title,
      group: 'Requests',
      unit: 'seconds' as const,
      most: null,
      measure: `${lower(title)}, ${overFive}`,
      read: scaled(lateMs, id, 1),
    })),
    ...levels.map(([id, title, group, unit, per, most]) => ({
      id,
      title,
      group,
      unit,
      most: most ?? null,
      measure: `${lower(title)}, ${overOne}`,
      read: scaled(presentMs, id, per),
    })),
    present('tokensToday', 'Tokens today', 'Tokens and cost', 'count', () => sources.today().tokens),
    present('costToday', 'Cost today', 'Tokens and cost', 'usd', () => sources.today().costUsd),
    present(
      'oldestApproval',
      'Wait of the oldest request for permission',
      'Workers',
      'minutes',
      () => sources.oldestApprovalMs() / 60_000,
    ),
    present('backupAge', 'Age of the newest backup', 'Machine', 'hours', () => {
      const ageMs = sources.backupAgeMs();
      return ageMs === null ? null : ageMs / 3_600_000;
    }),
    ...sources.components().map(({ id, title }) => ({
      id: `component.${id}`,
      title,
      group: 'Parts that fail',
      unit: 'failed' as const,
      most: null,
      measure: `the check “${title}” of health fails`,
      read: () => {
        const failed = sources.components().find((component) => component.id === id)?.failed ?? null;
        return failed === null ? null : Number(failed);
      },
    })),
  ];
}

function present(id: string, title: string, group: string, unit: AlertUnit, read: () => number | null): KnownFigure {
  return { id, title, group, unit, most: null, measure: lower(title), read };
}

/** "CPU of a core" keeps its capitals. */
function lower(title: string): string {
  return /^[A-Z]{2}/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}
