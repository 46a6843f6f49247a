import * as z from 'zod';
import { lineOf, procedure } from './procedure.ts';
import { workerKinds } from './workers.ts';

/** What the user can change while it runs. */
export const settingsSchema = z.object({
  /** Workers with a live process at once; further ones wait in the queue. */
  maxWorkers: z.number().int().min(1).max(100),
  defaultKind: z.enum(workerKinds),
  /** Passed to the CLI; empty: the CLI's own default. */
  defaultModel: z.string().trim().max(100),
  /** Put before a worker's name to make its branch. */
  branchPrefix: z
    .string()
    .trim()
    .max(50)
    .regex(/^([A-Za-z0-9._-]+\/)*[A-Za-z0-9._-]*$/, 'may hold letters, digits, ".", "_", "-" and "/"'),
  allowedTools: z.array(lineOf(500)).max(200),
  deniedTools: z.array(lineOf(500)).max(200),
  allowNetwork: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Settings that a flag or an environment variable holds: shown, not changeable here. */
export const settingsViewSchema = z.object({
  values: settingsSchema,
  lockedBy: z.partialRecord(settingsSchema.keyof(), z.string()),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

export const settingsContract = {
  get: procedure('view').route({ method: 'GET', path: '/api/settings' }).output(settingsViewSchema),
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/settings' })
    .input(settingsSchema.partial())
    .output(settingsViewSchema),
};
