import { describe, expect, it } from 'vitest';
import type { AppEvent } from '../../shared/events.ts';
import type { WorkerId } from '../../shared/ids.ts';
import { fixtureState, workerRow } from '../testing/fixture-state.ts';
import { applyEvent, noRows, rowsOf } from './apply-event.ts';

const now = 1_700_000_000_000;

describe('applyEvent', () => {
  it('puts the whole row in place of the old one and leaves the others alone', () => {
    const before = rowsOf(fixtureState(now));
    const worker = workerRow(now, { name: 'rate-limiter', state: 'idle' });
    const after = applyEvent(before, { seq: 101, at: now, type: 'worker.changed', worker });
    expect(after?.workers['rate-limiter']).toBe(worker);
    expect(after?.workers['log-masking']).toBe(before.workers['log-masking']);
    expect(after?.approvals).toBe(before.approvals);
    expect(after?.seq).toBe(101);
  });

  it('takes a row away', () => {
    const before = rowsOf(fixtureState(now));
    const after = applyEvent(before, { seq: 101, at: now, type: 'worker.removed', id: 'csv-export' as WorkerId });
    expect(after?.workers['csv-export']).toBeUndefined();
    expect(before.workers['csv-export']).toBeDefined();
  });

  it('ignores an event it has already applied', () => {
    const before = rowsOf(fixtureState(now));
    const event: AppEvent = { seq: 100, at: now, type: 'worker.removed', id: 'csv-export' as WorkerId };
    expect(applyEvent(before, event)).toBe(before);
  });

  it('says that one is missing in between', () => {
    const event: AppEvent = { seq: 2, at: now, type: 'worker.removed', id: 'x' as WorkerId };
    expect(applyEvent(noRows, event)).toBeNull();
  });
});
