import { AppError } from '../../../shared/errors.ts';
import type { ProjectId } from '../../../shared/ids.ts';
import { type SpawnWorkerInput, spawnWorkerInput, type Worker } from '../../../shared/workers.ts';
import { dangerousProblem } from '../claude/permissions.ts';
import { requireNotation } from '../claude/rule-notation.ts';
import { fault } from '../fault.ts';
import type { createLimits } from './limits.ts';
import { modeOf, newWorker } from './new-worker.ts';
import type { createPrompts } from './prompts.ts';
import type { WorkerStore } from './store.ts';
import type { WorkerRows } from './worker-rows.ts';
import type { WorkersDeps } from './workers-deps.ts';

/** Takes new workers in: looks at what is asked for, and puts them in the queue. */
export function createSpawner(
  deps: WorkersDeps & {
    store: WorkerStore;
    rows: WorkerRows;
    prompts: ReturnType<typeof createPrompts>;
    limits: ReturnType<typeof createLimits>;
    schedule: () => void;
  },
) {
  const { database, store, now } = deps;
  const { get, keep } = deps.rows;

  /** A new worker, in the queue. Refused with the field that is wrong. */
  function spawn(input: SpawnWorkerInput): Worker {
    const project = deps.getProject(input.projectId);
    const role = input.role === undefined ? undefined : deps.findRole(input.role);
    if (modeOf(input, role) === 'dangerous' && input.confirm !== 'dangerous' && deps.dangerousAllowed) {
      throw new AppError(
        'BAD_REQUEST',
        'Permission mode "dangerous" lets a worker do anything unasked. Say that you mean it: "confirm": "dangerous".',
        { field: 'confirm' },
      );
    }
    if (modeOf(input, role) === 'dangerous' && !deps.dangerousAllowed) {
      throw new AppError(
        'FORBIDDEN',
        'Permission mode "dangerous" lets a worker do anything unasked and is switched off. Start Control Room with --allow-dangerous to use it, or choose "allowlist".',
        { field: 'permissionMode' },
      );
    }
    const problem = modeOf(input, role) === 'dangerous' ? dangerousProblem(deps.environment) : null;
    if (problem) throw new AppError('UNPROCESSABLE', problem, { field: 'permissionMode' });
    requireNotation(input);
    for (const id of input.dependsOn) {
      if (!store.get(id))
        throw new AppError('BAD_REQUEST', `It cannot wait for ${id}: there is no such worker.`, {
          field: 'dependsOn',
          id,
        });
    }
    const worker = newWorker(input, { project, settings: deps.settings(), role, at: now() });
    database.transaction(() => {
      keep(worker);
      if (input.prompt?.trim()) deps.prompts.add(worker.id, input.prompt);
    });
    fault('spawn:kept');
    deps.limits.look(worker.id);
    deps.schedule();
    return get(worker.id);
  }

  /** A new worker that begins with a session of before: in that one's folder, or with a copy of it in a worktree. */
  function adopt(input: {
    projectId: ProjectId;
    sessionId: string;
    name: string;
    cwd: string;
    fork: boolean;
    ownWorktree: boolean;
    baseBranch: string | undefined;
    prompt: string | undefined;
  }): Worker {
    const { sessionId, fork, ownWorktree, cwd, prompt } = input;
    const spawned = spawnWorkerInput.parse({
      projectId: input.projectId,
      name: input.name,
      worktree: fork || ownWorktree,
      ...(prompt ? { prompt } : {}),
      ...(input.baseBranch ? { baseBranch: input.baseBranch } : {}),
    });
    const project = deps.getProject(spawned.projectId);
    const fresh = newWorker(spawned, { project, settings: deps.settings(), role: undefined, at: now() });
    const worker = fork ? fresh : { ...fresh, sessionId, ...(ownWorktree ? {} : { worktreePath: cwd }) };
    database.transaction(() => {
      keep(worker);
      store.setOrigin(worker.id, { sessionId, fork });
      if (prompt) deps.prompts.add(worker.id, prompt);
    });
    deps.limits.look(worker.id);
    deps.schedule();
    return get(worker.id);
  }

  return { spawn, adopt };
}
