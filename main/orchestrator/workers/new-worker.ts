import { randomUUID } from 'node:crypto';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { SpawnWorkerInput, Worker } from '../../../shared/workers.ts';
import { newId } from '../new-id.ts';

/** How much of the first prompt stands in the row; the conversation has all of it. */
const rowPromptLength = 2000;

/** The row of a worker that was just asked for. Its session id is chosen here, before any process exists. */
export function newWorker(
  input: SpawnWorkerInput,
  context: { project: Project; settings: Settings; at: number },
): Worker {
  const { project, settings, at } = context;
  const prompt = input.prompt?.trim() ? input.prompt : '';
  return {
    id: newId<WorkerId>('w'),
    name: input.name ?? nameFromPrompt(prompt),
    projectId: project.id,
    kind: input.kind,
    state: 'queued',
    waitingFor: null,
    stateChangedAt: at,
    evidence: 'asked for',
    outcome: null,
    health: 'healthy',
    activity: null,
    preview: [],
    timeline: [{ state: 'queued', at }],
    prompt: prompt.slice(0, rowPromptLength),
    role: input.role ?? null,
    team: input.team ?? null,
    sessionId: randomUUID(),
    branch: null,
    // Set for a worker that gets a worktree, and only then.
    baseBranch: input.worktree ? (input.baseBranch ?? project.defaultBranch) : null,
    worktreeId: null,
    worktreePath: input.worktree ? null : project.path,
    terminalId: null,
    pid: null,
    model: input.model ?? (settings.defaultModel || null),
    permissionMode: input.permissionMode,
    allowedTools: input.allowedTools ?? settings.allowedTools,
    deniedTools: input.deniedTools ?? settings.deniedTools,
    allowNetwork: input.allowNetwork ?? settings.allowNetwork,
    limits: input.limits,
    dependsOn: input.dependsOn,
    priority: input.priority,
    queuePosition: null,
    claudeVersion: null,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
    contextPercent: null,
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

/** Longest name made from a prompt, in characters. */
const nameLength = 32;

/** A short name out of a prompt: its first words. */
function nameFromPrompt(prompt: string): string {
  const words = prompt
    .slice(0, 1000)
    .replace(/[^\p{L}\p{N}\s'-]/gu, ' ')
    .split(/\s+/)
    .filter(Boolean);
  let name = '';
  for (const word of words) {
    if (name.length + word.length >= nameLength) break;
    name = name ? `${name} ${word}` : word;
  }
  return name || words[0]?.slice(0, nameLength) || 'New worker';
}
