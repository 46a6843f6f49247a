import type { Worker } from '../../shared/workers.ts';
import { type Room, type RoomOptions, startRoom } from '../room.ts';
import { demoMaxWorkers, demoPlan, demoWorkers } from './demo-workers.ts';
import { sampleRepository } from './sample-repository.ts';

/** Standing rules, as decisions that were to last would have made them. */
const demoRules = [
  { effect: 'allow', rule: 'Bash(git log *)', scope: 'project' },
  { effect: 'ask', rule: 'Edit(package.json)', scope: 'project' },
  { effect: 'deny', rule: 'Bash(git push *)', scope: 'always' },
  { effect: 'deny', rule: 'Read(~/.ssh/**)', scope: 'always' },
];

/** A Control Room with a team at work on a sample repository: real `claude`, scripted model, nothing of the user's touched. */
export async function startDemoRoom(
  options: Pick<RoomOptions, 'program' | 'onMessage' | 'claude'> = {},
): Promise<Room> {
  const room = await startRoom({
    ...options,
    maxWorkers: demoMaxWorkers,
    repository: sampleRepository,
    plan: demoPlan,
  });
  try {
    const projectId = await room.addProject();
    await room.call('PATCH', `/api/projects/${projectId}`, { limits: { costUsd: 5 } });
    await room.call('PATCH', '/api/settings', { dayLimits: { costUsd: 40 } });
    for (const rule of demoRules) await room.call('POST', '/api/rules', { projectId, ...rule });
    for (const { steps: _, ...worker } of demoWorkers) await room.spawnWorker({ projectId, ...worker });
    return room;
  } catch (error) {
    await room.close();
    throw error;
  }
}

const settled: Record<string, (worker: Worker) => boolean> = {
  'Bigger model': ({ state }) => state === 'ended' || state === 'idle',
  'Safe signatures': ({ state }) => state === 'idle' || state === 'ended',
  'Retry tests': ({ state, waitingFor }) => state === 'waiting' && waitingFor === 'approval',
  'Payload format': ({ state, waitingFor }) => state === 'waiting' && waitingFor === 'question',
  'Delivery log': ({ retry, state }) => retry !== null || state === 'ended',
  'Receiver guide': ({ waitingFor }) => waitingFor === 'limit',
  'Pair session': ({ state, turns }) => state === 'idle' && turns > 0,
};

/** Resolves when the demonstration shows all it has: work done, approval, question, prompt, failure, retry, limit. */
export async function demoSettled(room: Room, timeoutMs = 120_000): Promise<Worker[]> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const { items } = await room.call<{ items: Worker[] }>('GET', '/api/workers');
    const open = Object.entries(settled).filter(
      ([name, fits]) => !items.some((worker) => worker.name === name && fits(worker)),
    );
    if (open.length === 0) return items;
    if (Date.now() > until) {
      const states = items.map(
        ({ name, state, waitingFor, turns, endReason }) =>
          `${name}: ${state} ${waitingFor ?? ''}, ${turns} turns ${endReason ?? ''}`,
      );
      throw new Error(`The demonstration did not settle within ${timeoutMs} ms:\n${states.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
