import type { Alert } from '../../../shared/alerts.ts';

/** What somebody may change of every rule. */
export type RuleValues = Alert['defaults'];

/** A rule as it comes, or as somebody made it, and how its value is found. */
export interface AlertRule
  extends Pick<Alert, 'id' | 'title' | 'measure' | 'unit' | 'direction' | 'fix' | 'place' | 'own' | 'figure'> {
  defaults: RuleValues;
  /** The present value; null while it cannot be known, or there is nothing to measure. */
  read: () => number | null;
  /** What is wrong, in words, with the value. */
  words: (value: number) => string;
}

/** What rules look at. */
export interface AlertSources {
  /** Of the last five minutes; undefined before the first sample. */
  lately: () => { requests: number; errors: number; latencyP95: number | undefined } | undefined;
  workers: () => { live: number; healthy: number };
  /** In percent. */
  memoryPercent: () => number | null;
  diskPercent: () => number | null;
  /** Whether a component fails, and why; null while it is not known or not installed. */
  /** How old the newest backup is. */
  backupAgeMs?: () => number | null;
  component: (id: string) => { failed: boolean; detail: string } | null;
}

const lateSeconds = 300;
/** Of fewer requests in five minutes a share says nothing. */
const fewestRequests = 20;

const failing = (value: { failed: boolean } | null): number | null => (value === null ? null : Number(value.failed));

/** The rules that come with it: those of the guides, with their thresholds and times. */
export function standardRules(sources: AlertSources): AlertRule[] {
  return standard(sources).map(({ defaults, ...rule }) => ({
    ...rule,
    own: false,
    figure: null,
    defaults: { ...defaults, notice: true, webhook: true },
  }));
}

type Standard = Omit<AlertRule, 'own' | 'figure' | 'defaults'> & {
  defaults: Omit<RuleValues, 'notice' | 'webhook'>;
};

