import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrialStep } from '../shared/doctor.ts';
import { type ScriptedModel, startScriptedModel } from './testing/scripted-model.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

let model: ScriptedModel;
let room: TestControlRoom;
beforeAll(async () => {
  model = await startScriptedModel({ plan: () => [{ text: 'ok' }] });
  room = await startTestControlRoom({ modelUrl: model.url });
});
afterAll(async () => {
  await room.close();
  await model.close();
});

test('the doctor tries a worker of each kind, tells how it goes, and leaves nothing behind', async () => {
  const steps: TrialStep[] = [];
  for await (const step of await room.api.doctor.tryWorkers()) steps.push(step);
  const ends = steps.filter(({ state }) => state !== 'running');
  expect(ends).toEqual([
    { kind: 'headless', state: 'ok', words: expect.stringMatching(/^it answered/) },
    { kind: 'interactive', state: 'ok', words: expect.stringMatching(/^it answered/) },
  ]);
  expect((await room.api.projects.list({})).items).toEqual([]);
  expect((await room.api.workers.list({})).items).toEqual([]);
  await expect(stat(join(room.home.folder, 'data', 'trial'))).rejects.toThrow('ENOENT');
  expect(room.problems).toEqual([]);
});
