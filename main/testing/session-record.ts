import type { SessionRecord } from '../../shared/sessions.ts';

/** A record of a session for tests: nothing but what is said of it. */
export function recordRow(part: Partial<SessionRecord> & Pick<SessionRecord, 'index' | 'role'>): SessionRecord {
  return {
    text: '',
    at: null,
    toolName: null,
    toolUseId: null,
    input: null,
    failed: false,
    parentToolUseId: null,
    turn: null,
    boundary: null,
    ...part,
  };
}
