import { describe, expect, it } from 'vitest';
import { roleRow } from '../testing/fixture-rows.ts';
import { draftOfRole, emptyRoleDraft, freeName, nameOfTitle, roleInput, roleWords } from './role-draft.ts';

const reviewer = roleRow({
  name: 'reviewer',
  title: 'Reviewer',
  model: 'opus',
  permissionMode: 'sandbox',
  allowedTools: ['Read'],
  deniedTools: ['Edit', 'Bash(git push *)'],
  allowNetwork: false,
  limits: { costUsd: 2, onLimit: 'stop' },
});

describe('a role that is edited', () => {
  it('is saved as it was when nothing is changed', () => {
    const { builtIn: _b, changed: _c, ...saved } = reviewer;
    expect(roleInput(draftOfRole(reviewer), [])).toEqual({ input: saved });
  });
  it('leaves to the settings what is empty', () => {
    expect(roleInput({ ...emptyRoleDraft, title: 'Düsen Tester 2' }, ['reviewer'])).toMatchObject({
      input: { name: 'dusen-tester-2', model: null, permissionMode: null, allowedTools: null, limits: {} },
    });
  });
  it('says which field is wrong', () => {
    expect(roleInput(emptyRoleDraft, [])).toMatchObject({ field: 'title' });
    expect(roleInput({ ...emptyRoleDraft, title: 'A', name: 'Not good' }, [])).toMatchObject({ field: 'name' });
    expect(roleInput({ ...emptyRoleDraft, title: 'Reviewer' }, ['reviewer'])).toMatchObject({ field: 'name' });
    const limits = { ...emptyRoleDraft.limits, costUsd: 'x' };
    expect(roleInput({ ...emptyRoleDraft, title: 'A', limits }, [])).toMatchObject({ field: 'limits' });
  });
});

describe('names', () => {
  it('are made from titles and kept apart', () => {
    expect(nameOfTitle('  Sécurité & Co. ')).toBe('securite-co');
    expect(freeName('a-copy', ['a'])).toBe('a-copy');
    expect(freeName('a-copy', ['a-copy', 'a-copy-2'])).toBe('a-copy-3');
  });
});

it('says what a role sets, and nothing of what it leaves', () => {
  expect(roleWords(reviewer, (mode) => mode)).toEqual(['sandbox', 'opus', '1 allowed', '2 denied', 'no network']);
  expect(
    roleWords(
      { ...reviewer, model: null, permissionMode: null, allowedTools: null, deniedTools: null, allowNetwork: null },
      (mode) => mode,
    ),
  ).toEqual([]);
});
