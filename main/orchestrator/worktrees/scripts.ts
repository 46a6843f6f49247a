import { basename } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { TerminalId, WorkerId, WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { ScriptRun, Worktree } from '../../../shared/worktrees.ts';
import { readConfiguration, scriptVariables } from './configuration.ts';
import type { Worktrees } from './worktrees.ts';

/** Set-up, run and teardown of worktrees: each in a terminal of its own that stays readable. */
export function createScripts(deps: {
  worktrees: Pick<Worktrees, 'find' | 'get' | 'keep' | 'present'>;
  now: () => number;
  getProject: (id: Project['id']) => Project;
  /** Runs commands one after the other in a terminal; `ended` settles with the exit code. */
  runInTerminal: (input: {
    title: string;
    commands: readonly string[];
    cwd: string;
    projectId: Project['id'];
    workerId: WorkerId | null;
    variables: Record<string, string>;
  }) => Promise<{ terminalId: TerminalId; ended: Promise<number | null> }>;
}) {
  const { worktrees, now } = deps;

  const variablesOf = (worktree: Worktree): Record<string, string> =>
    scriptVariables({
      root: deps.getProject(worktree.projectId).path,
      path: worktree.path,
      name: basename(worktree.path),
      branch: worktree.branch,
      baseBranch: worktree.baseBranch,
      portBase: worktree.portBase,
    });

  function note(id: WorktreeId, run: ScriptRun): void {
    const present = worktrees.find(id);
    if (present)
      worktrees.keep({ ...present, scripts: [...present.scripts.filter(({ kind }) => kind !== run.kind), run] });
  }

  async function start(
    id: WorktreeId,
    kind: ScriptRun['kind'],
  ): Promise<{ run: ScriptRun; ended: Promise<number | null> } | null> {
    const worktree = worktrees.present(id);
    const project = deps.getProject(worktree.projectId);
    const configuration = await readConfiguration(project);
    const commands = configuration[kind];
    if (commands.length === 0) return null;
    if (!project.trusted)
      throw new AppError(
        'CONFLICT',
        `${project.name} is not trusted, so its ${kind} script (${configuration.from[kind]}) is not run. Read it, then trust the project.`,
        { id, code: 'UNTRUSTED' },
      );
    const startedAt = now();
    const { terminalId, ended } = await deps.runInTerminal({
      title: `${kind} ${basename(worktree.path)}`,
      commands,
      cwd: worktree.path,
      projectId: project.id,
      workerId: null,
      variables: variablesOf(worktree),
    });
    const run: ScriptRun = { kind, state: 'running', terminalId, exitCode: null, startedAt, endedAt: null };
    note(id, run);
    void ended.then((exitCode) =>
      note(id, { ...run, state: exitCode === 0 ? 'done' : 'failed', exitCode, endedAt: now() }),
    );
    return { run, ended };
  }

  return {
    variablesOf,

    /** Runs a script on demand; answers once it runs. */
    async run(id: WorktreeId, kind: ScriptRun['kind']): Promise<Worktree> {
      if (!(await start(id, kind)))
        throw new AppError(
          'NOT_FOUND',
          `The repository names no ${kind} script. Put one into control-room.json: { "${kind}": ["…"] }.`,
          { kind },
        );
      return worktrees.get(id);
    },

    /** Runs set-up to its end before a worker starts. Rejects, with where to look, when it fails. */
    async setUp(worktree: Worktree): Promise<void> {
      const project = deps.getProject(worktree.projectId);
      const { setup } = await readConfiguration(project);
      if (setup.length === 0) return;
      if (!project.trusted) {
        worktrees.keep({
          ...worktrees.get(worktree.id),
          notes: [...worktree.notes, 'Its set-up script did not run: the project is not trusted.'],
        });
        return;
      }
      const started = await start(worktree.id, 'setup');
      const exitCode = await started?.ended;
      if (exitCode !== 0)
        throw new AppError(
          'UNPROCESSABLE',
          `The set-up script of ${project.name} failed (${exitCode === null ? 'it was ended' : `exit ${exitCode}`}). Its terminal shows why; mend it, run set-up again, then resume the worker.`,
          { code: 'WORKTREE', terminalId: started?.run.terminalId },
        );
    },

    /** Runs teardown before a worktree is removed; its end is awaited, its failure hinders nothing. */
    async tearDown(id: WorktreeId): Promise<void> {
      const worktree = worktrees.find(id);
      if (worktree?.state !== 'ready') return;
      const project = deps.getProject(worktree.projectId);
      if (!project.trusted || (await readConfiguration(project)).teardown.length === 0) return;
      await (await start(id, 'teardown'))?.ended;
    },
  };
}
