/** Tokens of one model message. */
export interface MessageTokens {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/**
 * What a worker did, whichever way it was learned: its structured stream, its hooks or its transcript. Everything else
 * the CLI says is left out here, so that a newer CLI's additions change nothing.
 */
export type ClaudeFact =
  /** The process answers. */
  | { type: 'ready'; version: string | null }
  /** A turn has begun. */
  | { type: 'turn-started'; model: string | null; version: string | null }
  | { type: 'activity-state'; state: 'running' | 'requires_action' | 'idle' }
  /** The session goes on under another id (`/clear`). */
  | { type: 'session-changed'; sessionId: string }
  /** All the text of the block that is being written; empty when it is done. */
  | { type: 'partial-text'; text: string }
  | { type: 'prompt'; text: string; at: number | null }
  | { type: 'text'; text: string; parentToolUseId: string | null; at: number | null }
  | { type: 'thinking'; text: string; parentToolUseId: string | null; at: number | null }
  | {
      type: 'tool-started';
      toolUseId: string;
      name: string;
      input: Record<string, unknown>;
      parentToolUseId: string | null;
      at: number | null;
    }
  | { type: 'tool-ended'; toolUseId: string; failed: boolean; output: string; at: number | null }
  /** An interactive worker is about to use a tool, or has used it: what it does now. The transcript has the rest. */
  | { type: 'tool-announced'; toolName: string; input: Record<string, unknown> }
  | { type: 'tool-reported'; toolName: string; input: Record<string, unknown> }
  | { type: 'tokens'; messageId: string; tokens: MessageTokens; model: string | null }
  | {
      type: 'permission-asked';
      requestId: string;
      toolName: string;
      toolUseId: string | null;
      input: Record<string, unknown>;
      reason: string | null;
    }
  | { type: 'permission-cancelled'; requestId: string }
  | { type: 'retrying'; attempt: number; attempts: number; delayMs: number; status: number | null; error: string }
  | { type: 'compacting' }
  | { type: 'compacted'; before: number | null; after: number | null }
  | {
      type: 'turn-ended';
      outcome: 'completed' | 'interrupted' | 'failed' | 'limit';
      text: string | null;
      durationMs: number | null;
      /** Running total of the process in US dollars, not of the turn. */
      totalCostUsd: number | null;
      tokens: MessageTokens | null;
      problem: Problem | null;
    }
  | { type: 'context'; percent: number; tokens: number | null }
  | { type: 'cost'; totalUsd: number }
  | { type: 'control-failed'; requestId: string; message: string }
  /** The session is over by its own doing (`/exit`, end of input). */
  | { type: 'session-ended'; reason: string };

/** Why a turn or a process failed, as far as a user can act on it. */
export interface Problem {
  code:
    | 'AUTH'
    | 'RATE_LIMITED'
    | 'OVERLOADED'
    | 'MODEL_NOT_FOUND'
    | 'BILLING'
    | 'NETWORK'
    | 'API_ERROR'
    | 'NOT_LOGGED_IN'
    | 'SESSION_IN_USE'
    | 'SESSION_GONE'
    | 'CRASHED';
  /** One sentence: what happened and what to do. */
  sentence: string;
}
