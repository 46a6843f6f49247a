import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialStep } from '../../../shared/doctor.ts';
import { trialKinds } from '../../../shared/doctor.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Git } from '../git/git.ts';

/** A trial that takes longer has failed; most of it is the wait for the model. */
const withinMs = 120_000;
const endsWithinMs = 15_000;
const prompt = 'This is a test of the connection. Answer with the one word "ok" and use no tool.';
/** The cheapest there is, whatever is chosen for real work. */
const model = 'haiku';

export interface TrialDeps {
  dataDir: string;
  git: Pick<Git, 'run'>;
  addProject(input: { path: string; name: string; trusted: boolean }): Promise<{ id: ProjectId }>;
  removeProject(id: ProjectId): unknown;
  spawn(input: {
    projectId: ProjectId;
    kind: 'headless' | 'interactive';
    name: string;
    prompt: string;
    model: string;
    worktree: boolean;
    limits: { timeoutSeconds: number; costUsd: number };
    dependsOn: WorkerId[];
    priority: number;
  }): Promise<Worker> | Worker;
  worker(id: WorkerId): Worker;
  stop(id: WorkerId): unknown;
  remove(id: WorkerId): unknown;
  /** Calls after each change of a worker. */
  onChange(listener: () => void): () => void;
  log: { warn(details: object, message: string): void };
}

/**
 * Starts one worker of each kind, as anybody would, in a repository of its own, with one short prompt; tells how it goes and
 * removes everything it made. An aborted signal ends it.
 */
export function createTrial(deps: TrialDeps) {
  let busy = false;

  async function* tryKinds(signal: AbortSignal | undefined): AsyncGenerator<TrialStep, void, void> {
    const folder = join(deps.dataDir, 'trial');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(
      join(folder, 'README.md'),
      'Made by the doctor of Control Room to try a worker; it may be removed.\n',
    );
    await deps.git.run(folder, 'init', '--quiet');
    const as = [
      '-c',
      'user.name=Control Room',
      '-c',
      'user.email=control-room@localhost',
      '-c',
      'commit.gpgsign=false',
    ];
    await deps.git.run(folder, 'add', '--all');
    await deps.git.run(folder, ...as, 'commit', '--quiet', '--message', 'Try a worker');
    const project = await addProject(folder);
    try {
      for (const kind of trialKinds) {
        if (signal?.aborted) return;
        yield* tryKind(kind, project.id, signal);
      }
    } finally {
      await tidy(() => deps.removeProject(project.id));
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** One that was left by a trial that was killed is taken again. */
  async function addProject(folder: string): Promise<{ id: ProjectId }> {
    try {
      return await deps.addProject({ path: folder, name: 'Trial of the doctor', trusted: false });
    } catch (error) {
      const id = error instanceof AppError && error.code === 'CONFLICT' ? error.details?.id : undefined;
      if (typeof id === 'string') return { id: id as ProjectId };
      throw error;
    }
  }

  async function* tryKind(
    kind: TrialStep['kind'],
    projectId: ProjectId,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TrialStep, void, void> {
    yield { kind, state: 'running', words: 'starting' };
    const { id } = await deps.spawn({
      projectId,
      kind,
      name: `Trial, ${kind}`,
      prompt,
      model,
      worktree: false,
      limits: { timeoutSeconds: withinMs / 1000, costUsd: 0.5 },
      dependsOn: [],
      priority: 100,
    });
    const limit = AbortSignal.timeout(withinMs);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    let wake: () => void = () => undefined;
    let changed = true;
    const note = (): void => {
      changed = true;
      wake();
    };
    const endListening = deps.onChange(note);
    either.addEventListener('abort', note);
    try {
      let told = '';
      for (;;) {
        if (!changed)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        changed = false;
        const step = stepOf(deps.worker(id), kind, limit.aborted);
        if (step.words !== told) yield step;
        told = step.words;
        if (step.state !== 'running' || either.aborted) return;
      }
    } finally {
      endListening();
      either.removeEventListener('abort', note);
      await tidy(() => endAndRemove(id));
    }
  }

  /** A worker that still ends cannot be removed: its end is waited for. */
  async function endAndRemove(id: WorkerId): Promise<void> {
    await deps.stop(id);
    const limit = AbortSignal.timeout(endsWithinMs);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (deps.worker(id).state !== 'ended' && !limit.aborted) return;
        endListening();
        limit.removeEventListener('abort', look);
        resolve();
      };
      const endListening = deps.onChange(look);
      limit.addEventListener('abort', look);
      look();
    });
    await deps.remove(id);
  }

  /** What is left over is not what was asked about: it is written down. */
  async function tidy(action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      deps.log.warn({ error }, 'a trial of the doctor could not be tidied up');
    }
  }

  return {
    async *run(signal: AbortSignal | undefined): AsyncGenerator<TrialStep, void, void> {
      if (busy) throw new AppError('CONFLICT', 'Workers are being tried already. Wait until that has ended.');
      busy = true;
      try {
        yield* tryKinds(signal);
      } finally {
        busy = false;
      }
    },
  };
}

function stepOf(worker: Worker, kind: TrialStep['kind'], isLate: boolean): TrialStep {
  const { state, turns, endReason, waitingFor, usage, preview } = worker;
  if (turns > 0 && (state === 'idle' || state === 'ended')) {
    const said = preview.at(-1)?.trim().slice(0, 80);
    return { kind, state: 'ok', words: `it answered${said ? ` “${said}”` : ''}, for $${usage.costUsd.toFixed(4)}` };
  }
  if (state === 'ended') return { kind, state: 'failed', words: endReason ?? 'it ended without a reason' };
  if (isLate) return { kind, state: 'failed', words: `no answer within ${withinMs / 1000} s; it was ${state}` };
  if (state === 'waiting') return { kind, state: 'failed', words: `it waits for ${waitingFor ?? 'something'}` };
  return { kind, state: 'running', words: state === 'queued' ? 'waiting for a place' : state };
}
