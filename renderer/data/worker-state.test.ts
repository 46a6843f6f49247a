import { describe, expect, it } from 'vitest';
import { fixtureState, workerRow } from '../testing/fixture-state.ts';
import { rowsOf } from './apply-event.ts';
import { byUrgency, inboxMark, inboxOf, isOnBoard, isUnread, markOf, totalsOf } from './worker-state.ts';

const now = 1_700_000_000_000;
const minute = 60_000;

describe('byUrgency', () => {
  it('orders late, failed, needs you, working, idle, queued', () => {
    const names = fixtureState(now)
      .workers.filter((worker) => isOnBoard(worker, {}, now))
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

describe('inboxOf', () => {
  it('holds requests and failures, the late one first, and nothing that is decided', () => {
    const items = inboxOf(rowsOf(fixtureState(now)), {}, now);
    expect(items.map((item) => item.id)).toEqual(['a-question', 'e2e-flakes', 'a-command', 'a-edit']);
    expect(items.map((item) => inboxMark(item, now))).toEqual(['late', 'failed', 'needs', 'needs']);
  });

  it('leaves out a failure that was put aside, until it fails again', () => {
    const rows = rowsOf(fixtureState(now));
    const ids = (asideAt: number) => inboxOf(rows, { 'e2e-flakes': asideAt }, now).map((item) => item.id);
    expect(ids(now - 8 * minute)).not.toContain('e2e-flakes');
    expect(ids(now - 10 * minute)).toContain('e2e-flakes');
  });

  it('shows a worker that waits without a request of its own', () => {
    const worker = workerRow(now, { name: 'w', state: 'waiting', waitingFor: 'limit' });
    const rows = { ...rowsOf(fixtureState(now)), approvals: {}, workers: { w: worker } };
    expect(inboxOf(rows, {}, now)).toMatchObject([{ kind: 'limit', id: 'w' }]);
  });
});

describe('totalsOf', () => {
  it('counts processes and the queue apart, and sums what was active today', () => {
    const state = fixtureState(now);
    const totals = totalsOf(state.workers, now - 3_600_000);
    expect(totals.running).toBe(6);
    expect(totals.queued).toBe(1);
    const yesterday = workerRow(now, { name: 'old', lastActivityAt: now - 7_200_000 });
    expect(totalsOf([yesterday], now - 3_600_000).costTodayUsd).toBe(0);
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
