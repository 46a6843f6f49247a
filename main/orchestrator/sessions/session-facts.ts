import type { MessageTokens } from '../claude/facts.ts';

/** What the index knows of a session; whose it is and what a person said about it is known elsewhere. */
export interface SessionFacts {
  titles: { custom: string | null; ai: string | null; prompt: string | null };
  cwd: string | null;
  branch: string | null;
  model: string | null;
  version: string | null;
  forkedFrom: string | null;
  startedAt: number;
  lastAt: number;
  turns: number;
  records: number;
  messages: number;
  usage: MessageTokens & { costUsd: number };
  tools: Record<string, number>;
  files: string[];
  /** Sub-agents, by their ids. */
  agents: string[];
  compactions: number;
  skipped: number;
  unknown: number;
  /** Ids of its first and last record. */
  firstId: number;
  lastId: number;
  /** Place of the newest record that is no sub-agent's. */
  lastPlace: number;
  /** The process that wrote it has ended: the next prompt is another one's. */
  processEnded: boolean;
  /** The newest message was taken over from another session, whose copy this one began as. */
  copying: boolean;
  /** Place of the first prompt after what was taken over. */
  forkPlace: number;
  /** Tool calls without a result yet: name and file. */
  open: Record<string, [tool: string, path: string | null]>;
  /** All its files are deleted. */
  gone: boolean;
}

export function newSessionFacts(): SessionFacts {
  return {
    titles: { custom: null, ai: null, prompt: null },
    cwd: null,
    branch: null,
    model: null,
    version: null,
    forkedFrom: null,
    startedAt: 0,
    lastAt: 0,
    turns: 0,
    records: 0,
    messages: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
    tools: {},
    files: [],
    agents: [],
    compactions: 0,
    skipped: 0,
    unknown: 0,
    firstId: 0,
    lastId: 0,
    lastPlace: 0,
    processEnded: false,
    copying: false,
    forkPlace: 0,
    open: {},
    gone: false,
  };
}
