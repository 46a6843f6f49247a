import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { doctorCheckSchema } from './health.ts';
import { procedure } from './procedure.ts';

export const doctorGroups = ['programs', 'workers', 'house', 'machine'] as const;
export type DoctorGroup = (typeof doctorGroups)[number];

/** What the doctor can mend itself. */
export const doctorFixes = ['permissions'] as const;
export type DoctorFix = (typeof doctorFixes)[number];

/** What can be done about it with a press of a button. */
export const doctorActionSchema = z.discriminatedUnion('kind', [
  /** A command to run, or a path: to be copied. */
  z.object({ kind: z.literal('copy'), label: z.string(), text: z.string() }),
  /** A part of the settings. */
  z.object({ kind: z.literal('settings'), label: z.string(), section: z.enum(['port', 'configuration', 'workers']) }),
  z.object({ kind: z.literal('fix'), label: z.string(), fix: z.enum(doctorFixes) }),
]);
export type DoctorAction = z.infer<typeof doctorActionSchema>;

/** One thing the doctor looked at, with what can be done and how long the look took. */
export const doctorFindingSchema = doctorCheckSchema.extend({
  group: z.enum(doctorGroups),
  actions: z.array(doctorActionSchema),
  tookMs: z.number(),
});
export type DoctorFinding = z.infer<typeof doctorFindingSchema>;

export const doctorProgressSchema = z.discriminatedUnion('type', [
  /** What will be looked at. */
  z.object({
    type: z.literal('begins'),
    checks: z.array(z.object({ id: z.string(), title: z.string(), group: z.enum(doctorGroups) })),
  }),
  z.object({ type: z.literal('found'), finding: doctorFindingSchema }),
  z.object({ type: z.literal('ends'), at: z.number() }),
]);
export type DoctorProgress = z.infer<typeof doctorProgressSchema>;

export const trialKinds = ['headless', 'interactive'] as const;

/** How a trial of a worker goes: its steps as they are reached, and its end. */
export const trialStepSchema = z.object({
  kind: z.enum(trialKinds),
  /** In words, of what happens now or how it ended. */
  words: z.string(),
  state: z.enum(['running', 'ok', 'failed']),
});
export type TrialStep = z.infer<typeof trialStepSchema>;

export const doctorContract = {
  /** Everything is looked at side by side, each for some seconds at most; what is found is told as it is found. */
  run: procedure('view').route({ method: 'GET', path: '/api/doctor/run' }).output(eventIterator(doctorProgressSchema)),
  fix: procedure('admin')
    .route({ method: 'POST', path: '/api/doctor/fix' })
    .input(z.object({ fix: z.enum(doctorFixes) }))
    .output(z.object({ done: z.string() })),
  /** Starts a worker of each kind with one short prompt in a repository made for it, and removes both. Costs a little. */
  tryWorkers: procedure('admin')
    .route({ method: 'POST', path: '/api/doctor/try' })
    .output(eventIterator(trialStepSchema)),
};
