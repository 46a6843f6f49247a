import type { SessionRecord } from '../../../shared/sessions.ts';
import type { SessionFacts } from './session-facts.ts';

/** Folders and sessions of projects and workers, for filters. */
export interface Places {
  /** Sessions whose folder is one of `folders` or below, unless a deeper one of `others` has it; and the named ones. */
  project?: { folders: string[]; others: string[]; sessionIds: string[]; otherSessionIds: string[] };
  /** Sessions of one worker. */
  worker?: string[];
}

/** What a search, a list of sessions or their usage is narrowed to. */
export interface Filter {
  branch?: string | undefined;
  model?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  role?: SessionRecord['role'] | undefined;
  tool?: string | undefined;
  path?: string | undefined;
  minCostUsd?: number | undefined;
}

/** A session as the index keeps it. */
export interface StoredSession {
  sessionId: string;
  facts: SessionFacts;
}

/** A session as the reader holds it in memory. */
export interface Known extends StoredSession {
  id: number;
}
