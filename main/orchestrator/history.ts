import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Database } from './database/database.ts';
import { createContexts } from './sessions/contexts.ts';
import { copyForFork } from './sessions/fork-copy.ts';
import { importedFolder } from './sessions/import-session.ts';
import { keptFolder } from './sessions/kept-copies.ts';
import { createSavedSearches } from './sessions/saved-searches.ts';
import { createSearchIndex } from './sessions/search-index.ts';
import { createSessions } from './sessions/sessions.ts';
import { createIndexPause } from './sessions/store.ts';
import type { Workers } from './workers/workers.ts';

/** How often it is looked for deleted sessions whose time is over. */
const sweepMs = 3_600_000;

type SessionsDeps = Parameters<typeof createSessions>[0];

/** The part of the house that knows what any session ever said. A part of the composition root. */
export function createHistory(
  deps: Pick<SessionsDeps, 'publish' | 'log' | 'now' | 'projects' | 'worktrees' | 'branches' | 'dataDir'> & {
    database: Database;
    claudeFolder: string;
    programs: { sessionIndexer: URL; sessionReader: URL };
    settings: () => Settings;
    workers: Workers;
    /** A session is gone for good: what others made of it goes with it. */
    forgotten: (id: SessionId) => void;
  },
) {
  const { database, dataDir, settings, log, now } = deps;
  const folders = () => [
    deps.claudeFolder,
    join(dataDir, importedFolder),
    // A folder is named as it is found: by itself or by what is in it.
    ...settings().sessionFolders.map((path) => path.replace(/[\\/]+(projects[\\/]*)?$/, '') || path),
  ];
  const index = createSearchIndex({
    file: join(dataDir, 'search.db'),
    folders,
    keepGone: () => settings().keepDeletedSessions,
    keepDays: () => settings().keepDeletedDays,
    pause: createIndexPause(database),
    keepFolder: join(dataDir, keptFolder),
    expected: () => sessions.indexedBefore(),
    programs: { indexer: deps.programs.sessionIndexer, reader: deps.programs.sessionReader },
    log,
  });
  const sessions = createSessions({ ...deps, index, folders, trashDays: () => settings().trashDays });
  const contexts = createContexts({ database, now, sessions, spawn: deps.workers.spawn });
  let sweeping: NodeJS.Timeout | undefined;
  let closed = false;

  const sweepTrash = (): void =>
    void sessions.sweepTrash().catch((error: unknown) => {
      if (!closed) log.error({ error }, 'the trash of sessions could not be swept');
    });

  /** A copy of a session that ends with what was answered to the last prompt before a moment. */
  async function forkAt(id: SessionId, at: number): Promise<{ sessionId: string; path: string }> {
    const session = await sessions.get(id);
    const { items } = await sessions.outline(id);
    const prompt = items.filter((item) => item.at === null || item.at <= at).at(-1);
    if (!prompt)
      throw new AppError('CONFLICT', 'Nothing had been said at that moment: start a new worker from there instead.', {
        id,
      });
    const copy = await copyForFork(index, folders(), session, { fork: true, upTo: prompt.index, answered: true });
    if (!copy) throw new Error('a fork at a prompt is a copy');
    return copy;
  }

  return {
    index,
    forkAt,
    sessions,
    contexts,
    savedSearches: createSavedSearches({ database, publish: deps.publish, now }),
    /** Begins to read, and to remove what was deleted long ago. */
    start(): void {
      if (closed) return;
      index.start();
      sweepTrash();
      sweeping = setInterval(sweepTrash, sweepMs);
      sweeping.unref();
    },
    async close(): Promise<void> {
      closed = true;
      clearInterval(sweeping);
      await sessions.close();
      await index.close();
    },
  };
}
