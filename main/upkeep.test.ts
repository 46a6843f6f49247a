import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorFinding } from '../shared/doctor.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

let room: TestControlRoom;
beforeAll(async () => {
  room = await startTestControlRoom({
    modelUrl: 'http://127.0.0.1:1',
    options: {
      configuration: {
        view: () => ({ path: '/x', exists: false, profile: null, profiles: [], entries: [], problems: [] }),
        reload: () => ({
          held: { maxWorkers: { value: 9, by: 'the file' } },
          applied: ['maxWorkers'],
          restart: [],
          problem: null,
        }),
        change: () => Promise.reject(new Error('not asked for')),
        watch: () => () => undefined,
      },
    },
  });
});
afterAll(() => room.close());

test('what shows the configuration and the log is for those who may do everything, and noted as every call', async () => {
  const view = room.apiAs('view');
  await expect(view.configuration.get()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(view.logs.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(view.doctor.fix({ fix: 'permissions' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const { items } = await room.api.audit.list({ limit: 50 });
  const refused = items.filter(({ outcome }) => outcome === 'FORBIDDEN').map(({ action }) => action);
  expect(refused.sort()).toEqual(['configuration.get', 'doctor.fix', 'logs.list']);
  expect((await room.request('GET', '/api/logs')).status).toBe(200);
});

test('a file that is read again changes what settings are held', async () => {
  expect((await room.api.settings.get()).values.maxWorkers).toBe(5);
  const shown = await room.api.configuration.reload();
  expect(shown.lastReload).toMatchObject({ applied: ['maxWorkers'], problem: null });
  expect(await room.api.settings.get()).toMatchObject({
    values: { maxWorkers: 9 },
    lockedBy: { maxWorkers: 'the file' },
  });
});

test('the doctor tells of the machine and of what runs', async () => {
  const findings: DoctorFinding[] = [];
  for await (const progress of await room.api.doctor.run())
    if (progress.type === 'found') findings.push(progress.finding);
  const states = Object.fromEntries(findings.map(({ id, state }) => [id, state]));
  expect(states).toMatchObject({ runtime: 'ok', git: expect.any(String), terminals: 'ok', database: 'ok', port: 'ok' });
  expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
  expect(await room.api.doctor.fix({ fix: 'permissions' })).toEqual({ done: expect.any(String) });
});
