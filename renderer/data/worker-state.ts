import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import { isSnoozed } from '../../shared/inbox-items.ts';
import type { Spending } from '../../shared/limits.ts';
import type { Worker } from '../../shared/workers.ts';
import type { ById } from './apply-event.ts';
import { useStore } from './store.ts';

/** How a worker is shown: its state as one of the marks. */
export const markNames = [
  'late',
  'failed',
  'needs',
  'working',
  'starting',
  'unknown',
  'idle',
  'queued',
  'done',
  'stopped',
] as const;
export type Mark = (typeof markNames)[number];

/** What waits for a person longer than this is late, in milliseconds: the user's own setting. */
export function lateAfterMs(): number {
  return (useStore.getState().rows.settings?.values.lateSeconds ?? 600) * 1000;
}

/** The mark of a worker at a moment. */
export function markOf(worker: Worker, now: number, lateMs = lateAfterMs()): Mark {
  switch (worker.state) {
    case 'waiting':
      return now - worker.stateChangedAt >= lateMs ? 'late' : 'needs';
    case 'working':
      return 'working';
    case 'preparing':
    case 'starting':
      return 'starting';
    case 'idle':
      return 'idle';
    case 'queued':
      return 'queued';
    case 'unknown':
      return 'unknown';
    case 'ended':
      if (worker.outcome === 'done') return 'done';
      return worker.outcome === 'stopped' ? 'stopped' : 'failed';
  }
}

/** Whether a worker has a process or will get one. */
export function isLive(worker: Worker): boolean {
  return worker.state !== 'ended';
}

const rank = new Map<Mark, number>(markNames.map((mark, index) => [mark, index]));

/** Order of all lists: what waits longest first, then failed, working, idle, queued; inside a group nothing moves by itself. */
export function byUrgency(now: number): (a: Worker, b: Worker) => number {
  const lateMs = lateAfterMs();
  return (a, b) => {
    const markA = markOf(a, now, lateMs);
    const markB = markOf(b, now, lateMs);
    if (markA !== markB) return (rank.get(markA) ?? 0) - (rank.get(markB) ?? 0);
    if (markA === 'late' || markA === 'needs') return a.stateChangedAt - b.stateChangedAt;
    if (markA === 'queued') return (a.queuePosition ?? 0) - (b.queuePosition ?? 0);
    if (a.state === 'ended') return (b.endedAt ?? 0) - (a.endedAt ?? 0);
    return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
  };
}

/** Whether a worker belongs on the board: alive, or ended with something that nobody has dealt with yet. */
export function isOnBoard(worker: Worker): boolean {
  return isLive(worker) || worker.troubles.length > 0;
}

const failedKinds: readonly InboxItem['kind'][] = ['login', 'setup', 'crash', 'failed'];

/** The mark of an inbox item; what is only worth knowing has none of its own. */
export function inboxMark(item: InboxItem, now: number, lateMs = lateAfterMs()): 'late' | 'failed' | 'needs' | 'info' {
  if (failedKinds.includes(item.kind)) return 'failed';
  if (item.urgency === 'info') return 'info';
  return isLate(item, now, lateMs) ? 'late' : 'needs';
}

/** Whether a person let an item wait too long. */
export function isLate(item: Pick<InboxItem, 'since' | 'urgency'>, now: number, lateMs = lateAfterMs()): boolean {
  return item.urgency !== 'info' && now - item.since >= lateMs;
}

export interface InboxSum {
  /** What waits and is not snoozed: the number that rail, title, top bar, badge and tray all show. */
  count: number;
  /** The worst mark among those. */
  worst: 'late' | 'failed' | 'needs' | 'info' | null;
  oldestAt: number | null;
  snoozed: number;
}

const severity = ['late', 'failed', 'needs', 'info'] as const;

/** What an inbox comes to, for everything that shows it in a word. */
export function inboxSum(items: readonly InboxItem[], now: number, lateMs = lateAfterMs()): InboxSum {
  const sum: InboxSum = { count: 0, worst: null, oldestAt: null, snoozed: 0 };
  for (const item of items) {
    if (isSnoozed(item, now)) {
      sum.snoozed += 1;
      continue;
    }
    sum.count += 1;
    if (sum.oldestAt === null || item.since < sum.oldestAt) sum.oldestAt = item.since;
    const mark = inboxMark(item, now, lateMs);
    if (sum.worst === null || severity.indexOf(mark) < severity.indexOf(sum.worst)) sum.worst = mark;
  }
  return sum;
}

/** The oldest waiting request of a worker. */
export function waitingApproval(approvals: ById<Approval>, workerId: string): Approval | undefined {
  let oldest: Approval | undefined;
  for (const approval of Object.values(approvals)) {
    if (approval.workerId !== workerId || approval.state !== 'waiting') continue;
    if (!oldest || approval.createdAt < oldest.createdAt) oldest = approval;
  }
  return oldest;
}

export interface Totals {
  running: number;
  queued: number;
  tokensToday: number;
  costTodayUsd: number;
}

/** What the top bar sums up: live processes, the queue, and what was spent since midnight. */
export function totalsOf(workers: readonly Worker[], spending: Spending | null): Totals {
  const totals: Totals = {
    running: 0,
    queued: 0,
    tokensToday: spending?.today.tokens ?? 0,
    costTodayUsd: spending?.today.costUsd ?? 0,
  };
  for (const worker of workers) {
    if (worker.state === 'queued') totals.queued += 1;
    else if (isLive(worker)) totals.running += 1;
  }
  return totals;
}

/** Whether something happened to a worker since it was last looked at that a person would want to see. */
export function isUnread(worker: Worker, seenAt: number): boolean {
  if (worker.state !== 'waiting' && worker.state !== 'idle' && worker.state !== 'ended') return false;
  if (worker.state === 'ended' && worker.outcome === 'stopped') return false;
  return worker.stateChangedAt > seenAt;
}
