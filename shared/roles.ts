import * as z from 'zod';
import { limitsSchema } from './limits.ts';
import { lineOf, procedure } from './procedure.ts';
import { permissionModeSchema } from './workers.ts';

export const roleNameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/, 'may hold small letters, digits and "-" inside');

/** What a kind of worker is told and may do. Fields that are null leave it to the settings; what a spawn says wins. */
export const roleSchema = z.object({
  name: roleNameSchema,
  title: z.string(),
  description: z.string(),
  /** Added to Claude's own system prompt. */
  prompt: z.string(),
  model: z.string().nullable(),
  permissionMode: permissionModeSchema.nullable(),
  allowedTools: z.array(z.string()).nullable(),
  deniedTools: z.array(z.string()).nullable(),
  allowNetwork: z.boolean().nullable(),
  limits: limitsSchema,
  /** Comes with Control Room: removing it puts it back as it was. */
  builtIn: z.boolean(),
  /** A built-in one that the user changed. */
  changed: z.boolean(),
});
export type Role = z.infer<typeof roleSchema>;

export const saveRoleInput = z.object({
  name: roleNameSchema,
  title: lineOf(80),
  description: z.string().trim().max(500).default(''),
  prompt: z.string().max(50_000).default(''),
  model: lineOf(100).nullable().default(null),
  permissionMode: permissionModeSchema.nullable().default(null),
  allowedTools: z.array(lineOf(500)).max(200).nullable().default(null),
  deniedTools: z.array(lineOf(500)).max(200).nullable().default(null),
  allowNetwork: z.boolean().nullable().default(null),
  limits: limitsSchema.default({}),
});

export const rolesContract = {
  list: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/api/roles' })
    .output(z.object({ items: z.array(roleSchema) })),
  /** Makes a role or replaces the one of that name. Workers that run keep what they were started with. */
  save: procedure('admin').route({ method: 'PUT', path: '/api/roles/{name}' }).input(saveRoleInput).output(roleSchema),
  /** Removes a role of the user's own; puts a built-in one back as it came and gives it. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/roles/{name}' })
    .input(z.object({ name: roleNameSchema }))
    .output(z.object({ name: roleNameSchema, restored: roleSchema.nullable() })),
};
