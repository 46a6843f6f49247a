import type { Approval } from '../../shared/approvals.ts';
import type { WorkerId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { SpawnWorkerInput, Worker } from '../../shared/workers.ts';
import { type ModelStep, script } from './scripted-model.ts';
import type { TestControlRoom } from './test-control-room.ts';

export type Team = ReturnType<typeof createTeam>;

/** Workers of one project in a test: spawned with a script, waited for by what their rows say, and stopped. */
export function createTeam(room: TestControlRoom, project: Project) {
  async function when(id: WorkerId, matches: (worker: Worker) => boolean): Promise<Worker> {
    const event = await room.waitForEvent(
      (candidate) => candidate.type === 'worker.changed' && candidate.worker.id === id && matches(candidate.worker),
    );
    if (event.type !== 'worker.changed') throw new Error('unreachable');
    return event.worker;
  }

  async function stop(id: WorkerId): Promise<Worker> {
    await room.api.workers.stop({ id, force: true });
    return when(id, (worker) => worker.state === 'ended');
  }

  return {
    spawn: (name: string, steps: ModelStep[], more: Partial<SpawnWorkerInput> = {}) =>
      room.api.workers.spawn({
        projectId: project.id,
        name,
        prompt: `${name} ${script(steps)}`,
        model: 'claude-sonnet-4-5',
        ...more,
      }),
    /** Says something with a script for the answer. */
    say: (id: WorkerId, name: string, steps: ModelStep[]) =>
      room.api.workers.send({ id, text: `${name} ${script(steps)}` }),
    /** The first version of a worker's row, past or future, for which `matches` is true. */
    when,
    /** The first version of a request of a worker for which `matches` is true. */
    async request(id: WorkerId, matches: (approval: Approval) => boolean = () => true): Promise<Approval> {
      const event = await room.waitForEvent(
        (candidate) =>
          candidate.type === 'approval.changed' && candidate.approval.workerId === id && matches(candidate.approval),
      );
      if (event.type !== 'approval.changed') throw new Error('unreachable');
      return event.approval;
    },
    stop,
    /** Stops everybody: a test that failed leaves its workers, and the next one needs their places. */
    async stopAll(): Promise<void> {
      for (const { id, state, recovery } of (await room.api.workers.list({})).items) {
        if (state !== 'ended') await stop(id);
        else if (recovery.nextAt !== null) await room.api.workers.cancelRecovery({ id });
      }
    },
  };
}
