import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { ordinal, plural } from '../ui/format.ts';

/** The state of a worker in a few words; `at` is the moment the words count from. */
export interface StateWords {
  before: string;
  at: number | null;
  after: string;
}

const endedWords = { done: 'done', stopped: 'stopped', failed: 'failed', limit: 'limit reached' } as const;

/** "working for 21 m", "asks for 2 m", "failed 9 m ago", "1st in queue". */
export function stateWords(worker: Worker, short = false): StateWords {
  const at = worker.stateChangedAt;
  switch (worker.state) {
    case 'queued':
      return {
        before: worker.queuePosition ? `${ordinal(worker.queuePosition)} in queue` : 'queued',
        at: null,
        after: '',
      };
    case 'preparing':
      return { before: 'preparing for', at, after: '' };
    case 'starting':
      return { before: 'starting for', at, after: '' };
    case 'working':
      return { before: short ? 'for' : 'working for', at, after: '' };
    case 'waiting':
      return { before: worker.waitingFor === 'limit' ? 'limit reached for' : 'asks for', at, after: '' };
    case 'idle':
      return { before: 'idle for', at, after: '' };
    case 'unknown':
      return { before: 'unknown for', at, after: '' };
    case 'ended':
      return { before: endedWords[worker.outcome ?? 'done'], at: worker.endedAt ?? at, after: 'ago' };
  }
}

/** Why a worker ended, in words a person can act on. */
export function endWords(worker: Worker): string {
  if (worker.endReason) return worker.endReason;
  if (worker.endCode) return worker.endCode.toLowerCase().replaceAll('_', ' ');
  return `It ended: ${worker.evidence}.`;
}

/** What a waiting worker asks, in one line. */
export function askWords(worker: Worker, approval: Approval | undefined): string {
  if (approval) return approval.summary;
  if (worker.waitingFor === 'limit')
    return worker.activity?.text ?? 'A limit was reached. Raise it or stop the worker.';
  return worker.activity?.text ?? `Waits for you: ${worker.evidence}.`;
}

/** What to say of a worker that does nothing just now. */
export function quietWords(worker: Worker): string {
  if (worker.state === 'idle') {
    const files = worker.changes?.files ?? 0;
    return `${worker.turns > 0 ? 'Turn ended' : 'Ready for a first prompt'}${files > 0 ? `, ${plural(files, 'file')} changed` : ''}`;
  }
  if (worker.state === 'queued') return 'Waits for a free place';
  if (worker.state === 'preparing') return 'Its worktree is being made';
  if (worker.state === 'starting') return 'Claude Code is starting';
  return worker.evidence;
}
