import * as z from 'zod';
import { approvalIdSchema, projectIdSchema, ruleIdSchema, workerIdSchema } from './ids.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

export const approvalStates = ['waiting', 'allowed', 'denied', 'answered', 'cancelled', 'expired'] as const;
export const approvalStateSchema = z.enum(approvalStates);

/** Something a worker waits for a person to decide. */
export const approvalSchema = z.object({
  id: approvalIdSchema,
  workerId: workerIdSchema,
  projectId: projectIdSchema,
  kind: z.enum(['tool', 'question', 'plan']),
  toolName: z.string(),
  toolUseId: z.string().nullable(),
  /** Exactly what would run. */
  input: z.record(z.string(), z.unknown()),
  /** One line: the command, the file, the question. Never cut. */
  summary: z.string(),
  /** Why the CLI asks, when it says so. */
  reason: z.string().nullable(),
  /** Rules that would have answered it, the narrowest first, for a decision that is to last. */
  suggestedRules: z.array(z.string()),
  state: approvalStateSchema,
  createdAt: z.number(),
  decidedAt: z.number().nullable(),
  /** Who decided: the credential's name, "rule", or "terminal" when it was answered in the worker's own screen. */
  decidedBy: z.string().nullable(),
  /** Where the decision came from: "desktop window", an address. */
  decidedFrom: z.string().nullable(),
  /** The standing rule that decided it, or that the decision made. */
  ruleId: ruleIdSchema.nullable(),
  snoozedUntil: z.number().nullable(),
  /** What ran in place of `input`, when the decision changed it. */
  editedInput: z.record(z.string(), z.unknown()).nullable(),
  /** What was said with a denial, or why it is over without a decision. */
  message: z.string().nullable(),
});
export type Approval = z.infer<typeof approvalSchema>;

export const decisionSchema = z.object({
  decision: z.enum(['allow', 'deny', 'answer']),
  /** How long it lasts; anything but `once` makes a rule: for this worker, its project or everybody. */
  scope: z.enum(['once', 'session', 'project', 'always']).default('once'),
  /** The rule to make; the first of `suggestedRules` when absent. */
  rule: lineOf(500).optional(),
  /** Told to the model with a denial. */
  message: z.string().max(20_000).optional(),
  /** With a denial: the turn ends too. */
  interrupt: z.boolean().default(false),
});

export const decisionInput = decisionSchema.extend({
  id: approvalIdSchema,
  /** For a question: the answer by question text. */
  answers: z.record(z.string(), z.string().max(20_000)).optional(),
  /** Runs in place of what was asked for. */
  updatedInput: z.record(z.string(), z.unknown()).optional(),
});

export const approvalsContract = {
  list: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/api/approvals' })
    .input(pageQuery.extend({ state: approvalStateSchema.optional(), workerId: workerIdSchema.optional() }))
    .output(pageOf(approvalSchema)),
  get: procedure('view')
    .route({ method: 'GET', path: '/api/approvals/{id}' })
    .input(z.object({ id: approvalIdSchema }))
    .output(approvalSchema),
  /** Decides once. Refused with CONFLICT when it was decided, cancelled or died with its process before. */
  decide: procedure('approve')
    .route({ method: 'POST', path: '/api/approvals/{id}/decision' })
    .input(decisionInput)
    .output(approvalSchema),
  /** The same decision for many. What could not be decided any more is told apart. */
  decideMany: procedure('approve')
    .route({ method: 'POST', path: '/api/approvals/decisions' })
    .input(
      decisionSchema.extend({ ids: z.array(approvalIdSchema).min(1).max(500), decision: z.enum(['allow', 'deny']) }),
    )
    .output(
      z.object({
        decided: z.array(approvalSchema),
        failed: z.array(z.object({ id: approvalIdSchema, message: z.string() })),
      }),
    ),
};
