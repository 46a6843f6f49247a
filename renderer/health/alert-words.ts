import { unitWords, valueText } from '../../shared/alert-values.ts';
import type { Alert } from '../../shared/alerts.ts';
import { duration } from '../ui/format.ts';

/** A value of an alert as it is read; "–" while it is not known. */
export function valueWords({ unit, value }: Pick<Alert, 'unit' | 'value'>): string {
  return value === null ? '–' : valueText(unit, value);
}

/** When an alert fires: "above 90 % for 5 m". */
export function ruleWords({ unit, direction, threshold, forSeconds }: Alert): string {
  const time = forSeconds === 0 ? 'at once' : `for ${duration(forSeconds * 1000)}`;
  return unit === 'failed' ? `while it fails, ${time}` : `${direction} ${threshold} ${unitWords(unit)} ${time}`;
}

/** Where an alert is told, if that is not everywhere; null else. */
export function toldWords({ notice, webhook }: Pick<Alert, 'notice' | 'webhook'>): string | null {
  if (notice && webhook) return null;
  return notice ? 'notices alone' : webhook ? 'webhooks alone' : 'told nowhere';
}
