import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { alertSchema } from './alerts.ts';
import { approvalSchema } from './approvals.ts';
import { checkpointsChangedSchema } from './checkpoints.ts';
import { healthStateSchema } from './health.ts';
import {
  commentIdSchema,
  projectIdSchema,
  ruleIdSchema,
  savedSearchIdSchema,
  terminalIdSchema,
  workerIdSchema,
  worktreeIdSchema,
} from './ids.ts';
import { spendingSchema } from './limits.ts';
import { radarSchema } from './overlaps.ts';
import { accessSchema, procedure } from './procedure.ts';
import { projectSchema } from './projects.ts';
import { commentSchema } from './review.ts';
import { roleNameSchema, roleSchema } from './roles.ts';
import { ruleSchema } from './rules.ts';
import { savedSearchSchema } from './saved-searches.ts';
import { sessionDeltaSchema } from './session-changes.ts';
import { settingsViewSchema } from './settings.ts';
import { terminalSchema } from './terminals.ts';
import { workerSchema } from './workers.ts';
import { worktreeSchema } from './worktrees.ts';

/** What happened, with the whole new state of the one thing it happened to. */
export const eventBodySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('project.changed'), project: projectSchema }),
  z.object({ type: z.literal('project.removed'), id: projectIdSchema }),
  z.object({ type: z.literal('worker.changed'), worker: workerSchema }),
  z.object({ type: z.literal('worker.removed'), id: workerIdSchema }),
  z.object({ type: z.literal('approval.changed'), approval: approvalSchema }),
  z.object({ type: z.literal('terminal.changed'), terminal: terminalSchema }),
  z.object({ type: z.literal('terminal.removed'), id: terminalIdSchema }),
  z.object({ type: z.literal('worktree.changed'), worktree: worktreeSchema }),
  z.object({ type: z.literal('worktree.removed'), id: worktreeIdSchema }),
  z.object({ type: z.literal('comment.changed'), comment: commentSchema }),
  z.object({ type: z.literal('comment.removed'), id: commentIdSchema, worktreeId: worktreeIdSchema }),
  z.object({ type: z.literal('checkpoints.changed'), checkpoints: checkpointsChangedSchema }),
  z.object({ type: z.literal('overlaps.changed'), radar: radarSchema }),
  z.object({ type: z.literal('settings.changed'), settings: settingsViewSchema }),
  z.object({ type: z.literal('rule.changed'), rule: ruleSchema }),
  z.object({ type: z.literal('rule.removed'), id: ruleIdSchema }),
  z.object({ type: z.literal('role.changed'), role: roleSchema }),
  z.object({ type: z.literal('role.removed'), name: roleNameSchema }),
  z.object({ type: z.literal('spending.changed'), spending: spendingSchema }),
  z.object({ type: z.literal('saved-search.changed'), search: savedSearchSchema }),
  z.object({ type: z.literal('saved-search.removed'), id: savedSearchIdSchema }),
  z.object({ type: z.literal('session.changed'), delta: sessionDeltaSchema }),
  z.object({ type: z.literal('health.changed'), health: healthStateSchema }),
  /** Alerts that changed their state together. */
  z.object({ type: z.literal('alerts.changed'), alerts: z.array(alertSchema) }),
  z.object({ type: z.literal('alert.removed'), id: z.string() }),
]);
export type EventBody = z.infer<typeof eventBodySchema>;

/** An event with its place in the one order of all events: `seq` is one higher each time. */
export const eventSchema = z.intersection(z.object({ seq: z.number(), at: z.number() }), eventBodySchema);
export type AppEvent = z.infer<typeof eventSchema>;

/** Sent alone when `since` is older than what is kept: read the state again, then subscribe from its `seq`. */
export const resyncSchema = z.object({ type: z.literal('resync'), seq: z.number(), at: z.number() });
export type Resync = z.infer<typeof resyncSchema>;

/** The orchestrator itself, as facts for the page. */
export const systemSchema = z.object({
  version: z.string(),
  platform: z.string(),
  pid: z.number(),
  hostPid: z.number().nullable(),
  startedAt: z.number(),
  dataDir: z.string(),
  claude: z.object({ path: z.string().nullable(), version: z.string().nullable(), problem: z.string().nullable() }),
  dangerousAllowed: z.boolean(),
  /** Whether programs that workers run can be kept from the network, and what is missing if not. */
  osSandbox: z.object({ available: z.boolean(), problem: z.string().nullable() }),
  /** What happened to the data at this start, where a person has to know: it was damaged, and what was done about it. */
  dataNotice: z.string().nullable().optional(),
});

/** Everything a client needs to start: rows as of `seq`. Ended workers: the newest 500; decided approvals: the newest 100. */
export const stateSchema = z.object({
  seq: z.number(),
  access: accessSchema,
  now: z.number(),
  system: systemSchema,
  settings: settingsViewSchema,
  projects: z.array(projectSchema),
  workers: z.array(workerSchema),
  approvals: z.array(approvalSchema),
  terminals: z.array(terminalSchema),
  worktrees: z.array(worktreeSchema),
  radars: z.array(radarSchema),
  rules: z.array(ruleSchema),
  roles: z.array(roleSchema),
  savedSearches: z.array(savedSearchSchema),
  spending: spendingSchema,
  health: healthStateSchema,
  alerts: z.array(alertSchema),
});
export type State = z.infer<typeof stateSchema>;

export const eventsContract = {
  state: procedure('view').route({ method: 'GET', path: '/api/state' }).output(stateSchema),
  /** Missed events after `since` first, then live ones; without `since` (or `Last-Event-ID`) live ones alone. */
  subscribe: procedure('view')
    .route({ method: 'GET', path: '/api/events' })
    .input(z.object({ since: z.coerce.number<number>().int().min(0).optional() }))
    .output(eventIterator(z.union([resyncSchema, eventSchema]))),
};
