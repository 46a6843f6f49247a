import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Project } from '../../shared/projects.ts';
import { createGitFixture, type GitFixture } from './git-fixture.ts';
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts';
import { createTeam, type Team } from './team.ts';
import { startTestControlRoom, type TestControlRoom } from './test-control-room.ts';

export interface TeamOfTests {
  model: ScriptedModel;
  repository: GitFixture;
  room: TestControlRoom;
  project: Project;
  team: Team;
  /** Goes on with another Control Room, which is given: restarted on the same data, or a new one. */
  take(room: TestControlRoom): Promise<void>;
}

/**
 * A Control Room with one project for the tests of a file, with the real CLI against a scripted model. It stands from
 * before the first test to after the last; workers of a test are stopped after it.
 */
export function teamForTests(options: Omit<Parameters<typeof startTestControlRoom>[0], 'modelUrl'> = {}): TeamOfTests {
  const here = {
    async take(room: TestControlRoom) {
      here.room = room;
      const [known] = (await room.api.projects.list({})).items;
      here.project = known ?? (await room.api.projects.add({ path: here.repository.path }));
      here.team = createTeam(room, here.project);
    },
  } as TeamOfTests;

  beforeAll(async () => {
    here.model = await startScriptedModel();
    here.repository = await createGitFixture();
    await here.take(await startTestControlRoom({ modelUrl: here.model.url, ...options }));
  });
  afterEach(() => here.team.stopAll());
  afterAll(async () => {
    await here.room.close();
    await here.model.close();
    await here.repository.close();
  });
  return here;
}
