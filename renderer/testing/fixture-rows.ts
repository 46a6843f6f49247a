import type { Approval } from '../../shared/approvals.ts';
import type { ApprovalId, ProjectId, RuleId, WorkerId, WorktreeId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Role } from '../../shared/roles.ts';
import type { Rule } from '../../shared/rules.ts';
import type { Worker } from '../../shared/workers.ts';

const minute = 60_000;

/** A project row for tests. */
export function projectRow(name: string, now: number): Project {
  return {
    id: name as ProjectId,
    name,
    path: `/home/user/code/${name}`,
    defaultBranch: 'main',
    remoteUrl: null,
    trusted: false,
    trustQuestion: null,
    limits: {},
    limitsSince: now - 90 * minute,
    createdAt: now - 90 * minute,
  };
}

/** A worker row for tests: idle and headless unless told otherwise. */
export function workerRow(now: number, part: Partial<Worker> & { name: string }): Worker {
  const branch = part.branch === undefined ? part.name : part.branch;
  return {
    id: part.name as WorkerId,
    projectId: 'tideline-api' as ProjectId,
    kind: 'headless',
    state: 'idle',
    waitingFor: null,
    stateChangedAt: now - 5 * minute,
    evidence: 'stream result',
    outcome: null,
    health: 'healthy',
    healthReason: null,
    troubles: [],
    retry: null,
    recovery: { attempts: 0, nextAt: null, history: [] },
    activity: null,
    preview: [],
    timeline: [],
    prompt: '',
    role: 'backend',
    team: null,
    sessionId: '7c1e04b2-3a71-4d0c-9b1e-2f64a1c0e5d9',
    baseBranch: 'main',
    worktreeId: `wt-${part.name}` as WorktreeId,
    worktreePath: `/home/user/worktrees/${part.name}`,
    terminalId: null,
    pid: 48112,
    model: 'opus',
    permissionMode: 'allowlist',
    allowedTools: ['Read', 'Grep', 'Bash(npm test:*)'],
    deniedTools: ['Bash(git push:*)'],
    allowNetwork: false,
    limits: {},
    dependsOn: [],
    priority: 0,
    queuePosition: null,
    claudeVersion: '2.1.329',
    usage: {
      inputTokens: 20_000,
      outputTokens: 31_000,
      cacheReadTokens: 560_000,
      cacheWriteTokens: 40_000,
      costUsd: 1.12,
    },
    workedMs: 14 * minute,
    contextPercent: 37,
    contextTokens: 74_000,
    compactions: { count: 0, tokensSaved: 0 },
    turns: 4,
    changes: null,
    createdAt: now - 30 * minute,
    startedAt: now - 29 * minute,
    lastActivityAt: now - minute,
    endedAt: null,
    endCode: null,
    endReason: null,
    restarts: 0,
    ...part,
    branch,
  };
}

/** A waiting request for tests. */
export function approvalRow(
  now: number,
  part: Partial<Omit<Approval, 'id' | 'workerId'>> & { id: string; workerId: string },
): Approval {
  return {
    projectId: 'tideline-api' as ProjectId,
    kind: 'tool',
    toolName: 'Bash',
    toolUseId: `toolu_${part.id}`,
    input: { command: 'npm run db:migrate -- --to 0042' },
    summary: 'npm run db:migrate -- --to 0042',
    reason: null,
    suggestedRules: ['Bash(npm run db:migrate -- --to 0042)', 'Bash(npm run db:migrate *)'],
    state: 'waiting',
    createdAt: now - 4 * minute,
    decidedAt: null,
    decidedBy: null,
    decidedFrom: null,
    ruleId: null,
    snoozedUntil: null,
    editedInput: null,
    message: null,
    ...part,
    id: part.id as ApprovalId,
    workerId: part.workerId as WorkerId,
  };
}

/** A standing rule for tests. */
export function ruleRow(now: number, part: Partial<Omit<Rule, 'id'>> & { id: string; rule: string }): Rule {
  const scope = part.scope ?? 'project';
  return {
    effect: 'allow',
    workerId: null,
    projectId: scope === 'project' ? ('tideline-api' as ProjectId) : null,
    createdAt: now - 20 * minute,
    createdBy: 'you',
    uses: 3,
    lastUsedAt: now - 2 * minute,
    ...part,
    scope,
    id: part.id as RuleId,
  };
}

/** A role for tests. */
export function roleRow(part: Partial<Role> & { name: string; title: string }): Role {
  return {
    description: '',
    prompt: '',
    model: null,
    permissionMode: null,
    allowedTools: null,
    deniedTools: null,
    allowNetwork: null,
    limits: {},
    builtIn: false,
    changed: false,
    ...part,
  };
}
