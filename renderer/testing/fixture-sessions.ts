import type { ProjectId, SessionId } from '../../shared/ids.ts';
import type { IndexState, SearchHit, Session, TitleHit } from '../../shared/sessions.ts';

/** A session row for tests: ended, of no worker, unless told otherwise. */
export function sessionRow(now: number, part: Omit<Partial<Session>, 'id'> & { title: string; id?: string }): Session {
  return {
    cwd: '/home/user/code/tideline-api',
    projectId: 'tideline-api' as ProjectId,
    workerId: null,
    branch: 'feat/webhook-signing',
    model: 'claude-sonnet-5',
    claudeVersion: '2.1.329',
    forkedFrom: null,
    startedAt: now - 7_200_000,
    lastAt: now - 3_600_000,
    turns: 41,
    messages: 318,
    usage: {
      inputTokens: 31_000,
      outputTokens: 17_000,
      cacheReadTokens: 744_000,
      cacheWriteTokens: 20_000,
      costUsd: 2.14,
    },
    tools: { Read: 30, Bash: 12, Edit: 9 },
    filesTouched: ['/home/user/code/tideline-api/src/webhooks/verify.ts'],
    subagents: 0,
    compactions: 0,
    state: 'ended',
    skippedLines: 0,
    tags: [],
    pinned: false,
    archived: false,
    ...part,
    id: (part.id ?? part.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')) as SessionId,
  };
}

/** A search hit for tests. */
export function hitRow(part: Omit<Partial<SearchHit>, 'sessionId'> & { sessionId: string; index: number }): SearchHit {
  return {
    role: 'assistant',
    at: null,
    toolName: null,
    snippet: 'the same \u0001idempotency\u0002 \u0001key\u0002',
    title: part.sessionId,
    projectId: null,
    workerId: null,
    ...part,
    sessionId: part.sessionId as SessionId,
  };
}

/** A session that was found by its title. */
export function titleRow(part: Omit<Partial<TitleHit>, 'sessionId'> & { sessionId: string; title: string }): TitleHit {
  return {
    projectId: null,
    workerId: null,
    lastAt: 0,
    snippet: part.title,
    ...part,
    sessionId: part.sessionId as SessionId,
  };
}

/** The index as it is when everything was read. */
export const indexRow: IndexState = {
  state: 'up-to-date',
  folders: ['/home/user/.claude/projects'],
  filesDone: 12,
  filesTotal: 12,
  bytesDone: 4_000_000,
  bytesTotal: 4_000_000,
  sessions: 12,
  records: 5_200,
  skippedLines: 0,
  problem: null,
  rebuilt: null,
};
