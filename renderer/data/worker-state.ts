import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import type { ById, Rows } from './apply-event.ts';

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

/** A worker that waits for a person longer than this is late. */
export const lateAfterMs = 10 * 60_000;

/** The mark of a worker at a moment. */
export function markOf(worker: Worker, now: number): Mark {
  switch (worker.state) {
    case 'waiting':
      return now - worker.stateChangedAt >= lateAfterMs ? 'late' : 'needs';
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
  return (a, b) => {
    const markA = markOf(a, now);
    const markB = markOf(b, now);
    if (markA !== markB) return (rank.get(markA) ?? 0) - (rank.get(markB) ?? 0);
    if (markA === 'late' || markA === 'needs') return a.stateChangedAt - b.stateChangedAt;
    if (markA === 'queued') return (a.queuePosition ?? 0) - (b.queuePosition ?? 0);
    if (a.state === 'ended') return (b.endedAt ?? 0) - (a.endedAt ?? 0);
    return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
  };
}

/** A failed worker asks for a person until it was looked at and put aside, resumed or a day has passed. */
export const failedFreshMs = 24 * 3_600_000;

/** Whether a worker belongs on the board: alive, or failed and not yet put aside. */
export function isOnBoard(worker: Worker, aside: Readonly<Record<string, number>>, now: number): boolean {
  if (isLive(worker)) return true;
  return isOpenFailure(worker, aside, now);
}

/** Whether a worker failed and nobody has dealt with it. */
export function isOpenFailure(worker: Worker, aside: Readonly<Record<string, number>>, now: number): boolean {
  if (worker.state !== 'ended' || (worker.outcome !== 'failed' && worker.outcome !== 'limit')) return false;
  const endedAt = worker.endedAt ?? worker.stateChangedAt;
  return now - endedAt < failedFreshMs && (aside[worker.id] ?? 0) < endedAt;
}

/** Something in the inbox: a request to decide, or a worker that failed or waits without a request of its own. */
export type InboxItem =
  | { kind: 'approval'; id: string; at: number; approval: Approval; worker: Worker | undefined }
  | { kind: 'failure'; id: string; at: number; worker: Worker }
  | { kind: 'limit'; id: string; at: number; worker: Worker };

/** What waits for a person, most urgent first. */
export function inboxOf(rows: Rows, aside: Readonly<Record<string, number>>, now: number): InboxItem[] {
  const items: InboxItem[] = [];
  const asking = new Set<string>();
  for (const approval of Object.values(rows.approvals)) {
    if (approval.state !== 'waiting') continue;
    asking.add(approval.workerId);
    items.push({
      kind: 'approval',
      id: approval.id,
      at: approval.createdAt,
      approval,
      worker: rows.workers[approval.workerId],
    });
  }
  for (const worker of Object.values(rows.workers)) {
    if (isOpenFailure(worker, aside, now)) {
      items.push({ kind: 'failure', id: worker.id, at: worker.endedAt ?? worker.stateChangedAt, worker });
    } else if (worker.state === 'waiting' && !asking.has(worker.id)) {
      items.push({ kind: 'limit', id: worker.id, at: worker.stateChangedAt, worker });
    }
  }
  const weight = (item: InboxItem): number => {
    if (item.kind === 'failure') return 1;
    return now - item.at >= lateAfterMs ? 0 : 2;
  };
  return items.sort((a, b) => weight(a) - weight(b) || a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** The mark of an inbox item. */
export function inboxMark(item: InboxItem, now: number): Mark {
  if (item.kind === 'failure') return 'failed';
  return now - item.at >= lateAfterMs ? 'late' : 'needs';
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

/** What the top bar sums up: live processes, the queue, and the usage of all workers that were active since midnight. */
export function totalsOf(workers: readonly Worker[], midnightAt: number): Totals {
  const totals: Totals = { running: 0, queued: 0, tokensToday: 0, costTodayUsd: 0 };
  for (const worker of workers) {
    if (worker.state === 'queued') totals.queued += 1;
    else if (isLive(worker)) totals.running += 1;
    if (Math.max(worker.lastActivityAt, worker.endedAt ?? 0) < midnightAt) continue;
    const { usage } = worker;
    totals.tokensToday += usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    totals.costTodayUsd += usage.costUsd;
  }
  return totals;
}

/** Whether something happened to a worker since it was last looked at that a person would want to see. */
export function isUnread(worker: Worker, seenAt: number): boolean {
  if (worker.state !== 'waiting' && worker.state !== 'idle' && worker.state !== 'ended') return false;
  if (worker.state === 'ended' && worker.outcome === 'stopped') return false;
  return worker.stateChangedAt > seenAt;
}
