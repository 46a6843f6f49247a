import { describe, expect, it } from 'vitest';
import { findPattern, stepTo } from './find-terms.ts';

const found = (text: string, query: string, mode: 'words' | 'substring' = 'words') =>
  [...text.matchAll(findPattern(query, mode) ?? /$^/g)].map(([match]) => match);

describe('what is marked', () => {
  it('is whole words, phrases and beginnings', () => {
    expect(found('the key, a keyboard; Key_s', 'key')).toEqual(['key', 'Key']);
    expect(found('idempotency  key and key of idempotency', '"idempotency key"')).toEqual(['idempotency  key']);
    expect(found('retry retries return', 'retr*')).toEqual(['retr', 'retr']);
    expect(found('Über übermorgen', 'über*')).toEqual(['Über', 'über']);
  });

  it('is any substring when asked for, signs and all', () => {
    expect(found('createLimiter(a.b)', 'Limiter(a.', 'substring')).toEqual(['Limiter(a.']);
  });

  it('is nothing for nothing', () => {
    expect(findPattern(' "" ** ', 'words')).toBeNull();
    expect(findPattern('  ', 'substring')).toBeNull();
  });
});

describe('next and previous', () => {
  const indexes = [4, 9, 30];
  it('go round', () => {
    expect([stepTo(indexes, 4, 1), stepTo(indexes, 30, 1), stepTo(indexes, 4, -1)]).toEqual([1, 0, 2]);
  });
  it('begin where one looks', () => {
    expect([stepTo(indexes, 5, 1), stepTo(indexes, 5, -1), stepTo(indexes, 31, 1), stepTo(indexes, 1, -1)]).toEqual([
      1, 0, 0, 2,
    ]);
    expect(stepTo([], 5, 1)).toBe(-1);
  });
});
