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
  room = await startTestControlRoom({ modelUrl: model.url });
  team = createTeam(room, await room.api.projects.add({ path: repository.path }));
});

afterEach(() => team.stopAll());

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

test.each(['headless', 'interactive'] as const)(
  'the context of a %s worker is told, warns when it is nearly full, and is compacted on request',
  async (kind) => {
    const worker = await team.spawn(`full ${kind}`, [{ text: 'A lot.', usage: { input_tokens: 186_000 }, out: 100 }], {
      kind,
    });
    const full = await team.when(worker.id, ({ state, contextPercent }) => state === 'idle' && contextPercent !== null);
    expect(full.contextPercent).toBeGreaterThanOrEqual(90);
    expect(full.contextTokens).toBeGreaterThanOrEqual(180_000);
    expect(full.troubles).toMatchObject([
      { kind: 'context', text: expect.stringMatching(/^Its context is 9\d % full\.$/) },
    ]);
    await room.api.workers.compact({ id: worker.id });
    const compacted = await team.when(
      worker.id,
      ({ compactions, state }) => compactions.count === 1 && state === 'idle',
    );
    expect(compacted.compactions.tokensSaved).toBeGreaterThan(100_000);
    const light = await team.when(worker.id, ({ contextPercent }) => (contextPercent ?? 100) < 90);
    expect(light.troubles).toEqual([]);
    const notices = (await room.api.workers.messages({ id: worker.id })).items.filter(({ kind }) => kind === 'notice');
    expect(notices).toHaveLength(1);
  },
);

test('a worker in a turn is not compacted', async () => {
  const worker = await team.spawn('busy', [{ text: 'Still here', hang: true }]);
  await team.when(worker.id, ({ state }) => state === 'working');
  await expect(room.api.workers.compact({ id: worker.id })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('between two turns'),
  });
});
