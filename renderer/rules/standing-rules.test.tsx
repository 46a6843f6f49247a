import { act } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { useUi } from '../app/ui-state.ts';
import { ruleRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { StandingRules } from './standing-rules.tsx';

const now = Date.now();
const state = {
  ...fixtureState(now),
  rules: [
    ruleRow(now, { id: 'r1', rule: 'Bash(npm test *)', scope: 'project' }),
    ruleRow(now, { id: 'r2', rule: 'Read(~/.ssh/**)', scope: 'always', effect: 'deny', uses: 0, lastUsedAt: null }),
    ...['a', 'b', 'c', 'd'].map((name) => ruleRow(now, { id: name, rule: `mcp__${name}`, scope: 'always' })),
  ],
};
let page: Awaited<ReturnType<typeof render>> | undefined;
afterEach(() => page?.unmount());

it('says of each rule what it means, for whom it holds and what it did', async () => {
  page = await render(<StandingRules />, state);
  const row = [...page.root.querySelectorAll('li')].find((one) => one.textContent?.includes('npm test'));
  expect(row?.textContent).toContain('commands that begin with the words npm test');
  expect(row?.textContent).toContain('project tideline-api');
  expect(row?.textContent).toContain('3 times');
  expect(page.root.textContent).toContain('never');
});

it('finds by words and by effect', async () => {
  page = await render(<StandingRules />, state);
  const find = page.root.querySelector<HTMLInputElement>('[aria-label="Find a rule"]');
  if (!find) throw new Error('no filter');
  await type(find, 'tideline');
  expect(page.root.querySelectorAll('li')).toHaveLength(1);
  await type(find, '');
  await act(async () => button(page?.root as HTMLElement, 'deny').click());
  expect(page.root.querySelectorAll('li')).toHaveLength(1);
  expect(page.root.textContent).toContain('1 of 6 rules');
});

it('removes one, and undo makes it again as it was', async () => {
  const remove = vi.fn(async () => ({}));
  const add = vi.fn(async () => ({}));
  page = await render(<StandingRules />, state, { 'rules.remove': remove, 'rules.add': add });
  const bin = page.root.querySelector<HTMLButtonElement>('[aria-label="Remove Bash(npm test *)"]');
  await act(async () => bin?.click());
  expect(remove).toHaveBeenCalledExactlyOnceWith({ id: 'r1' });
  await act(async () => useUi.getState().toasts.at(-1)?.action?.run());
  expect(add).toHaveBeenCalledExactlyOnceWith({
    effect: 'allow',
    rule: 'Bash(npm test *)',
    scope: 'project',
    projectId: 'tideline-api',
  });
});

it('offers no change to who may not decide', async () => {
  page = await render(<StandingRules />, { ...state, access: 'view' });
  expect(page.root.querySelector('button[aria-label^="Remove"]')).toBeNull();
  expect(page.root.querySelector('form')).toBeNull();
});
