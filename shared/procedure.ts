import { oc } from '@orpc/contract';
import * as z from 'zod';
import { type Access, accessLevels } from './access.ts';
import { type ErrorCode, errorStatuses } from './errors.ts';

export const accessSchema = z.enum(accessLevels);

export interface ProcedureMeta {
  access: Access | undefined;
  /** Its answer depends on its input, the caller and rows that events tell of alone: it holds until the next event. */
  holdsUntilEvent?: boolean;
}

const detailsSchema = z.record(z.string(), z.unknown()).optional();
type Errors = { [code in ErrorCode]: { status: number; data: typeof detailsSchema } };
const errors = Object.fromEntries(
  Object.entries(errorStatuses).map(([code, status]) => [code, { status, data: detailsSchema }]),
) as Errors;

/** The start of every procedure of the contract: its access level has no default, so it cannot be forgotten. */
export function procedure(access: Access, more: Omit<ProcedureMeta, 'access'> = {}) {
  return oc.$meta<ProcedureMeta>({ access, ...more }).errors(errors);
}

/** Query of a list: at most `limit` items from `cursor` on. */
export const pageQuery = z.object({
  limit: z.coerce.number<number>().int().min(1).max(1000).default(200),
  cursor: z.string().max(200).optional(),
});

/** A page of a list; `nextCursor` is null on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** One line that a person typed: trimmed, without control characters. */
export function lineOf(max: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters');
}
