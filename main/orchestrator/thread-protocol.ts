import type { AppError } from '../../shared/errors.ts';

/** The functions of a thread, each of which takes and gives what can be copied. */
export type ThreadFunctions<Api> = { [Name in keyof Api]: (...args: never[]) => unknown };

/** What the main loop asks a thread, and the number that the reply bears. */
export interface ThreadCall {
  call: number;
  name: string;
  args: unknown[];
}
export type ThreadReply =
  | { call: number; result: unknown }
  | { call: number; failed: Error }
  // An error for the caller is copied without what makes it one.
  | { call: number; refused: Pick<AppError, 'code' | 'message' | 'details'> };
