import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { migrate } from '../../main/orchestrator/database/migrate.ts';
import { newWorker } from '../../main/orchestrator/workers/new-worker.ts';
import { ended } from '../../main/orchestrator/workers/worker-row.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import type { ProjectId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import { spawnWorkerInput } from '../../shared/workers.ts';

/** Workers that failed a moment ago stand on the board. */
const failed = 12;

/** Name of the worker that the board of such data shows. */
export const shownWorker = 'Stored worker 1';

/**
 * Fills a new data folder as years of work would: ended workers with so many messages each, of which some stand on the
 * board because they failed.
 */
export async function fillDataFolder(dataDir: string, size: { workers: number; messagesEach: number }): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const database = openDatabase(join(dataDir, 'control-room.db'), { durable: false });
  try {
    migrate(database);
    const at = Date.now();
    const project: Project = {
      id: 'p_stored' as ProjectId,
      name: 'stored',
      path: dataDir,
      defaultBranch: 'main',
      remoteUrl: null,
      trusted: false,
      trustQuestion: null,
      limits: {},
      limitsSince: at,
      createdAt: at,
    };
    database.run('INSERT INTO projects (id, row) VALUES (?, ?)', project.id, JSON.stringify(project));
    for (let index = 1; index <= size.workers; index += 1) {
      const input = spawnWorkerInput.parse({
        projectId: project.id,
        name: `Stored worker ${index}`,
        prompt: 'Find the three slowest tests and make the slowest one fast.',
        worktree: false,
      });
      const createdAt = at - index * 60_000;
      const worker = ended(
        newWorker(input, { project, settings: defaultSettings, role: undefined, at: createdAt }),
        index <= failed
          ? { outcome: 'failed', code: 'CRASHED', reason: 'The process ended with code 1.', evidence: 'exit code' }
          : { outcome: 'done', code: null, reason: 'Done.', evidence: 'exit code' },
        createdAt + 30_000,
      );
      database.transaction(() => {
        database.run('INSERT INTO workers (id, row) VALUES (?, ?)', worker.id, JSON.stringify(worker));
        database.run(
          `WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < ?)
           INSERT INTO messages (worker_id, id, revision, row)
           SELECT ?, id, id, json_object('id', id, 'workerId', ?, 'revision', id, 'at', ? + id, 'parentToolUseId', NULL,
             'kind', 'text', 'text', 'The test opens the database anew for each case: one for all of them is enough.')
           FROM numbers`,
          size.messagesEach,
          worker.id,
          worker.id,
          createdAt,
        );
      });
    }
  } finally {
    database.close();
  }
}
