import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Worker } from '../shared/workers.ts';
import { openDatabase } from './orchestrator/database/database.ts';
import { createGitFixture } from './testing/git-fixture.ts';
import { script, startScriptedModel } from './testing/scripted-model.ts';
import { startTestControlRoom } from './testing/test-control-room.ts';

test.each(['headless', 'interactive'] as const)(
  'an end that stops the workers leaves the row of a %s one ended',
  async (kind) => {
    const model = await startScriptedModel();
    const repository = await createGitFixture();
    const room = await startTestControlRoom({ modelUrl: model.url });
    try {
      const project = await room.api.projects.add({ path: repository.path });
      const { id } = await room.api.workers.spawn({
        projectId: project.id,
        kind,
        prompt: script([{ text: 'Hello.' }]),
        model: 'claude-sonnet-4-5',
      });
      await room.waitForEvent(
        (event) =>
          event.type === 'worker.changed' &&
          event.worker.id === id &&
          event.worker.state === 'idle' &&
          event.worker.turns === 1,
      );
      await room.orchestrator.close({ stopWorkers: true });

      const database = openDatabase(join(room.home.folder, 'data', 'control-room.db'), {
        durable: false,
        readonly: true,
      });
      const stored = database.get<{ row: string }>('SELECT row FROM workers WHERE id = ?', id);
      database.close();
      const worker = JSON.parse(stored?.row ?? '{}') as Worker;
      expect(worker).toMatchObject({ state: 'ended', outcome: 'stopped' });
      expect(worker.endedAt).not.toBeNull();
    } finally {
      await room.close();
      await model.close();
      await repository.close();
    }
  },
  30_000,
);
