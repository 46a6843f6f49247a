import type * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, RuleId, WorkerId } from '../../../shared/ids.ts';
import type { addRuleInput, Rule, RuleEffect } from '../../../shared/rules.ts';
import { asEffectiveRule } from '../claude/permissions.ts';
import { notationProblem } from '../claude/rule-notation.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { newId } from '../new-id.ts';

export type Rules = ReturnType<typeof createRules>;

/**
 * Standing decisions: what a person allowed or denied for longer than once. `getWorker` and `getProject` throw NOT_FOUND
 * for an id that does not exist.
 */
export function createRules(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  getWorker: (id: WorkerId) => { projectId: ProjectId };
  getProject: (id: ProjectId) => unknown;
}) {
  const { database, publish, now } = deps;
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Rule;

  function get(id: RuleId): Rule {
    const found = database.get<{ row: string }>('SELECT row FROM rules WHERE id = ?', id);
    if (!found) throw new AppError('NOT_FOUND', `There is no rule ${id}. GET /api/rules lists them.`, { id });
    return parse(found);
  }

  function list(): Rule[] {
    return database.all<{ row: string }>('SELECT row FROM rules ORDER BY created_at, id').map(parse);
  }

  function placeOf(input: z.output<typeof addRuleInput>): Pick<Rule, 'workerId' | 'projectId'> {
    if (input.scope === 'always') return { workerId: null, projectId: null };
    if (input.scope === 'session') {
      if (!input.workerId) {
        throw new AppError('BAD_REQUEST', 'A rule for one worker names it: give workerId, or another scope.', {
          field: 'workerId',
        });
      }
      return { workerId: input.workerId, projectId: deps.getWorker(input.workerId).projectId };
    }
    const projectId = input.projectId ?? (input.workerId ? deps.getWorker(input.workerId).projectId : undefined);
    if (!projectId) {
      throw new AppError('BAD_REQUEST', 'A rule for a project names it: give projectId, or scope "always".', {
        field: 'projectId',
      });
    }
    deps.getProject(projectId);
    return { workerId: null, projectId };
  }

  /** Keeps a rule; one that stands already, for the same with the same effect, is given back as it is. */
  function add(input: z.output<typeof addRuleInput>, createdBy: string): Rule {
    const problem = notationProblem(input.rule, input.effect);
    if (problem) throw new AppError('BAD_REQUEST', problem, { field: 'rule' });
    const rule = asEffectiveRule(input.rule);
    const place = placeOf(input);
    return database.transaction(() => {
      const known = list().find(
        (other) =>
          other.rule === rule &&
          other.effect === input.effect &&
          other.scope === input.scope &&
          other.workerId === place.workerId &&
          other.projectId === place.projectId,
      );
      if (known) return known;
      const made: Rule = {
        id: newId<RuleId>('r'),
        effect: input.effect,
        rule,
        scope: input.scope,
        ...place,
        createdAt: now(),
        createdBy,
        uses: 0,
        lastUsedAt: null,
      };
      database.run('INSERT INTO rules (id, row) VALUES (?, ?)', made.id, JSON.stringify(made));
      publish({ type: 'rule.changed', rule: made });
      return made;
    });
  }

  function forget(rules: Rule[]): void {
    for (const { id } of rules) {
      database.run('DELETE FROM rules WHERE id = ?', id);
      publish({ type: 'rule.removed', id });
    }
  }

  return {
    list,
    get,
    add,
    remove(id: RuleId): { id: RuleId } {
      const rule = get(id);
      database.transaction(() => forget([rule]));
      return { id };
    },
    /** The rules that hold for a worker, the oldest first: its own, its project's, everybody's. */
    forWorker: (worker: { id: WorkerId | null; projectId: ProjectId | null }): Rule[] =>
      database
        .all<{ row: string }>(
          `SELECT row FROM rules
           WHERE scope = 'always' OR (scope = 'project' AND project_id = ?1) OR (scope = 'session' AND worker_id = ?2)
           ORDER BY created_at, id`,
          worker.projectId,
          worker.id,
        )
        .map(parse),
    /** Counts that a rule decided a request. */
    noteUse(id: RuleId): void {
      database.transaction(() => {
        const rule = get(id);
        const used: Rule = { ...rule, uses: rule.uses + 1, lastUsedAt: now() };
        database.run('UPDATE rules SET row = ? WHERE id = ?', JSON.stringify(used), id);
        publish({ type: 'rule.changed', rule: used });
      });
    },
    /** Forgets the rules of a worker that is removed, in the transaction that removes it. */
    forgetWorker: (id: WorkerId): void => forget(list().filter(({ workerId }) => workerId === id)),
    /** Forgets the rules of a project that is removed, those of its workers included, in the transaction that removes it. */
    forgetProject: (id: ProjectId): void => forget(list().filter(({ projectId }) => projectId === id)),
  };
}

/** Where a standing rule is kept, in words for a verdict. */
export function sourceOfRule(rule: Pick<Rule, 'scope'>): string {
  if (rule.scope === 'session') return 'rule for this worker';
  return rule.scope === 'project' ? 'rule for this project' : 'rule for everybody';
}

/** Rules of one effect, in the CLI's notation. */
export function notationsOf(rules: readonly Rule[], effect: RuleEffect): string[] {
  return rules.filter((rule) => rule.effect === effect).map(({ rule }) => rule);
}
