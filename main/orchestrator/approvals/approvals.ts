import type { z } from 'zod';
import type { Approval, approvalStateSchema, decisionInput, decisionSchema } from '../../../shared/approvals.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ApprovalId, ProjectId, RuleId, WorkerId } from '../../../shared/ids.ts';
import type { RuleEffect, RuleScope } from '../../../shared/rules.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { newId } from '../new-id.ts';
import { type ApprovalOrigin, createApprovalStore } from './store.ts';

/** What is sent to the worker that asked. */
export type Answer =
  | { behavior: 'allow'; updatedInput: Record<string, unknown> }
  | { behavior: 'deny'; message: string; interrupt: boolean };

/** Who decides, and from where. */
export interface Decider {
  name: string;
  from: string;
}

export interface ApprovalRequest extends ApprovalOrigin {
  workerId: WorkerId;
  projectId: ProjectId;
  toolName: string;
  toolUseId: string | null;
  input: Record<string, unknown>;
  reason: string | null;
}

export type Approvals = ReturnType<typeof createApprovals>;

/** What a tool call is judged by: the worker that asks and what exactly would run. */
export interface AskedCall {
  workerId: WorkerId;
  toolName: string;
  input: Record<string, unknown>;
}

/** Standing rules, as far as approvals need them. */
export interface StandingRules {
  /** The rule that answers a call; undefined when a person has to. */
  decide(call: AskedCall): { effect: 'allow' | 'deny'; id: RuleId; rule: string } | undefined;
  /** Rules each of which would have answered the call by itself, the narrowest first. */
  suggest(call: AskedCall): string[];
  /** Makes a rule. Refused with BAD_REQUEST when it does not answer the call. */
  make(
    rule: { effect: RuleEffect; rule: string; scope: RuleScope },
    call: AskedCall & { projectId: ProjectId },
    by: string,
  ): { id: RuleId };
}

