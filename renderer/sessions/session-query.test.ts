import { describe, expect, it } from 'vitest';
import { dateSpan, filterCount, filterOf, parseQuery, queryText, withoutFilters } from './session-query.ts';

const now = new Date(2026, 10, 21, 15, 30).getTime();

describe('a search as a link', () => {
  it('is read back as it was', () => {
    const text = queryText({
      ...parseQuery(''),
      q: '"idempotency key" ret* & 100 %',
      mode: 'substring',
      order: 'best',
      project: 'p-1',
      role: 'tool',
      path: 'src/a b.ts',
      cost: '1.5',
      archived: true,
    });
    expect(queryText(parseQuery(text))).toBe(text);
    expect(parseQuery(text)).toMatchObject({ q: '"idempotency key" ret* & 100 %', role: 'tool', archived: true });
  });

  it('says nothing that goes without saying, and takes nothing it does not know', () => {
    expect(queryText(parseQuery(''))).toBe('');
    expect(queryText(parseQuery('role=nobody&mode=words&order=oldest&x=1'))).toBe('');
  });

  it('counts its filters and lets them go', () => {
    const query = parseQuery('q=a&project=p&date=7&order=best&archived=true');
    expect(filterCount(query)).toBe(3);
    expect(queryText(withoutFilters(query))).toBe('q=a&order=best');
  });
});

describe('dates', () => {
  it('counts days back from today on this machine’s clock', () => {
    expect(dateSpan('1', now)).toEqual({ from: new Date(2026, 10, 21).getTime() });
    expect(dateSpan('7', now)).toEqual({ from: new Date(2026, 10, 15).getTime() });
    // Over the night in which clocks change, wherever that is.
    expect(dateSpan('90', now)).toEqual({ from: new Date(2026, 7, 24).getTime() });
  });

  it('takes two days wholly, or one side', () => {
    expect(dateSpan('2026-11-01..2026-11-07', now)).toEqual({
      from: new Date(2026, 10, 1).getTime(),
      to: new Date(2026, 10, 8).getTime() - 1,
    });
    expect(dateSpan('..2026-11-07', now)).toEqual({ to: new Date(2026, 10, 8).getTime() - 1 });
    expect(dateSpan('nonsense', now)).toEqual({});
  });
});

describe('filters for the contract', () => {
  it('leaves out what is not set and reads a cost with either comma', () => {
    expect(filterOf(parseQuery('q=a'), now)).toEqual({ archived: false });
    expect(filterOf(parseQuery('cost=0,5&tool=Bash'), now)).toEqual({ archived: false, minCostUsd: 0.5, tool: 'Bash' });
    expect(filterOf(parseQuery('cost=much'), now)).toEqual({ archived: false });
  });
});
