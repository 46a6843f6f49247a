import * as z from 'zod';
import { projectIdSchema, ruleIdSchema, workerIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';
import { permissionModeSchema } from './workers.ts';

export const ruleEffectSchema = z.enum(['allow', 'deny', 'ask']);
export type RuleEffect = z.infer<typeof ruleEffectSchema>;

/** For whom a rule holds: one worker (its session, also after a resume), all workers of a project, or everybody. */
export const ruleScopeSchema = z.enum(['session', 'project', 'always']);
export type RuleScope = z.infer<typeof ruleScopeSchema>;

/**
 * A standing decision in the CLI's own notation: `Bash(npm test *)`, `Edit(src/**)`, `WebFetch(domain:example.org)`,
 * `mcp__server__tool`. Running workers heed it at their next request; a process that starts gets it as a flag as well.
 */
export const ruleSchema = z.object({
  id: ruleIdSchema,
  effect: ruleEffectSchema,
  rule: z.string(),
  scope: ruleScopeSchema,
  /** Set for scope `session`. */
  workerId: workerIdSchema.nullable(),
  /** Set for scopes `session` and `project`. */
  projectId: projectIdSchema.nullable(),
  createdAt: z.number(),
  createdBy: z.string(),
  /** How often it decided a request, and when last. */
  uses: z.number(),
  lastUsedAt: z.number().nullable(),
});
export type Rule = z.infer<typeof ruleSchema>;

export const addRuleInput = z.object({
  effect: ruleEffectSchema,
  rule: lineOf(500),
  scope: ruleScopeSchema,
  workerId: workerIdSchema.optional(),
  projectId: projectIdSchema.optional(),
});

/** What would happen to a call, and why. */
export const verdictSchema = z.object({
  decision: z.enum(['allow', 'deny', 'ask']),
  /** The rule that decided, in the CLI's notation; null when none did. */
  rule: z.string().nullable(),
  /** Where that rule stands, in words: "allowed tools of the worker", "rule for this project", "role reviewer", ... */
  source: z.string().nullable(),
  /** One sentence for a person. */
  reason: z.string(),
  /** For a compound command: each part with its own verdict. */
  parts: z.array(
    z.object({ text: z.string(), decision: z.enum(['allow', 'deny', 'ask']), rule: z.string().nullable() }),
  ),
  /** What limits the answer: "no OS sandbox on this machine: programs can reach the network". */
  warnings: z.array(z.string()),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const testRuleInput = z.object({
  toolName: lineOf(200),
  input: z.record(z.string(), z.unknown()),
  /** An existing worker with all that holds for it; otherwise a worker as it would be spawned with the fields below. */
  workerId: workerIdSchema.optional(),
  projectId: projectIdSchema.optional(),
  role: lineOf(50).optional(),
  permissionMode: permissionModeSchema.default('allowlist'),
  allowedTools: z.array(lineOf(500)).max(200).optional(),
  deniedTools: z.array(lineOf(500)).max(200).optional(),
  allowNetwork: z.boolean().optional(),
});

export const rulesContract = {
  list: procedure('view')
    .route({ method: 'GET', path: '/api/rules' })
    .output(z.object({ items: z.array(ruleSchema) })),
  /** Refused with BAD_REQUEST when the notation is not understood, naming the place. The same rule twice is one. */
  add: procedure('approve')
    .route({ method: 'POST', path: '/api/rules', successStatus: 201 })
    .input(addRuleInput)
    .output(ruleSchema),
  remove: procedure('approve')
    .route({ method: 'DELETE', path: '/api/rules/{id}' })
    .input(z.object({ id: ruleIdSchema }))
    .output(z.object({ id: ruleIdSchema })),
  /** Says what would happen to a call without making it. */
  test: procedure('view').route({ method: 'POST', path: '/api/rules/test' }).input(testRuleInput).output(verdictSchema),
};
