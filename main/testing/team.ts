import type { Approval } from '../../shared/approvals.ts';
import type { SessionId, WorkerId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Session } from '../../shared/sessions.ts';
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
    /** Settles when the index has a session of which `matches` is true. */
    async indexed(id: string, matches: (session: Session) => boolean = () => true): Promise<Session> {
      const ending = new AbortController();
      let last: unknown;
      try {
        for await (const _ of await room.api.sessions.watchIndex(undefined, { signal: ending.signal })) {
          const session = await room.api.sessions.get({ id: id as SessionId }).catch((error: unknown) => {
            last = error;
            return undefined;
          });
          if (session && matches(session)) return session;
          last = session ?? last;
        }
      } finally {
        ending.abort();
      }
      throw new Error(`the index ended: ${JSON.stringify(last)}`);
    },
    /** Stops everybody: a test that failed leaves its workers, and the next one needs their places. */
    async stopAll(): Promise<void> {
      for (const { id, state, recovery } of (await room.api.workers.list({})).items) {
        if (state !== 'ended') await stop(id);
        else if (recovery.nextAt !== null) await room.api.workers.cancelRecovery({ id });
      }
    },
  };
}
