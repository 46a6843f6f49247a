import type * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, RuleId, WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Role } from '../../../shared/roles.ts';
import type { Rule, RuleEffect, RuleScope, testRuleInput, Verdict } from '../../../shared/rules.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { type Rules, sourceOfRule } from './rules.ts';
import { suggestRules } from './suggest-rules.ts';

/** A tool call as the worker wants to make it. */
export interface Call {
  toolName: string;
  input: Record<string, unknown>;
}

/** What a worker is judged by beside the standing rules. */
type Situation = Pick<EvaluationInput, 'cwd' | 'mode' | 'allowNetwork' | 'cliVersion'> & {
  allowedTools: readonly string[];
  deniedTools: readonly string[];
  /** Where those lists stand, in words. */
  whose: string;
  workerId: WorkerId | null;
  projectId: ProjectId | null;
};

export type Judge = ReturnType<typeof createJudge>;

/** Judges tool calls by everything that holds for a worker: its mode, its lists, the standing rules. */
export function createJudge(deps: {
  rules: Rules;
  settings: () => Settings;
  findRole: (name: string) => Role | undefined;
  getWorker: (id: WorkerId) => Worker;
  getProject: (id: ProjectId) => Project;
  home: string;
  /** The installed CLI's version, when it is known. */
  cliVersion: () => string | null;
  /** Whether this machine can shut programs off. */
  osSandbox: () => boolean;
}) {
  const { rules } = deps;

  function evaluationOf(situation: Situation, standing: readonly Rule[], { toolName, input }: Call): EvaluationInput {
    const of = (effect: RuleEffect) =>
      standing
        .filter((rule) => rule.effect === effect)
        .map((rule) => ({ rule: rule.rule, source: sourceOfRule(rule) }));
    const listed = (notations: readonly string[], list: string) =>
      notations.map((rule) => ({ rule, source: `${list} of ${situation.whose}` }));
    return {
      toolName,
      input,
      cwd: situation.cwd,
      home: deps.home,
      additionalDirs: [],
      mode: situation.mode,
      allow: [...listed(situation.allowedTools, 'allowed tools'), ...of('allow')],
      deny: [...listed(situation.deniedTools, 'denied tools'), ...of('deny')],
      ask: of('ask'),
      allowNetwork: situation.allowNetwork,
      osSandbox: deps.osSandbox(),
      cliVersion: situation.cliVersion,
    };
  }

  function situationOfWorker(id: WorkerId): Situation {
    const worker = deps.getWorker(id);
    return {
      cwd: worker.worktreePath ?? deps.getProject(worker.projectId).path,
      mode: worker.permissionMode,
      allowNetwork: worker.allowNetwork,
      cliVersion: worker.claudeVersion ?? deps.cliVersion(),
      allowedTools: worker.allowedTools,
      deniedTools: worker.deniedTools,
      whose: 'the worker',
      workerId: worker.id,
      projectId: worker.projectId,
    };
  }

  /** A worker as it would be spawned. */
  function situationOfSpawn(input: z.output<typeof testRuleInput>): Situation {
    const settings = deps.settings();
    const role = input.role === undefined ? undefined : deps.findRole(input.role);
    const fromRole = role?.allowedTools ?? role?.deniedTools;
    return {
      cwd: input.projectId === undefined ? deps.home : deps.getProject(input.projectId).path,
      mode: input.permissionMode,
      allowNetwork: input.allowNetwork ?? role?.allowNetwork ?? settings.allowNetwork,
      cliVersion: deps.cliVersion(),
      allowedTools: input.allowedTools ?? role?.allowedTools ?? settings.allowedTools,
      deniedTools: input.deniedTools ?? role?.deniedTools ?? settings.deniedTools,
      whose: fromRole ? `role ${role?.name}` : 'the settings',
      workerId: null,
      projectId: input.projectId ?? null,
    };
  }

  /** The standing rule that answers what the CLI asks; undefined when a person has to. */
  function findAnswer(situation: Situation, call: Call): { effect: 'allow' | 'deny'; rule: Rule } | undefined {
    const standing = rules.forWorker({ id: situation.workerId, projectId: situation.projectId });
    if (standing.length === 0) return undefined;
    const verdict = evaluate(evaluationOf(situation, standing, call));
    const { decision } = verdict;
    if (decision === 'ask') return undefined;
    const named = new Set([verdict.rule, ...verdict.parts.map(({ rule }) => rule)]);
    // The CLI has asked: only what somebody has ruled since then can answer for a person.
    const rule = standing.findLast((candidate) => candidate.effect === decision && named.has(candidate.rule));
    return rule && { effect: decision, rule };
  }

  return {
    /** What would happen to a call, and why. */
    test(input: z.output<typeof testRuleInput>): Verdict {
      const situation = input.workerId === undefined ? situationOfSpawn(input) : situationOfWorker(input.workerId);
      const standing = rules.forWorker({ id: situation.workerId, projectId: situation.projectId });
      return evaluate(evaluationOf(situation, standing, input));
    },
    decide(call: Call & { workerId: WorkerId }): { effect: 'allow' | 'deny'; id: RuleId; rule: string } | undefined {
      const answer = findAnswer(situationOfWorker(call.workerId), call);
      if (!answer) return undefined;
      rules.noteUse(answer.rule.id);
      return { effect: answer.effect, id: answer.rule.id, rule: answer.rule.rule };
    },
    suggest: (call: Call & { workerId: WorkerId }): string[] =>
      suggestRules(evaluationOf(situationOfWorker(call.workerId), [], call)),
    /** Makes a rule out of a decision, which it has to answer: otherwise it is refused and nothing is kept. */
    make(
      rule: { effect: RuleEffect; rule: string; scope: RuleScope },
      call: Call & { workerId: WorkerId; projectId: ProjectId },
      by: string,
    ): { id: RuleId } {
      const made = rules.add({ ...rule, workerId: call.workerId, projectId: call.projectId }, by);
      if (findAnswer(situationOfWorker(call.workerId), call)?.effect !== rule.effect) {
        throw new AppError(
          'BAD_REQUEST',
          `${rule.rule} does not ${rule.effect} this call by itself: it does not match, or another rule stands before it. Try it in the rule tester, or decide once.`,
          { field: 'rule' },
        );
      }
      return made;
    },
  };
}
