import { act } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Verdict } from '../../shared/rules.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { RuleTester } from './rule-tester.tsx';

const state = fixtureState(Date.now());
const verdict = (part: Partial<Verdict>): Verdict => ({
  decision: 'allow',
  rule: null,
  source: null,
  reason: 'Because.',
  parts: [],
  warnings: [],
  ...part,
});
let page: Awaited<ReturnType<typeof render>> | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  location.hash = '#/settings/tester';
});
afterEach(() => {
  page?.unmount();
  vi.useRealTimers();
});
/** Lets the pause after typing pass. */
const settle = () => act(async () => vi.advanceTimersByTimeAsync(1000));

it('asks once when typing is over, and says the decision, its rule and each part', async () => {
  const test = vi.fn(({ input }: { input: { command?: string } }) =>
    input.command === 'ls && git push'
      ? verdict({
          decision: 'deny',
          rule: 'Bash(git push *)',
          source: 'denied tools of the settings',
          parts: [
            { text: 'ls', decision: 'allow', rule: 'Bash(ls)' },
            { text: 'git push', decision: 'deny', rule: 'Bash(git push *)' },
          ],
          warnings: ['No sandbox here.'],
        })
      : verdict({}),
  );
  page = await render(<RuleTester link={null} />, state, { 'rules.test': test as never });
  await settle();
  test.mockClear();
  const command = page.root.querySelector<HTMLTextAreaElement>('[aria-label="Command"]');
  if (!command) throw new Error('no command field');
  await type(command, 'ls');
  await type(command, 'ls && git');
  await type(command, 'ls && git push');
  expect(test).not.toHaveBeenCalled();
  await settle();
  expect(test).toHaveBeenCalledExactlyOnceWith({
    toolName: 'Bash',
    input: { command: 'ls && git push' },
    permissionMode: 'allowlist',
  });
  const said = page.root.querySelector('[aria-label="Decision"]')?.textContent ?? '';
  expect(said).toContain('Is refused');
  expect(said).toContain('Bash(git push *)denied tools of the settings');
  expect(said).toContain('No sandbox here.');
  expect(page.root.querySelectorAll('[aria-label="Parts of the command"] li')).toHaveLength(2);
  expect(decodeURIComponent(location.hash)).toContain('command=ls+%26%26+git+push');
});

it('opens what a link asks, for the worker it names', async () => {
  const test = vi.fn(() => verdict({ decision: 'ask' }));
  page = await render(<RuleTester link="worker=rate-limiter&tool=Edit&file_path=.env" />, state, {
    'rules.test': test,
  });
  await settle();
  expect(test).toHaveBeenCalledExactlyOnceWith({
    toolName: 'Edit',
    input: { file_path: '.env', old_string: 'a', new_string: 'b' },
    workerId: 'rate-limiter',
  });
  expect(page.root.querySelector('[aria-label="Decision"]')?.textContent).toContain('Asks you');
  expect(page.root.querySelector<HTMLSelectElement>('[aria-label="Worker"]')?.value).toBe('rate-limiter');
});

it('makes a rule of what was tried', async () => {
  const add = vi.fn(async (rule: object) => ({ ...rule, id: 'r-new' }));
  page = await render(<RuleTester link="tool=Bash&command=npm+run+lint" />, state, {
    'rules.test': () => verdict({ decision: 'ask' }),
    'rules.add': add as never,
  });
  await settle();
  await act(async () => button(page?.root as HTMLElement, 'Make a rule').click());
  expect(page.root.textContent).toContain('Means exactly the command npm run lint.');
  await act(async () => button(page?.root as HTMLElement, 'Add rule').click());
  expect(add).toHaveBeenCalledExactlyOnceWith({ effect: 'allow', rule: 'Bash(npm run lint)', scope: 'always' });
});

it('says what went wrong where the decision would stand', async () => {
  page = await render(<RuleTester link={null} />, state, {
    'rules.test': () => {
      throw new Error('The rule “Bash(” of this worker is not closed.');
    },
  });
  await settle();
  expect(page.root.querySelector('[aria-label="Decision"] [role=alert]')?.textContent).toContain('is not closed');
});
