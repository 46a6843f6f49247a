import type { Alert, AlertState } from '../../../shared/alerts.ts';
import type { AlertRule, RuleValues } from './rules.ts';

/** How an alert stands: what outlives a restart. */
export interface Standing
  extends Pick<
    Alert,
    'state' | 'since' | 'value' | 'text' | 'flapping' | 'acknowledgedAt' | 'acknowledgedBy' | 'silencedUntil'
  > {
  /** When it began to fire, in the last hour. */
  firings: readonly number[];
}

/** A thing that is well again has to stay so for this long before the alert is over; one that flaps much longer. */
const calmMs = 60_000;
const flappingCalmMs = 15 * 60_000;
/** It flaps when it fires more often than this in the time. */
const mostFirings = 3;
const firingsWithinMs = 60 * 60_000;
/** For how long it is shown that it is over. */
const resolvedMs = 30 * 60_000;

export const inactive: Omit<Standing, 'since'> = {
  state: 'inactive',
  value: null,
  text: null,
  flapping: false,
  acknowledgedAt: null,
  acknowledgedBy: null,
  silencedUntil: null,
  firings: [],
};

/** Whether a value is beyond what a rule allows. */
function isBeyond(rule: AlertRule, values: RuleValues, value: number): boolean {
  return rule.direction === 'above' ? value > values.threshold : value < values.threshold;
}

/**
 * How an alert stands after a look. `calmSince` is since when the thing is well while the alert still fires. What cannot be
 * known changes nothing that fires: not to know is not to be well.
 */
export function nextStanding(input: {
  rule: AlertRule;
  values: RuleValues;
  before: Standing;
  value: number | null;
  calmSince: number | null;
  now: number;
}): { standing: Standing; calmSince: number | null } {
  const { rule, values, before, value, now } = input;
  const to = (state: AlertState, changes: Partial<Standing> = {}): { standing: Standing; calmSince: null } => ({
    standing: { ...before, state, since: now, value, ...changes },
    calmSince: null,
  });
  const stay = { standing: { ...before, value: value ?? before.value }, calmSince: null };
  if (!values.enabled)
    return before.state === 'inactive' ? stay : to('inactive', { text: null, ...unacknowledged, flapping: false });
  const beyond = value !== null && isBeyond(rule, values, value);
  switch (before.state) {
    case 'inactive':
    case 'resolved':
      if (beyond) return values.forSeconds === 0 ? fire(before, rule, value, now) : to('pending');
      return before.state === 'resolved' && now - before.since >= resolvedMs ? to('inactive', { text: null }) : stay;
    case 'pending':
      if (!beyond) return to('inactive', { text: null });
      // A clock that was set back begins it anew.
      if (before.since > now) return to('pending');
      return now - before.since >= values.forSeconds * 1000 ? fire(before, rule, value, now) : stay;
    case 'firing': {
      if (value === null) return { standing: before, calmSince: input.calmSince };
      if (beyond) return stay;
      const calmSince = Math.min(input.calmSince ?? now, now);
      if (now - calmSince >= (before.flapping ? flappingCalmMs : calmMs))
        return to('resolved', { ...unacknowledged, flapping: false });
      return { standing: { ...before, value }, calmSince };
    }
  }
}

const unacknowledged = { acknowledgedAt: null, acknowledgedBy: null } as const;

function fire(before: Standing, rule: AlertRule, value: number, now: number): { standing: Standing; calmSince: null } {
  const firings = [...before.firings.filter((at) => now - at < firingsWithinMs), now];
  return {
    standing: {
      ...before,
      ...unacknowledged,
      state: 'firing',
      since: now,
      value,
      text: rule.words(value),
      firings,
      flapping: firings.length > mostFirings,
    },
    calmSince: null,
  };
}
