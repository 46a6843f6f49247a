import { describe, expect, it } from 'vitest';
import { daysUpTo, isInSight, parseUsage, type UsagePoint, usageCsv, usageText } from './usage-rows.ts';

const point = (part: Partial<UsagePoint>): UsagePoint => ({
  key: 'k',
  label: 'tideline-api',
  sessions: 3,
  usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, costUsd: 0.1 + 0.2 },
  ...part,
});

describe('usage as CSV', () => {
  it('has a heading and a line for each row', () => {
    expect(usageCsv('project', [point({})])).toBe(
      'project,id,sessions,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cost_usd\r\ntideline-api,k,3,1,2,3,4,0.3\r\n',
    );
  });

  it('keeps names with commas, quotes and formulas as text', () => {
    const csv = usageCsv('worker', [point({ label: 'a, "b"' }), point({ label: '=cmd()' })]);
    expect(csv).toContain('\r\n"a, ""b""",k');
    expect(csv).toContain("\r\n'=cmd(),k");
  });
});

describe('days', () => {
  it('are there without gaps, by calendar', () => {
    const days = daysUpTo(new Date(2026, 2, 30, 12).getTime(), 3);
    expect(days.map(({ key }) => key)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect(days.map(({ at }) => new Date(at).getHours())).toEqual([0, 0, 0]);
  });
});

describe('a view of usage as a link', () => {
  it('is read back as it was', () => {
    expect(usageText(parseUsage('by=model&days=90&measure=tokens'))).toBe('by=model&days=90&measure=tokens');
    expect(usageText(parseUsage('by=nothing&days=5'))).toBe('');
  });
});

it('a limit is drawn where the days can still be seen beside it', () => {
  expect(isInSight(40, [0.4, 12, 3])).toBe(true);
  expect(isInSight(40, [0.4, 9])).toBe(false);
  expect(isInSight(1, [0.4, 9])).toBe(true);
  expect(isInSight(40, [0, 0])).toBe(true);
  expect(isInSight(40, [])).toBe(true);
});
