import { describe, expect, it } from 'vitest';
import type { Worker } from '../../shared/workers.ts';
import { workerRow } from '../testing/fixture-rows.ts';
import { countdownWords, healthIsNews, limitText, noticesOf } from './worker-notices.ts';

const now = Date.UTC(2026, 10, 21, 12);
const row = (part: Partial<Worker>) => workerRow(now, { name: 'a', ...part });
const trouble = (kind: Worker['troubles'][number]['kind'], text: string, fix: string | null = null) => ({
  kind,
  since: now,
  text,
  fix,
  snoozedUntil: null,
});

describe('noticesOf', () => {
  it('says nothing of a worker that is well', () => {
    expect(noticesOf(row({ state: 'working', contextPercent: 89 }), now)).toEqual([]);
  });

  it('counts down to the next attempt, and lets it be stopped', () => {
    const retry = { status: 529, error: 'Overloaded', attempt: 3, attempts: 10, nextAt: now + 9000 };
    expect(noticesOf(row({ state: 'working', retry }), now)).toMatchObject([
      {
        tone: 'needs',
        text: 'The API refuses for now (529): Overloaded.',
        countdown: { to: now + 9000, before: 'Tries again in', now: 'Trying again', after: 'attempt 3 of 10' },
        actions: ['stop-trying'],
      },
    ]);
  });

  it('says at once that trying again does not help without a credential, and says it once', () => {
    const retry = { status: 401, error: 'invalid x-api-key', attempt: 1, attempts: 10, nextAt: now + 500 };
    const notices = noticesOf(row({ state: 'working', retry, troubles: [trouble('login', 'No key')] }), now);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ tone: 'failed', fix: expect.stringContaining('will not help') });
  });

  it('leads to the limit that was reached: its own, the project’s, the day’s', () => {
    const at = (text: string) =>
      noticesOf(row({ state: 'waiting', waitingFor: 'limit', troubles: [trouble('limit', text)] }), now)[0]?.actions;
    expect(at('It has used $6.00 of $6.00.')).toEqual(['raise-limit']);
    expect(at('Project tideline has used $6.00 of $6.00.')).toEqual(['project-limits']);
    expect(at('Today $40.00 of $40.00 are used.')).toEqual(['day-limits']);
  });

  it('offers to wait no longer for a resume, or not to have it', () => {
    const recovery = { attempts: 1, nextAt: now + 5000, history: [] };
    const ended = row({ state: 'ended', outcome: 'failed', endCode: 'CRASHED', endReason: 'It crashed.', recovery });
    expect(noticesOf(ended, now)).toMatchObject([
      { text: 'It crashed.', countdown: { after: 'attempt 2 of 3' }, actions: ['resume-now', 'do-not-resume'] },
    ]);
    expect(noticesOf({ ...ended, recovery: { ...recovery, attempts: 3, nextAt: null } }, now)).toMatchObject([
      { fix: 'It was resumed by itself 3 times in vain.', countdown: null, actions: ['resume'] },
    ]);
  });

  it('says what a login needs, and raises the limit of what ended at one', () => {
    const login = row({
      state: 'ended',
      outcome: 'failed',
      endCode: 'AUTH',
      endReason: 'The API wants a credential.',
      troubles: [trouble('login', 'The API wants a credential.', 'Log in with "claude", then resume.')],
    });
    expect(noticesOf(login, now)).toMatchObject([
      { fix: 'Log in with "claude", then resume.', actions: ['resume', 'set-aside'] },
    ]);
    const limit = row({ state: 'ended', outcome: 'limit', endCode: 'LIMIT', endReason: 'It has used $1 of $1.' });
    expect(noticesOf(limit, now)[0]?.actions).toEqual(['raise-limit', 'resume']);
    expect(noticesOf(row({ state: 'ended', outcome: 'done' }), now)[0]).toMatchObject({ tone: 'plain' });
  });

  it('puts what holds it up before what is worth knowing', () => {
    const worker = row({
      state: 'working',
      healthReason: 'no output for 9 min, child npm test at 0 % CPU',
      contextPercent: 93,
      troubles: [trouble('limit-warning', 'It has used $5.00 of $6.00.'), trouble('stall', 'stalled')],
    });
    expect(noticesOf(worker, now).map(({ id }) => id)).toEqual(['stall', 'context', 'limit-warning']);
    expect(noticesOf(worker, now)[0]?.text).toContain('child npm test at 0 % CPU');
  });
});

it('counts down in whole seconds and never below zero', () => {
  expect([-5, 0, 400, 1000, 59_001, 64_000].map(countdownWords)).toEqual([
    '0 s',
    '0 s',
    '1 s',
    '1 s',
    '1 m 00 s',
    '1 m 04 s',
  ]);
});

it('says which limit holds a worker up, and says what is unwell once', () => {
  const limit = [trouble('limit', 'It cost $0.18 of the $0.05 it may.')];
  expect(limitText(row({ state: 'waiting', waitingFor: 'limit', troubles: limit }))).toBe(limit[0]?.text);
  expect(limitText(row({ state: 'waiting', waitingFor: 'approval', troubles: limit }))).toBeUndefined();
  const degraded = row({ state: 'working', health: 'degraded', healthReason: 'no output for 40 s' });
  expect(healthIsNews(degraded)).toBe(true);
  expect(healthIsNews({ ...degraded, troubles: [trouble('stall', 'stalled')] })).toBe(false);
  expect(healthIsNews({ ...degraded, state: 'ended' })).toBe(false);
  const retry = { status: 429, error: 'rate_limit', attempt: 1, attempts: 2, nextAt: now };
  expect(healthIsNews({ ...degraded, retry })).toBe(false);
  expect(noticesOf({ ...degraded, retry }, now)[0]?.text).toBe('The API refuses for now (429): rate limit.');
});
