import { describe, expect, it } from 'vitest';
import type { AppEvent } from '../../shared/events.ts';
import type { WorkerId } from '../../shared/ids.ts';
import { roleRow, ruleRow, workerRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
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

  it('keeps rules and roles by their names, and what is spent whole', () => {
    const before = rowsOf(fixtureState(now));
    const rule = ruleRow(now, { id: 'r-new', rule: 'Bash(ls *)' });
    const withRule = applyEvent(before, { seq: 101, at: now, type: 'rule.changed', rule });
    expect(withRule?.rules['r-new']).toBe(rule);
    const without = applyEvent(withRule ?? before, { seq: 102, at: now, type: 'rule.removed', id: rule.id });
    expect(without?.rules['r-new']).toBeUndefined();
    const role = roleRow({ name: 'reviewer', title: 'Second reader', changed: true });
    expect(applyEvent(before, { seq: 101, at: now, type: 'role.changed', role })?.roles.reviewer).toBe(role);
    expect(applyEvent(before, { seq: 101, at: now, type: 'role.removed', name: 'reviewer' })?.roles).not.toHaveProperty(
      'reviewer',
    );
    const spending = { day: '2026-11-22', today: { tokens: 0, costUsd: 0, workedMs: 0 }, projects: {} };
    expect(applyEvent(before, { seq: 101, at: now, type: 'spending.changed', spending })?.spending).toBe(spending);
  });
});
