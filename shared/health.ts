import * as z from 'zod';
import { procedure } from './procedure.ts';

export const checkStateSchema = z.enum(['ok', 'warning', 'error', 'not-installed']);

/** One thing the doctor looked at: what it found and, unless all is well, what to do. */
export const doctorCheckSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: checkStateSchema,
  detail: z.string(),
  fix: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheckSchema>;

/** A part of what Control Room needs, looked at again and again, and since when it is as it is. */
export const componentSchema = doctorCheckSchema.extend({ since: z.number() });
export type Component = z.infer<typeof componentSchema>;

export const healthStatuses = ['healthy', 'degraded', 'unhealthy'] as const;

/** How the house stands: told again whenever a component changes its state. */
export const healthStateSchema = z.object({
  /** Unhealthy: nothing can work. Degraded: workers cannot be started, or something of use fails. */
  status: z.enum(healthStatuses),
  /** When the status became what it is. */
  since: z.number(),
  components: z.array(componentSchema),
});
export type HealthState = z.infer<typeof healthStateSchema>;

/** `GET /health` with a credential; strangers see status, uptime, timestamp and version alone. */
export const healthReportSchema = z.object({
  status: z.enum(healthStatuses),
  /** When the status became what it is. */
  since: z.number(),
  checks: z.record(z.string(), z.enum(['ok', 'error', 'not-installed'])),
  reasons: z.array(z.string()),
  /** The same checks with all that is known of each. */
  components: z.array(componentSchema),
  /** Seconds since the start. */
  uptime: z.number(),
  timestamp: z.number(),
  version: z.string(),
  persistence: z.literal('sqlite'),
  agents: z.number(),
  chats: z.number(),
  messages: z.number(),
  workers: z.number(),
});
export type HealthReport = z.infer<typeof healthReportSchema>;

export const healthContract = {
  report: procedure('view').route({ method: 'GET', path: '/api/health' }).output(healthReportSchema),
  doctor: procedure('view')
    .route({ method: 'GET', path: '/api/doctor' })
    .output(z.object({ checks: z.array(doctorCheckSchema), ranAt: z.number() })),
};