/** Everything that waits for a person's decision, of every worker, in one table. */
export function createApprovals(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  rules: StandingRules;
  /** Hands an answer to the process that asked, in the transaction that decides: it is sent once that is durable. */
  deliver: (origin: ApprovalOrigin, answer: Answer, approval: Approval) => void;
  /** A request was decided: the worker's row follows what still waits. */
  settled: (workerId: WorkerId, runId: string) => void;
  /** Writes down who decided what, in the transaction that decides. */
  record: (approval: Approval) => void;
}) {
  const { database, publish, now } = deps;
  const store = createApprovalStore(database);

  function find(id: ApprovalId) {
    const found = store.get(id);
    if (!found) throw new AppError('NOT_FOUND', `There is no approval ${id}. GET /api/approvals lists them.`, { id });
    return found;
  }

  function change(approval: Approval): Approval {
    store.update(approval);
    publish({ type: 'approval.changed', approval });
    return approval;
  }

  /** Keeps a decision and has it delivered. */
  function settle(approval: Approval, origin: ApprovalOrigin, answer: Answer, decision: Partial<Approval>): Approval {
    const decided = change({
      ...approval,
      state: answer.behavior === 'deny' ? 'denied' : approval.kind === 'question' ? 'answered' : 'allowed',
      decidedAt: now(),
      snoozedUntil: null,
      ...decision,
    });
    deps.record(decided);
    deps.deliver(origin, answer, decided);
    return decided;
  }

  /** Answers a request by a standing rule when there is one; nobody is asked then. */
  function settleByRule(approval: Approval, origin: ApprovalOrigin): Approval | undefined {
    const rule = approval.kind === 'tool' ? deps.rules.decide(approval) : undefined;
    if (!rule) return undefined;
    const answer: Answer =
      rule.effect === 'allow'
        ? { behavior: 'allow', updatedInput: approval.input }
        : { behavior: 'deny', message: `The user's rule ${rule.rule} does not allow this.`, interrupt: false };
    return settle(approval, origin, answer, {
      decidedBy: 'rule',
      decidedFrom: 'inside',
      ruleId: rule.id,
      message: rule.rule,
    });
  }

  /** Answers every waiting request that the rules answer by now. */
  function applyRules(): void {
    database.transaction(() => {
      for (const { id } of store.waiting()) {
        const { approval, origin } = find(id);
        if (settleByRule(approval, origin)) deps.settled(approval.workerId, origin.runId);
      }
    });
  }

  /**
   * Opens an approval; a request that is known already (its bytes were read twice) is left as it is, and one that a rule
   * answers is decided at once.
   */
  function open(request: ApprovalRequest): Approval {
    return database.transaction(() => {
      const known = store.byRequest(request);
      if (known) return known.approval;
      const approval: Approval = {
        id: newId<ApprovalId>('a'),
        workerId: request.workerId,
        projectId: request.projectId,
        kind:
          request.toolName === 'AskUserQuestion' ? 'question' : request.toolName === 'ExitPlanMode' ? 'plan' : 'tool',
        toolName: request.toolName,
        toolUseId: request.toolUseId,
        input: request.input,
        summary: summaryOf(request.toolName, request.input),
        reason: request.reason,
        suggestedRules: [],
        state: 'waiting',
        createdAt: now(),
        decidedAt: null,
        decidedBy: null,
        decidedFrom: null,
        ruleId: null,
        snoozedUntil: null,
        editedInput: null,
        message: null,
      };
      store.add(approval, request);
      const decided = settleByRule(approval, request);
      if (decided) return decided;
      return change({ ...approval, suggestedRules: approval.kind === 'tool' ? deps.rules.suggest(approval) : [] });
    });
  }

  function decide(input: z.output<typeof decisionInput>, by: Decider): Approval {
    return database.transaction(() => {
      const { approval, origin } = find(input.id);
      if (approval.state !== 'waiting') {
        throw new AppError(
          'CONFLICT',
          `This was ${approval.state} ${approval.decidedBy ? `by ${approval.decidedBy} ` : ''}before${approval.message ? `: ${approval.message}` : ''}. Nothing was sent.`,
          { id: approval.id, state: approval.state },
        );
      }
      const answer = answerOf(approval, input);
      const ruleId = input.scope === 'once' ? null : makeRule(approval, input, by.name);
      const settled = settle(approval, origin, answer, {
        decidedBy: by.name,
        decidedFrom: by.from,
        ruleId,
        editedInput: approval.kind === 'tool' ? (input.updatedInput ?? null) : null,
        message: input.message?.trim() || null,
      });
      deps.settled(approval.workerId, origin.runId);
      return settled;
    });
  }

  function makeRule(approval: Approval, input: z.output<typeof decisionSchema>, by: string): RuleId {
    if (input.scope === 'once' || approval.kind !== 'tool' || input.decision === 'answer') {
      throw new AppError(
        'BAD_REQUEST',
        `A ${approval.kind} is answered for this once: rules are about tools. Use scope "once".`,
        { field: 'scope' },
      );
    }
    const rule = input.rule ?? approval.suggestedRules[0];
    if (rule === undefined) {
      throw new AppError(
        'BAD_REQUEST',
        `No single rule covers this call. Decide it once, or give a rule of your own in "rule".`,
        { field: 'rule' },
      );
    }
    return deps.rules.make({ effect: input.decision, rule, scope: input.scope }, approval, by).id;
  }

  function decideMany(
    input: z.output<typeof decisionSchema> & { ids: ApprovalId[]; decision: 'allow' | 'deny' },
    by: Decider,
  ): { decided: Approval[]; failed: { id: ApprovalId; message: string }[] } {
    const { ids, ...decision } = input;
    const decided: Approval[] = [];
    const failed: { id: ApprovalId; message: string }[] = [];
    for (const id of new Set(ids)) {
      try {
        const present = find(id).approval;
        // A rule made for one of them has answered its like already, as was wished for them.
        const byOurRule = present.decidedBy === 'rule' && decided.some(({ ruleId }) => ruleId === present.ruleId);
        decided.push(byOurRule ? present : decide({ ...decision, id }, by));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failed.push({ id, message: error.message });
      }
    }
    return { decided, failed };
  }

  /** Ends a waiting request without a decision of ours: it was taken back, answered elsewhere, or its process is gone. */
  function close(
    approval: Approval,
    state: 'allowed' | 'denied' | 'cancelled' | 'expired',
    decidedBy: string | null,
    message: string,
  ): void {
    const decidedFrom = decidedBy === null ? null : 'inside';
    const closed = change({
      ...approval,
      state,
      decidedAt: now(),
      decidedBy,
      decidedFrom,
      snoozedUntil: null,
      message,
    });
    if (decidedBy !== null) deps.record(closed);
  }

  return {
    waiting: store.waiting,
    /** The newest decided ones, for a client that starts. */
    recentlyDecided: (limit: number) =>
      store.page({ state: null, workerId: null, before: null, limit }).filter(({ state }) => state !== 'waiting'),
    list(query: {
      state?: z.infer<typeof approvalStateSchema> | undefined;
      workerId?: WorkerId | undefined;
      limit: number;
      cursor?: string | undefined;
    }) {
      const items = store.page({
        state: query.state ?? null,
        workerId: query.workerId ?? null,
        before: (query.cursor as ApprovalId | undefined) ?? null,
        limit: query.limit + 1,
      });
      return {
        items: items.slice(0, query.limit),
        nextCursor: items.length > query.limit ? (items[query.limit - 1]?.id ?? null) : null,
      };
    },
    get: (id: ApprovalId) => find(id).approval,
    open,
    decide,
    decideMany,
    applyRules,
    /** Puts a waiting request off until a time, or takes that back with null. */
    snooze(id: ApprovalId, until: number | null): Approval {
      const { approval } = find(id);
      if (approval.state !== 'waiting')
        throw new AppError('CONFLICT', `This was ${approval.state} before. There is nothing to put off.`, { id });
      return change({ ...approval, snoozedUntil: until });
    },
    /** The CLI took the request back. */
    cancel(origin: ApprovalOrigin): void {
      const found = store.byRequest(origin);
      if (found?.approval.state === 'waiting')
        close(found.approval, 'cancelled', null, 'The worker took the request back.');
    },
    /** A tool of an interactive worker ran though its request still waits here: it was allowed in the worker's own screen. */
    settleInTerminal(runId: string, toolName: string): void {
      const answered = store.waitingOfRun(runId).find(({ approval }) => approval.toolName === toolName);
      if (answered) close(answered.approval, 'allowed', 'terminal', "Answered in the worker's terminal.");
    },
    /** A turn of an interactive worker ended: whatever it still asked for is over. */
    endTurn(runId: string): void {
      for (const { approval } of store.waitingOfRun(runId))
        close(approval, 'cancelled', null, 'The turn ended before it was decided.');
    },
    /** The process is gone: nobody can be told any more. */
    endRun(runId: string): void {
      for (const { approval } of store.waitingOfRun(runId))
        close(
          approval,
          'expired',
          null,
          "The worker's process ended before it was decided. Resume the worker to go on.",
        );
    },
    /** Whether a person said no to this tool call. */
    wasDenied: store.wasDenied,
    /** What a run waits for first, for its worker's state. */
    firstWaiting: (runId: string) => store.waitingOfRun(runId)[0]?.approval,
  };
}

