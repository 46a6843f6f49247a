import { describe, expect, it } from 'vitest';
import { limitUse } from '../../shared/limit-use.ts';
import { workerRow } from '../testing/fixture-rows.ts';
import { draftOf, leftWords, limitsOf, limitsWords, limitTone, spentOf } from './limit-words.ts';

const now = Date.UTC(2026, 10, 21, 12);

describe('what a worker spent', () => {
  it('counts every token once and the present stretch of work', () => {
    const usage = { inputTokens: 1, outputTokens: 20, cacheReadTokens: 300, cacheWriteTokens: 4000, costUsd: 0.5 };
    const worker = workerRow(now, { name: 'a', usage, workedMs: 60_000, stateChangedAt: now - 5000 });
    expect(spentOf(worker, now)).toEqual({ tokens: 4321, costUsd: 0.5, workedMs: 60_000 });
    expect(spentOf({ ...worker, state: 'working' }, now).workedMs).toBe(65_000);
    expect(spentOf({ ...worker, state: 'waiting' }, now).workedMs).toBe(60_000);
  });
});

describe('limits in words', () => {
  it('says what is left', () => {
    const [use] = limitUse({ costUsd: 6 }, { tokens: 0, costUsd: 3.84, workedMs: 0 });
    expect(use && leftWords(use)).toBe('$2.16 left of $6.00');
    const [over] = limitUse({ timeoutSeconds: 600 }, { tokens: 0, costUsd: 0, workedMs: 700_000 });
    expect(over && leftWords(over)).toBe('10 m used up');
  });
  it('says all of them, and what happens then', () => {
    expect(limitsWords({})).toBeNull();
    expect(limitsWords({ onLimit: 'stop' })).toBeNull();
    expect(limitsWords({ costUsd: 6, tokens: 2_000_000, timeoutSeconds: 7200 })).toBe(
      '$6.00, 2.00 M tokens, 2 h 00 m, then pauses after the turn',
    );
    expect(limitsWords({ costUsd: 6, onLimit: 'stop' })).toBe('$6.00, then stops at once');
  });
  it('turns amber at the share the user chose, and red when reached', () => {
    expect([0.5, 0.8, 0.99, 1, 1.4].map((part) => limitTone(part, 80))).toEqual([
      'plain',
      'warn',
      'warn',
      'reached',
      'reached',
    ]);
    expect(limitTone(0.6, 50)).toBe('warn');
  });
});

describe('limits that are typed', () => {
  const typed = (part: Partial<ReturnType<typeof draftOf>>) => limitsOf({ ...draftOf({}), ...part });
  it.each([
    [{ costUsd: '4' }, { costUsd: 4, onLimit: 'pause' }],
    [{ costUsd: '$2,50' }, { costUsd: 2.5, onLimit: 'pause' }],
    [{ tokens: '500k' }, { tokens: 500_000, onLimit: 'pause' }],
    [{ tokens: '1.5 M' }, { tokens: 1_500_000, onLimit: 'pause' }],
    [{ tokens: '1,000,000' }, { tokens: 1_000_000, onLimit: 'pause' }],
    [{ time: '90' }, { timeoutSeconds: 5400, onLimit: 'pause' }],
    [{ time: '1h 30m' }, { timeoutSeconds: 5400, onLimit: 'pause' }],
    [
      { time: '45 s', onLimit: 'stop' as const },
      { timeoutSeconds: 45, onLimit: 'stop' },
    ],
    [{}, {}],
  ])('%o', (draft, limits) => expect(typed(draft)).toEqual({ limits }));
  it.each([
    [{ costUsd: '-1' }, 'costUsd'],
    [{ costUsd: 'four' }, 'costUsd'],
    [{ tokens: '0' }, 'tokens'],
    [{ tokens: '5G' }, 'tokens'],
    [{ time: 'soon' }, 'time'],
    [{ time: '0m' }, 'time'],
    [{ time: '9000h' }, 'time'],
  ])('%o is wrong', (draft, field) => expect(typed(draft)).toMatchObject({ field }));
  it('comes back as it was', () => {
    for (const limits of [
      {},
      { costUsd: 0.25, onLimit: 'stop' as const },
      { tokens: 1_234, timeoutSeconds: 5425, onLimit: 'pause' as const },
    ]) {
      expect(limitsOf(draftOf(limits))).toEqual({ limits });
    }
  });
});
