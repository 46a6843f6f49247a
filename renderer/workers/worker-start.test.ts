import { describe, expect, it } from 'vitest';
import { roleRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { chosenInput, nothingChosen, startOf } from './worker-start.ts';

const settings = {
  ...fixtureState(0).settings.values,
  defaultModel: 'sonnet',
  allowedTools: ['Read'],
  deniedTools: ['Bash(git push *)'],
  defaultLimits: { costUsd: 4, tokens: 1000, onLimit: 'pause' as const },
};
const reviewer = roleRow({
  name: 'reviewer',
  title: 'Reviewer',
  model: null,
  permissionMode: 'sandbox',
  allowedTools: [],
  deniedTools: null,
  allowNetwork: false,
  limits: { costUsd: 1, onLimit: 'stop' },
});

describe('what a new worker gets', () => {
  it('comes from the settings without a role', () => {
    const start = startOf(nothingChosen, undefined, settings);
    expect(start.model).toEqual({ value: 'sonnet', source: 'settings' });
    expect(start.permissionMode).toEqual({ value: 'allowlist', source: 'settings' });
    expect(start.limits).toEqual({ value: settings.defaultLimits, source: 'settings' });
    expect(chosenInput(nothingChosen)).toEqual({});
  });
  it('comes from the role where it says something, also when that is an empty list', () => {
    const start = startOf(nothingChosen, reviewer, settings);
    expect(start.model.source).toBe('settings');
    expect(start.permissionMode).toEqual({ value: 'sandbox', source: 'role' });
    expect(start.allowedTools).toEqual({ value: [], source: 'role' });
    expect(start.deniedTools.source).toBe('settings');
    expect(start.limits).toEqual({ value: { costUsd: 1, tokens: 1000, onLimit: 'stop' }, source: 'role' });
  });
  it('is what was chosen before all else, and only that is sent', () => {
    const chosen = { ...nothingChosen, permissionMode: 'allowlist' as const, allowNetwork: false, limits: {} };
    expect(startOf(chosen, reviewer, settings).permissionMode).toEqual({ value: 'allowlist', source: 'chosen' });
    expect(startOf(chosen, reviewer, settings).limits).toEqual({ value: {}, source: 'chosen' });
    expect(chosenInput(chosen)).toEqual({ permissionMode: 'allowlist', allowNetwork: false, limits: {} });
  });
});
