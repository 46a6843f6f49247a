import { randomUUID } from 'node:crypto';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Role } from '../../../shared/roles.ts';
import type { Settings } from '../../../shared/settings.ts';
import { nameFromPrompt } from '../../../shared/worker-name.ts';
import type { PermissionMode, SpawnWorkerInput, Worker } from '../../../shared/workers.ts';
import { newId } from '../new-id.ts';

/** How much of the first prompt stands in the row; the conversation has all of it. */
const rowPromptLength = 2000;

/** The row of a worker that was just asked for. Its session id is chosen here, before any process exists. */
export function newWorker(
  input: SpawnWorkerInput,
  context: { project: Project; settings: Settings; role: Role | undefined; at: number },
): Worker {
  const { project, settings, role, at } = context;
  const prompt = input.prompt?.trim() ? input.prompt : '';
  return {
    id: newId<WorkerId>('w'),
    name: input.name ?? (nameFromPrompt(prompt) || 'New worker'),
    projectId: project.id,
    kind: input.kind,
    state: 'queued',
    waitingFor: null,
    stateChangedAt: at,
    evidence: 'asked for',
    outcome: null,
    health: 'healthy',
    healthReason: null,
    troubles: [],
    retry: null,
    recovery: { attempts: 0, nextAt: null, history: [] },
    activity: null,
    preview: [],
    timeline: [{ state: 'queued', at }],
    prompt: prompt.slice(0, rowPromptLength),
    role: role?.name ?? input.role ?? null,
    team: input.team ?? null,
    sessionId: randomUUID(),
    branch: input.branch ?? null,
    // Set for a worker that gets a worktree, and only then.
    baseBranch: input.worktree ? (input.baseBranch ?? project.defaultBranch) : null,
    worktreeId: null,
    worktreePath: input.worktree ? null : project.path,
    terminalId: null,
    pid: null,
    model: input.model ?? role?.model ?? (settings.defaultModel || null),
    permissionMode: modeOf(input, role),
    allowedTools: input.allowedTools ?? role?.allowedTools ?? settings.allowedTools,
    deniedTools: input.deniedTools ?? role?.deniedTools ?? settings.deniedTools,
    allowNetwork: input.allowNetwork ?? role?.allowNetwork ?? settings.allowNetwork,
    limits: input.limits ?? { ...settings.defaultLimits, ...role?.limits },
    dependsOn: input.dependsOn,
    priority: input.priority,
    queuePosition: null,
    claudeVersion: null,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
    workedMs: 0,
    contextPercent: null,
    contextTokens: null,
    compactions: { count: 0, tokensSaved: 0 },
    turns: 0,
    changes: null,
    createdAt: at,
    startedAt: null,
    lastActivityAt: at,
    endedAt: null,
    endCode: null,
    endReason: null,
    restarts: 0,
  };
}

/** What a spawn says wins over its role, and that over the default. */
export function modeOf(input: SpawnWorkerInput, role: Role | undefined): PermissionMode {
  return input.permissionMode ?? role?.permissionMode ?? 'allowlist';
}
