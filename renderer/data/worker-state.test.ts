import { describe, expect, it } from 'vitest';
import { inboxOf } from '../../shared/inbox-items.ts';
import { workerRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { byUrgency, inboxSum, isOnBoard, isUnread, markOf, totalsOf } from './worker-state.ts';

const now = 1_700_000_000_000;
const minute = 60_000;

describe('byUrgency', () => {
  it('orders late, failed, needs you, working, idle, queued', () => {
    const names = fixtureState(now)
      .workers.filter(isOnBoard)
      .sort(byUrgency(now))
      .map((worker) => worker.name);
    expect(names).toEqual([
      'checkout-a11y',
      'e2e-flakes',
      'invoice-totals',
      'webhook-signing',
      'berth-calendar',
      'rate-limiter',
      'log-masking',
      'api-docs',
    ]);
  });
});

describe('markOf', () => {
  it('becomes late after ten minutes of waiting', () => {
    const worker = workerRow(now, { name: 'w', state: 'waiting', stateChangedAt: now });
    expect(markOf(worker, now + 10 * minute - 1)).toBe('needs');
    expect(markOf(worker, now + 10 * minute)).toBe('late');
  });

  it('tells stopped from done and from failed', () => {
    const ended = (outcome: 'done' | 'stopped' | 'failed' | 'limit') =>
      markOf(workerRow(now, { name: 'w', state: 'ended', outcome }), now);
    expect([ended('done'), ended('stopped'), ended('failed'), ended('limit')]).toEqual([
      'done',
      'stopped',
      'failed',
      'failed',
    ]);
  });
});

describe('isOnBoard', () => {
  it('keeps what ended with a trouble until somebody has dealt with it', () => {
    const failed = fixtureState(now).workers.find(({ name }) => name === 'e2e-flakes');
    if (!failed) throw new Error('no e2e-flakes');
    expect(isOnBoard(failed)).toBe(true);
    expect(isOnBoard({ ...failed, troubles: [] })).toBe(false);
  });
});

describe('inboxSum', () => {
  const { workers, approvals, projects } = fixtureState(now);
  const sum = (rows: Partial<Parameters<typeof inboxOf>[0]>, lateMs?: number) =>
    inboxSum(inboxOf({ workers, approvals, projects, ...rows }, now), now, lateMs);

  it('counts what is not snoozed, and names the worst', () => {
    expect(sum({})).toEqual({ count: 4, worst: 'late', oldestAt: now - 17 * minute, snoozed: 0 });
    const snoozed = approvals.map((approval) => ({ ...approval, snoozedUntil: now + 1 }));
    expect(sum({ approvals: snoozed })).toEqual({ count: 1, worst: 'failed', oldestAt: now - 9 * minute, snoozed: 3 });
    const over = approvals.map((approval) => ({ ...approval, snoozedUntil: now }));
    expect(sum({ approvals: over }).snoozed).toBe(0);
  });

  it('calls late what waits longer than the user wants', () => {
    expect(sum({ workers: [] }, 17 * minute + 1).worst).toBe('needs');
    expect(sum({ workers: [] }, 17 * minute).worst).toBe('late');
  });

  it('is calm about what is only worth knowing', () => {
    const worker = workerRow(now, {
      name: 'w',
      troubles: [{ kind: 'retry', since: now - 60 * minute, text: 'Overloaded', fix: null, snoozedUntil: null }],
    });
    expect(sum({ approvals: [], workers: [worker] }).worst).toBe('info');
    expect(sum({ approvals: [], workers: [] }).worst).toBeNull();
  });
});

describe('totalsOf', () => {
  it('counts processes and the queue apart; what was spent comes from the ledger', () => {
    const state = fixtureState(now);
    expect(totalsOf(state.workers, state.spending)).toEqual({
      running: 6,
      queued: 1,
      tokensToday: 6_420_000,
      costTodayUsd: 19.71,
    });
    expect(totalsOf([], null).costTodayUsd).toBe(0);
  });
});

describe('isUnread', () => {
  it('is about what a person would want to see, since it was last looked at', () => {
    const idle = workerRow(now, { name: 'w', state: 'idle', stateChangedAt: now });
    expect(isUnread(idle, now - 1)).toBe(true);
    expect(isUnread(idle, now)).toBe(false);
    expect(isUnread({ ...idle, state: 'working' }, now - 1)).toBe(false);
    expect(isUnread({ ...idle, state: 'ended', outcome: 'stopped' }, now - 1)).toBe(false);
  });
});
