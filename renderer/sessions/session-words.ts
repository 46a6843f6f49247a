import type { LucideIcon } from 'lucide-react';
import { BrainCircuit, CircleUserRound, Info, Sparkles, SquareTerminal } from 'lucide-react';
import type { Session } from '../../shared/sessions.ts';
import type { Worker } from '../../shared/workers.ts';
import { type Mark, markOf } from '../data/worker-state.ts';
import { summarizeTool } from '../workers/tool-summary.ts';
import { type RecordRole, roleNames } from './session-query.ts';

/** The mark of a session: its worker's, else whether a process writes to it. */
export function sessionMark(session: Session, worker: Worker | undefined, now: number): Mark {
  if (worker && worker.sessionId === session.id) return markOf(worker, now);
  return session.state === 'live' ? 'working' : 'done';
}

/** What a session's state means, in words. */
export const stateMeans: Record<Session['state'], string> = {
  live: 'A process writes to it now',
  ended: 'Its transcript is on this machine',
  kept: 'Claude Code deleted its transcript; it is kept here',
};

/** A model without the maker's name and date: "claude-sonnet-4-5-20250929" is "sonnet-4-5". */
export function shortModel(model: string): string {
  return model.replace(/^claude-/, '').replace(/-\d{8}$/, '');
}

/** The last part of a folder. */
export function folderName(path: string): string {
  return (
    path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) || path
  );
}

const roleIcons: Record<Exclude<RecordRole, 'tool'>, LucideIcon> = {
  user: CircleUserRound,
  assistant: Sparkles,
  thinking: BrainCircuit,
  result: SquareTerminal,
  system: Info,
};

/** Who said a record: an icon and words, a tool by its own. */
export function speakerOf(record: { role: RecordRole; toolName: string | null }): { icon: LucideIcon; words: string } {
  if (record.role === 'tool') {
    const tool = summarizeTool(record.toolName ?? 'tool', {}, null);
    return { icon: tool.icon, words: record.toolName ?? 'tool call' };
  }
  const words = {
    ...roleNames,
    assistant: 'answer',
    thinking: 'thought',
    result: record.toolName ? `output of ${record.toolName}` : 'tool output',
    system: 'notice',
  };
  return { icon: roleIcons[record.role], words: words[record.role] };
}

/** Tokens of every kind together. */
export function allTokens(usage: Session['usage']): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}
