import * as z from 'zod';
import { approvalIdSchema, projectIdSchema, workerIdSchema } from './ids.ts';
import { pageOf, pageQuery, procedure } from './procedure.ts';

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
  state: approvalStateSchema,
  createdAt: z.number(),
  decidedAt: z.number().nullable(),
  /** Who decided: the credential's name, or "terminal" when it was answered in the worker's own screen. */
  decidedBy: z.string().nullable(),
  /** What was said with a denial, or why it is over without a decision. */
  message: z.string().nullable(),
});
export type Approval = z.infer<typeof approvalSchema>;

export const decisionInput = z.object({
  id: approvalIdSchema,
  decision: z.enum(['allow', 'deny', 'answer']),
  scope: z.enum(['once']).default('once'),
  /** Told to the model with a denial. */
  message: z.string().max(20_000).optional(),
  /** For a question: the answer by question text. */
  answers: z.record(z.string(), z.string().max(20_000)).optional(),
  /** Runs in place of what was asked for. */
  updatedInput: z.record(z.string(), z.unknown()).optional(),
});

export const approvalsContract = {
  list: procedure('view')
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
};
