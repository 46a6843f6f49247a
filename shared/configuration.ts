import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { procedure } from './procedure.ts';

/** Where the value of an option comes from; the first that gives one wins. */
export const configSources = ['flag', 'environment', 'profile', 'file', 'settings', 'default'] as const;

/** One thing a start can be told, as it holds now. Values of secrets are never in it. */
export const configEntrySchema = z.object({
  name: z.string(),
  about: z.string(),
  /** As text; null for a secret that is given. */
  value: z.string().nullable(),
  secret: z.boolean(),
  /** It is on or off: `true` or `false`. */
  isSwitch: z.boolean(),
  source: z.enum(configSources),
  /** `--port`, `PORT`, `port in /…/config.json` */
  by: z.string(),
  /** Others that give it too, and lose. */
  overridden: z.array(z.string()),
  /** How to give it. */
  flag: z.string(),
  variable: z.string(),
  /** Whether a change in the file holds only from the next start on. */
  needsRestart: z.boolean(),
  /** The file gives another value than the one that holds since the start. */
  waitsForRestart: z.boolean(),
});
export type ConfigEntry = z.infer<typeof configEntrySchema>;

export const configProblemSchema = z.object({
  severity: z.enum(['error', 'warning']),
  /** The option, where it is one's. */
  name: z.string().nullable(),
  message: z.string(),
});
export type ConfigProblem = z.infer<typeof configProblemSchema>;

/** What a reading of the changed file did. */
export const configReloadSchema = z.object({
  at: z.number(),
  /** Options that hold from now on. */
  applied: z.array(z.string()),
  /** Options that were changed and wait for a restart. */
  restart: z.array(z.string()),
  /** Why nothing of it was taken; null when it was. */
  problem: z.string().nullable(),
});
export type ConfigReload = z.infer<typeof configReloadSchema>;

export const configurationSchema = z.object({
  path: z.string(),
  exists: z.boolean(),
  profile: z.string().nullable(),
  profiles: z.array(z.string()),
  entries: z.array(configEntrySchema),
  problems: z.array(configProblemSchema),
  /** The last time the file changed while this runs. */
  lastReload: configReloadSchema.nullable(),
});
export type Configuration = z.infer<typeof configurationSchema>;

/** What a change of the file did. */
export const configChangeSchema = z.object({
  configuration: configurationSchema,
  /** Where it stands now, what wins over it, and when it holds, in sentences. */
  message: z.string(),
  /** Puts it back, as long as this runs. */
  undoId: z.string(),
});

const optionName = z.string().min(1).max(100);
const place = {
  /** The profile of the file to change; null: its top. Left out: where the option stands. */
  profile: z.string().min(1).max(100).nullable().optional(),
};

export const configurationContract = {
  /** Writes an option into the file. What does not fit, or would keep a start from working, is refused. */
  set: procedure('admin')
    .route({ method: 'PATCH', path: '/api/configuration/{name}' })
    .input(z.object({ name: optionName, value: z.string().max(20_000), ...place }))
    .output(configChangeSchema),
  /** Takes it out of the file. */
  unset: procedure('admin')
    .route({ method: 'DELETE', path: '/api/configuration/{name}' })
    .input(z.object({ name: optionName, ...place }))
    .output(configChangeSchema),
  /** Puts back what stood there before a change, unless it was changed once more since then. */
  undo: procedure('admin')
    .route({ method: 'POST', path: '/api/configuration/undo' })
    .input(z.object({ undoId: z.string().max(100) }))
    .output(configurationSchema),
  get: procedure('admin').route({ method: 'GET', path: '/api/configuration' }).output(configurationSchema),
  /** At once, and after each change. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/configuration/watch' })
    .output(eventIterator(configurationSchema)),
  /** Reads the file now, instead of when its change is noticed. */
  reload: procedure('admin').route({ method: 'POST', path: '/api/configuration/reload' }).output(configurationSchema),
};
