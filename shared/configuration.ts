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

export const configurationContract = {
  get: procedure('admin').route({ method: 'GET', path: '/api/configuration' }).output(configurationSchema),
  /** At once, and after each change. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/configuration/watch' })
    .output(eventIterator(configurationSchema)),
  /** Reads the file now, instead of when its change is noticed. */
  reload: procedure('admin').route({ method: 'POST', path: '/api/configuration/reload' }).output(configurationSchema),
};
