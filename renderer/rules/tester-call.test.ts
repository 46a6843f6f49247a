import { describe, expect, it } from 'vitest';
import { callOfLink, emptyCall, inputOf, isAskable, linkOfCall, type TesterCall } from './tester-call.ts';

const call = (part: Partial<TesterCall>): TesterCall => ({ ...emptyCall, ...part });

describe('a call of the tester', () => {
  it.each([
    emptyCall,
    call({ workerId: 'w-1', fields: { command: 'cat a/b && echo "ü #1" | tee x' } }),
    call({ projectId: 'p', role: 'reviewer', mode: 'sandbox', tool: 'Edit', fields: { file_path: '.env' } }),
    call({ tool: 'mcp__jira__search', fields: {}, json: '{"query":"a&b=c"}' }),
  ])('is its own link', (one) => expect(callOfLink(linkOfCall(one))).toEqual(one));

  it('starts with an example', () => expect(callOfLink('')).toEqual(emptyCall));

  it('gives the input of its tool alone', () => {
    const one = call({ tool: 'WebFetch', fields: { url: 'https://example.org', command: 'rm' } });
    expect(inputOf(one)).toEqual({ input: { url: 'https://example.org' } });
  });

  it('says what is wrong with JSON', () => {
    expect(inputOf(call({ json: '[1]' }))).toEqual({ problem: 'The input of a tool is a JSON object: { … }.' });
    expect(inputOf(call({ json: '{"a":' }))).toHaveProperty('problem');
    expect(inputOf(call({ json: '' }))).toEqual({ input: {} });
  });

  it('asks nothing while nothing is said', () => {
    expect(isAskable(call({ fields: { command: ' ' } }))).toBe(false);
    expect(isAskable(call({ tool: 'Glob', fields: { pattern: '*' } }))).toBe(true);
    expect(isAskable(call({ tool: ' ', fields: {} }))).toBe(false);
  });
});