function answerOf(approval: Approval, input: z.output<typeof decisionInput>): Answer {
  if (input.decision === 'deny') {
    return {
      behavior: 'deny',
      message: input.message?.trim() || 'The user does not want this. Ask what to do instead, or go on without it.',
      interrupt: input.interrupt,
    };
  }
  if (approval.kind !== 'question') {
    if (input.decision === 'answer') {
      throw new AppError(
        'BAD_REQUEST',
        `${approval.toolName} asks for permission, not for an answer. Use "allow" or "deny".`,
        { field: 'decision' },
      );
    }
    return { behavior: 'allow', updatedInput: input.updatedInput ?? approval.input };
  }
  if (input.decision === 'allow') {
    throw new AppError(
      'BAD_REQUEST',
      'A question wants an answer. Use "answer" with answers: { "<question>": "<answer>" }, or "deny".',
      { field: 'decision' },
    );
  }
  const questions = questionsOf(approval.input);
  const missing = questions.filter((question) => !input.answers?.[question]?.trim());
  if (missing.length > 0) {
    throw new AppError(
      'BAD_REQUEST',
      `No answer to: ${missing.join(' / ')}. Give answers: { "<question>": "<answer>" }.`,
      { field: 'answers', missing },
    );
  }
  return { behavior: 'allow', updatedInput: { ...approval.input, answers: input.answers } };
}

function questionsOf(input: Record<string, unknown>): string[] {
  const questions = Array.isArray(input.questions) ? input.questions : [];
  return questions.flatMap((question: unknown) => {
    const text =
      typeof question === 'object' && question !== null && 'question' in question ? question.question : undefined;
    return typeof text === 'string' ? [text] : [];
  });
}

/** One line that says what would happen: the command, the file, the question. */
function summaryOf(toolName: string, input: Record<string, unknown>): string {
  if (toolName === 'AskUserQuestion') return questionsOf(input).join(' / ') || 'A question';
  if (toolName === 'ExitPlanMode') return 'Approve the plan';
  const told = [
    input.command,
    input.file_path,
    input.notebook_path,
    input.url,
    input.host,
    input.pattern,
    input.path,
    input.query,
  ].find((value) => typeof value === 'string');
  return typeof told === 'string' ? told : toolName;
}
