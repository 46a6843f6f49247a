import type { Alert } from '../../shared/alerts.ts';
import { duration } from '../ui/format.ts';

const units: Record<Alert['unit'], string> = {
  percent: '%',
  'per-second': 'a second',
  seconds: 's',
  hours: 'h',
  failed: '',
};

/** The unit of an alert's threshold, as it stands behind the number. */
export function unitOf({ unit }: Pick<Alert, 'unit'>): string {
  return units[unit];
}

/** A value of an alert as it is read; "–" while it is not known. */
export function valueWords({ unit, value }: Pick<Alert, 'unit' | 'value'>): string {
  if (value === null) return '–';
  if (unit === 'failed') return value > 0 ? 'fails' : 'works';
  if (unit === 'seconds') return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
  const digits = value !== 0 && Math.abs(value) < 10 ? 2 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`.trim();
}

/** When an alert fires: "above 90 % for 5 m". */
export function ruleWords({ unit, direction, threshold, forSeconds }: Alert): string {
  const time = forSeconds === 0 ? 'at once' : `for ${duration(forSeconds * 1000)}`;
  return unit === 'failed' ? `while it fails, ${time}` : `${direction} ${threshold} ${units[unit]} ${time}`;
}
