import { homedir } from 'node:os';
import type { Settings } from '../../shared/settings.ts';
import { createApprovals } from './approvals/approvals.ts';
import type { Audit } from './audit/audit.ts';
import type { Database } from './database/database.ts';
import type { Publish } from './events.ts';
import type { Machine } from './machine.ts';
import { createJudge } from './permissions/judge.ts';
import type { createOsSandbox } from './permissions/os-sandbox.ts';
import { createRules } from './permissions/rules.ts';
import { createWorkerPermissions } from './permissions/worker-permissions.ts';
import type { Projects } from './projects/projects.ts';
import { createRoles } from './roles/roles.ts';
import type { Workers } from './workers/workers.ts';

/** What workers may do, and who said so: roles, rules, what the rules say of a call, and what a person is asked. */
export function createConsent(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  settings: () => Settings;
  environment: NodeJS.ProcessEnv;
  machine: Machine;
  osSandbox: ReturnType<typeof createOsSandbox>;
  projects: Projects;
  workers: () => Pick<Workers, 'get' | 'deliverDecision' | 'requestSettled'>;
  record: Audit['record'];
}) {
  const { database, publish, now, machine, osSandbox } = deps;
  const getProject = deps.projects.get;
  const getWorker: Workers['get'] = (id) => deps.workers().get(id);
  const roles = createRoles({ database, publish });
  const rules = createRules({ database, publish, now, getWorker, getProject });
  const judge = createJudge({
    rules,
    settings: deps.settings,
    findRole: roles.find,
    getWorker,
    getProject,
    home: deps.environment.HOME ?? homedir(),
    cliVersion: machine.claudeVersion,
    osSandbox: machine.sandboxAvailable,
  });
  const approvals = createApprovals({
    database,
    publish,
    now,
    rules: judge,
    deliver: (...decision) => deps.workers().deliverDecision(...decision),
    settled: (...request) => deps.workers().requestSettled(...request),
    record: ({ id, decidedBy, decidedFrom, ...approval }) =>
      deps.record({
        actor: decidedBy ?? 'nobody',
        from: decidedFrom ?? 'inside',
        action: 'approvals.decide',
        subject: id,
        outcome: approval.state,
        details: {
          workerId: approval.workerId,
          toolName: approval.toolName,
          summary: approval.summary,
          message: approval.message,
          ruleId: approval.ruleId,
          editedInput: approval.editedInput,
        },
      }),
  });
  return {
    roles,
    rules,
    judge,
    approvals,
    permissionsOf: createWorkerPermissions({
      rules,
      osSandbox,
      getProject,
      gitExcludesFile: machine.gitExcludesFile,
    }),
  };
}
