import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { State } from '../../shared/events.ts';
import { build, isBuilt } from '../build.ts';
import { demoSettled, startDemoRoom } from './demo-room.ts';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process.
    return false;
  }
}

test('the demonstration shows a team at work and leaves neither process nor file', async () => {
  if (!(await isBuilt())) expect(await build()).toBe('');
  const room = await startDemoRoom();
  const pids: number[] = [];
  try {
    const workers = await demoSettled(room);
    const named = (name: string) => workers.find((worker) => worker.name === name);
    expect(named('Bigger model')).toMatchObject({ endCode: 'MODEL_NOT_FOUND' });
    expect(named('Safe signatures')).toMatchObject({ changes: { files: 1 } });
    expect(named('Changelog')).toMatchObject({ state: 'queued', queuePosition: 1 });
    const { system } = await room.call<State>('GET', '/api/state');
    pids.push(...[system.hostPid, system.pid, ...workers.map(({ pid }) => pid)].filter((pid) => pid !== null));
    expect(pids.length).toBeGreaterThan(5);
  } finally {
    await room.close();
  }
  expect(pids.filter(isAlive)).toEqual([]);
  await expect(access(room.home.folder)).rejects.toThrow('ENOENT');
});