function standard(sources: AlertSources): Standard[] {
  const detailOf = (...ids: string[]): string =>
    ids.flatMap((id) => sources.component(id) ?? []).find(({ failed }) => failed)?.detail ?? 'It works again.';
  const anyFails = (...ids: string[]): number | null => {
    const known = ids.flatMap((id) => failing(sources.component(id)) ?? []);
    return known.length === 0 ? null : Math.max(...known);
  };
  return [
    {
      id: 'down',
      title: 'Control Room cannot serve',
      measure: 'the port or the process host fails',
      unit: 'failed',
      direction: 'above',
      defaults: { enabled: true, threshold: 0, forSeconds: 60, severity: 'critical' },
      read: () => anyFails('server', 'terminals'),
      words: () => detailOf('terminals', 'server'),
      fix: 'The checks below say what fails. If the process host is gone, restart Control Room.',
      place: '#/health',
    },
    {
      id: 'error-rate',
      title: 'Many errors',
      measure: 'errors a second, over five minutes',
      unit: 'per-second',
      direction: 'above',
      defaults: { enabled: true, threshold: 0.1, forSeconds: lateSeconds, severity: 'warning' },
      read: () => {
        const lately = sources.lately();
        return lately ? lately.errors / lateSeconds : null;
      },
      words: (value) => `${perSecond(value)} errors a second over the last five minutes.`,
      fix: 'The log says what failed; errors by kind stand in /metrics.',
      place: '#/health',
    },
    {
      id: 'error-share',
      title: 'A large part of requests fails',
      measure: 'requests that fail, over five minutes',
      unit: 'percent',
      direction: 'above',
      defaults: { enabled: true, threshold: 5, forSeconds: lateSeconds, severity: 'warning' },
      read: () => {
        const lately = sources.lately();
        return !lately || lately.requests < fewestRequests
          ? null
          : Math.min(100, (100 * lately.errors) / lately.requests);
      },
      words: (value) => `${percent(value)} of the requests of the last five minutes failed.`,
      fix: 'The log says what failed; errors by kind stand in /metrics.',
      place: '#/health',
    },
    {
      id: 'workers-unhealthy',
      title: 'Many workers are unhealthy',
      measure: 'workers that are healthy',
      unit: 'percent',
      direction: 'below',
      defaults: { enabled: true, threshold: 50, forSeconds: lateSeconds, severity: 'warning' },
      read: () => {
        const { live, healthy } = sources.workers();
        return live === 0 ? null : (100 * healthy) / live;
      },
      words: (value) => `Only ${percent(value)} of the workers are healthy.`,
      fix: 'The list of workers says what each waits for or does not do.',
      place: '#/health',
    },
    {
      id: 'latency',
      title: 'Answers are slow',
      measure: 'time within which 95 % of requests are answered, over five minutes',
      unit: 'seconds',
      direction: 'above',
      defaults: { enabled: true, threshold: 5, forSeconds: lateSeconds, severity: 'warning' },
      read: () => {
        const lately = sources.lately();
        return lately ? (lately.latencyP95 ?? 0) : null;
      },
      words: (value) => `Of a hundred requests five take longer than ${value.toFixed(1)} s.`,
      fix: 'Look at the load of the machine, and at the delay of the event loop.',
      place: '#/health',
    },
    {
      id: 'memory',
      title: 'Memory is running out',
      measure: 'memory of the machine in use',
      unit: 'percent',
      direction: 'above',
      defaults: { enabled: true, threshold: 80, forSeconds: lateSeconds, severity: 'warning' },
      read: sources.memoryPercent,
      words: (value) => `${percent(value)} of the memory is in use.`,
      fix: 'Stop workers that are not needed, or set a limit of memory for each in the settings.',
      place: '#/health',
    },
    {
      id: 'disk',
      title: 'The disk is running full',
      measure: 'space in use where the data is',
      unit: 'percent',
      direction: 'above',
      defaults: { enabled: true, threshold: 90, forSeconds: lateSeconds, severity: 'critical' },
      read: sources.diskPercent,
      words: (value) => `${percent(value)} of the disk is in use.`,
      fix: 'Remove worktrees that are done, and what else is not needed on that disk.',
      place: '#/health',
    },
    {
      id: 'database',
      title: 'The database fails',
      measure: 'the state database cannot be read or written',
      unit: 'failed',
      direction: 'above',
      defaults: { enabled: true, threshold: 0, forSeconds: 30, severity: 'critical' },
      read: () => failing(sources.component('database')),
      words: () => detailOf('database'),
      fix: 'The check of the database says what to do.',
      place: '#/health',
    },
    {
      id: 'ollama',
      title: 'Ollama fails',
      measure: 'Ollama is there and fails',
      unit: 'failed',
      direction: 'above',
      defaults: { enabled: true, threshold: 0, forSeconds: lateSeconds, severity: 'warning' },
      read: () => failing(sources.component('ollama')),
      words: () => detailOf('ollama'),
      fix: 'Its own log says why. Sessions are compressed without a model meanwhile.',
      place: '#/settings/models',
    },
    ...(sources.backupAgeMs ? [backupAge(sources.backupAgeMs)] : []),
  ];
}

const hourMs = 3_600_000;

function backupAge(ageMs: () => number | null): Standard {
  return {
    id: 'backup-age',
    title: 'The newest backup is old',
    measure: 'age of the newest backup',
    unit: 'hours',
    direction: 'above',
    // Two that should have been made by themselves were not.
    defaults: { enabled: true, threshold: 48, forSeconds: 0, severity: 'warning' },
    read: () => {
      const age = ageMs();
      return age === null ? null : age / hourMs;
    },
    words: (value) => `The newest backup is ${Math.round(value)} hours old.`,
    fix: 'Make one now, and look why none was made by itself.',
    place: '#/settings/data',
  };
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

function perSecond(value: number): string {
  return value < 10 ? value.toFixed(2) : String(Math.round(value));
}
