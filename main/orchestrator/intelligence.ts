import { join } from 'node:path';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import { limitUse } from '../../shared/limit-use.ts';
import type { Limits, Spent } from '../../shared/limits.ts';
import type { Settings } from '../../shared/settings.ts';
import { createAnswerCache } from './compression/answer-cache.ts';
import { createCompression } from './compression/compression.ts';
import type { Database } from './database/database.ts';
import { createModels } from './models/models.ts';
import { createOllama } from './models/ollama.ts';
import { createMeaning } from './sessions/meaning.ts';
import type { SearchIndex } from './sessions/search-index.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { createSpending } from './spending/spending.ts';

/** What is spent on a session of no project or worker stands in the book under these. */
const noProject = 'no-project' as ProjectId;
const noWorker = 'no-worker' as WorkerId;

/** The part of the house that asks models: Ollama and what is made with it of sessions. A part of the composition root. */
export function createIntelligence(deps: {
  database: Database;
  dataDir: string;
  now: () => number;
  log: { warn(details: object, message: string): void };
  programs: { sessionDigest: URL; sessionMeaning: URL };
  settings: () => Settings;
  sessions: Sessions;
  sessionIndex: SearchIndex;
  spending: ReturnType<typeof createSpending>;
  claude: { program: () => Promise<{ path: string | null; problem: string | null }>; environment: NodeJS.ProcessEnv };
}) {
  const { database, dataDir, now, log, settings, sessions, sessionIndex, spending } = deps;
  const ollamaUrl = () => `http://${settings().ollamaHost}:${settings().ollamaPort}`;
  const ollama = createOllama({
    url: ollamaUrl,
    timeoutMs: () => settings().ollamaTimeoutSeconds * 1000,
    retries: () => settings().ollamaRetries,
    now,
    onChange: () => models.changed(),
  });
  const models = createModels({ ollama, url: ollamaUrl, now });
  const compression = createCompression({
    database,
    cache: createAnswerCache({
      file: join(dataDir, 'cache.db'),
      limitMib: () => settings().compressionCacheMib,
      now,
    }),
    now,
    sessions,
    settings,
    ollama: { ...ollama, lately: models.lately },
    claude: { ...deps.claude, folder: join(dataDir, 'compression') },
    mayNotSpend: () => dayLimitReached(settings().dayLimits, spending.get().today),
    spent: (session, { inputTokens, outputTokens, costUsd }) =>
      spending.add(session.projectId ?? noProject, session.workerId ?? noWorker, {
        tokens: inputTokens + outputTokens,
        costUsd,
        workedMs: 0,
      }),
    digestProgram: deps.programs.sessionDigest,
  });
  const meaning = createMeaning({
    files: { index: join(dataDir, 'search.db'), meanings: join(dataDir, 'meanings.db') },
    program: deps.programs.sessionMeaning,
    index: sessionIndex,
    model: () => settings().embeddingModel,
    embed: ollama.embed,
    getSession: sessions.get,
    passing: sessions.passing,
    now,
    log,
  });
  return { models, compression, meaning };
}

/** Says which limit of the day is used up; null while none is. */
function dayLimitReached(limits: Limits, today: Spent): string | null {
  return limitUse(limits, today).some(({ part }) => part >= 1)
    ? 'The limit of the day is reached, so Claude is not asked. Raise it in the settings, or compress without Claude.'
    : null;
}
