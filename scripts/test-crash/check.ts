import type { CheckOutcome } from '../test-security/outcome-of.ts';
import type { Random } from '../test-security/random.ts';

/** What a check of `npm run test:crash` is given. */
export interface CheckInput {
  /** The form that `npm test` makes: few rounds. */
  short: boolean;
  random: Random;
  /** Another number of rounds than the form's own, if one was asked for. */
  rounds(form: { full: number; short: number }): number;
}

/** One of the troubles: made so many times, with what was seen and what must not be; or why it cannot be made here. */
export type CrashCheck = (input: CheckInput) => Promise<CheckOutcome & { skipped?: string }>;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
