import type { Alert } from './alerts.ts';

/** Whether people are to be told of an alert now. */
export function isLoud(alert: Pick<Alert, 'state' | 'flapping' | 'acknowledgedAt' | 'silencedUntil'>, at: number) {
  return (
    alert.state === 'firing' &&
    !alert.flapping &&
    alert.acknowledgedAt === null &&
    (alert.silencedUntil === null || alert.silencedUntil <= at)
  );
}
