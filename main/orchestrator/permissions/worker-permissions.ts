import type { Project } from '../../../shared/projects.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { createOsSandbox } from './os-sandbox.ts';
import { notationsOf, type Rules } from './rules.ts';

/** What a worker's process is started with: its own lists, the standing rules that hold for it, and the walls around it. */
export function createWorkerPermissions(deps: {
  rules: Pick<Rules, 'forWorker'>;
  osSandbox: ReturnType<typeof createOsSandbox>;
  getProject: (id: Worker['projectId']) => Project;
  gitExcludesFile: () => string | null;
}) {
  return async (worker: Worker) => {
    const standing = deps.rules.forWorker(worker);
    const project = deps.getProject(worker.projectId);
    return {
      mode: worker.permissionMode,
      allowedTools: [...worker.allowedTools, ...notationsOf(standing, 'allow')],
      deniedTools: [...worker.deniedTools, ...notationsOf(standing, 'deny')],
      askedTools: notationsOf(standing, 'ask'),
      allowNetwork: worker.allowNetwork,
      osSandbox: (await deps.osSandbox.look()).available,
      gitExcludesFile: deps.gitExcludesFile(),
      readOnlyFolders: [worker.worktreePath ?? project.path, project.path],
    };
  };
}
