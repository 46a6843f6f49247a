import type { Alert } from './alerts.ts';

type Loudness = Pick<Alert, 'state' | 'flapping' | 'acknowledgedAt' | 'silencedUntil'>;

/** Whether people are to be told of an alert now. */
export function isLoud(alert: Loudness, at: number): boolean {
  return (
    alert.state === 'firing' &&
    !alert.flapping &&
    alert.acknowledgedAt === null &&
    (alert.silencedUntil === null || alert.silencedUntil <= at)
  );
}

/** Whether a notice of the desktop or the page is to tell of it now. */
export function isNoticed(alert: Loudness & Pick<Alert, 'notice'>, at: number): boolean {
  return alert.notice && isLoud(alert, at);
}
