/** What the value and the threshold of an alert count. */
export const alertUnits = [
  'percent',
  'per-second',
  'per-minute',
  'seconds',
  'minutes',
  'hours',
  'count',
  'megabytes',
  'gigabytes',
  'usd',
  'usd-per-hour',
  'failed',
] as const;
export type AlertUnit = (typeof alertUnits)[number];

const words: Record<AlertUnit, string> = {
  percent: '%',
  'per-second': 'a second',
  'per-minute': 'a minute',
  seconds: 's',
  minutes: 'min',
  hours: 'h',
  count: '',
  megabytes: 'MB',
  gigabytes: 'GB',
  usd: 'USD',
  'usd-per-hour': 'USD/h',
  failed: '',
};

/** A unit as it stands behind a number: "a minute". */
export function unitWords(unit: AlertUnit): string {
  return words[unit];
}

/** A value with its unit: "12 a minute", "0.40 USD", "fails". */
export function valueText(unit: AlertUnit, value: number): string {
  if (unit === 'failed') return value > 0 ? 'fails' : 'works';
  if (unit === 'seconds') return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
  if (unit === 'usd' || unit === 'usd-per-hour') return `${value.toFixed(2)} ${words[unit]}`;
  return `${value.toFixed(Number.isInteger(value) || Math.abs(value) >= 10 ? 0 : 2)} ${words[unit]}`.trim();
}
