import * as z from 'zod';

/** What happens when a limit is reached: nothing new is begun after the present turn, or the turn is cut off at once. */
export const onLimitSchema = z.enum(['pause', 'stop']);

/** Upper bounds of what may be spent. `timeoutSeconds` counts time at work, not time spent waiting for a person. */
export const limitsSchema = z.object({
  timeoutSeconds: z.number().int().positive().max(31_536_000).optional(),
  tokens: z.number().int().positive().optional(),
  costUsd: z.number().positive().optional(),
  onLimit: onLimitSchema.optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

/** What was spent: tokens of every kind together, US dollars at list price, milliseconds at work. */
export const spentSchema = z.object({ tokens: z.number(), costUsd: z.number(), workedMs: z.number() });
export type Spent = z.infer<typeof spentSchema>;

/** What all workers together spent: today (local time), and by project today and since its budget was last reset. */
export const spendingSchema = z.object({
  /** Local date, `YYYY-MM-DD`. */
  day: z.string(),
  today: spentSchema,
  projects: z.record(z.string(), z.object({ today: spentSchema, total: spentSchema })),
});
export type Spending = z.infer<typeof spendingSchema>;
