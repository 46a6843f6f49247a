import { expect, it } from 'vitest';
import { actionWords, detailWords } from './audit-words.ts';

it('says what was done, or its name where there are no words', () => {
  expect(actionWords('rules.add')).toBe('made a rule');
  expect(actionWords('something.new')).toBe('something.new');
});

it('says what was given in one line, without ids', () => {
  expect(detailWords({ id: 'a-1', projectId: 'p', rule: 'Bash(ls)', ids: ['a'], limits: { costUsd: 2 } })).toBe(
    'rule: Bash(ls), limits: {"costUsd":2}',
  );
});
