import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../testing/git-fixture.ts';
import { type ScriptedModel, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let team: Team;

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers: 3 });
  team = createTeam(room, await room.api.projects.add({ path: repository.path }));
});

afterEach(() => team.stopAll());

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

const hang = { text: 'Thinking about it.', hang: true };

test.each(['headless', 'interactive'] as const)(
  'a %s worker whose process dies in a turn is resumed by itself, told to go on, and has a history',
  async (kind) => {
    const worker = await team.spawn(`dies ${kind}`, [hang], { kind });
    await model.waitFor(({ text, kind: what }) => what === 'turn' && text.includes(`dies ${kind}`));
    const working = await team.when(worker.id, ({ state, pid }) => state === 'working' && pid !== null);
    process.kill(working.pid ?? 0, 'SIGKILL');
    const dead = await team.when(worker.id, ({ state }) => state === 'ended');
    expect(dead).toMatchObject({
      endCode: 'CRASHED',
      recovery: { attempts: 0, nextAt: expect.any(Number), history: [{ code: 'CRASHED' }] },
      troubles: [{ kind: 'retry', text: expect.stringContaining('resumed by itself (1 of 3)') }],
    });
    expect((dead.recovery.nextAt ?? 0) - (dead.endedAt ?? 0)).toBeGreaterThanOrEqual(4900);
    const back = await team.when(worker.id, ({ restarts, state }) => restarts === 1 && state === 'working');
    expect(back).toMatchObject({ sessionId: worker.sessionId, recovery: { attempts: 1, nextAt: null } });
    // Either its memory holds the prompt and it is told to go on, or it was killed before it wrote that down.
    await model.waitFor(({ at, text }) => at > (dead.endedAt ?? 0) && text.includes(`dies ${kind} %%`));
  },
);

test('a second death waits longer; a person may resume at once or let it be', async () => {
  const worker = await team.spawn('dies twice', [hang]);
  const die = async (restarts: number) => {
    const working = await team.when(
      worker.id,
      (row) => row.restarts === restarts && row.state === 'working' && row.pid !== null,
    );
    process.kill(working.pid ?? 0, 'SIGKILL');
    return team.when(worker.id, (row) => row.restarts === restarts && row.state === 'ended' && row.endedAt !== null);
  };
  await die(0);
  const second = await die(1);
  expect((second.recovery.nextAt ?? 0) - (second.endedAt ?? 0)).toBeGreaterThanOrEqual(29_000);
  const resumed = await room.api.workers.resume({ id: worker.id });
  expect(resumed).toMatchObject({ recovery: { attempts: 0, nextAt: null }, troubles: [] });
  await room.api.workers.send({ id: worker.id, text: 'again %%[{"text":"x","hang":true}]%%' });
  const third = await die(2);
  expect(third.recovery).toMatchObject({ attempts: 0, nextAt: expect.any(Number) });
  const left = await room.api.workers.cancelRecovery({ id: worker.id });
  expect(left).toMatchObject({ state: 'ended', recovery: { nextAt: null, history: [{}, {}, {}] }, troubles: [] });
});

test('a refused credential, a wrong model and a stop are not tried again', async () => {
  const refused = await team.spawn('refused', [{ err: { status: 401 } }]);
  expect(await team.when(refused.id, ({ state }) => state === 'ended')).toMatchObject({
    recovery: { nextAt: null, history: [] },
    troubles: [{ kind: 'login' }],
  });
  const wrong = await team.spawn('wrong', [{ err: { status: 404, msg: 'model: nope' } }]);
  expect(await team.when(wrong.id, ({ state }) => state === 'ended')).toMatchObject({
    recovery: { nextAt: null },
    troubles: [{ kind: 'failed' }],
  });
  const idle = await team.spawn('stopped', [{ text: 'Done.' }]);
  await team.when(idle.id, ({ turns }) => turns === 1);
  expect(await team.stop(idle.id)).toMatchObject({ outcome: 'stopped', recovery: { nextAt: null }, troubles: [] });
});
