import { describe, expect, it } from 'vitest';
import { splitToken } from './token.ts';

describe('splitToken', () => {
  it.each([
    ['#token=abc', 'abc', ''],
    ['#token=a%2Bb', 'a+b', ''],
    ['#/worker/x/facts?token=abc', 'abc', '#/worker/x/facts'],
    ['#/board', null, '#/board'],
    ['', null, ''],
  ])('%s', (fragment, token, rest) => {
    expect(splitToken(fragment)).toEqual({ token, rest });
  });
});
