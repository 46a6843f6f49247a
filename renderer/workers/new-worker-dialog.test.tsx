import { act } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { roleRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { render, type } from '../testing/render.tsx';
import { NewWorkerDialog } from './new-worker-dialog.tsx';

const state = {
  ...fixtureState(Date.now()),
  roles: [
    roleRow({ name: 'reviewer', title: 'Reviewer', model: 'haiku', permissionMode: 'sandbox', limits: { costUsd: 1 } }),
  ],
};
state.system.dangerousAllowed = true;
const worker = state.workers[0];
let page: Awaited<ReturnType<typeof render>> | undefined;
const spawn = vi.fn(async () => worker);
const branches = async () => ({ current: 'main', branches: ['main'] });
beforeEach(() => spawn.mockClear());
afterEach(() => {
  page?.unmount();
  localStorage.clear();
});
const open = async () => {
  page = await render(<NewWorkerDialog initialPrompt="Look at it." />, state, {
    'workers.spawn': spawn,
    'projects.branches': branches,
  });
};
const one = <T extends HTMLElement>(selector: string): T => {
  const found = document.querySelector<T>(`[role=dialog] ${selector}`);
  if (!found) throw new Error(selector);
  return found;
};
const choose = (label: string, value: string) =>
  act(async () => {
    const select = one<HTMLSelectElement>(`select[aria-label="${label}"]`);
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
const start = () => act(async () => one<HTMLButtonElement>('button[type=submit]').click());

it('shows what a role brings and leaves it to the role', async () => {
  await open();
  await choose('Role', 'reviewer');
  expect(one<HTMLSelectElement>('select[aria-label="Model"]').value).toBe('haiku');
  expect(one<HTMLSelectElement>('select[aria-label="Permissions"]').value).toBe('sandbox');
  expect(one('form').textContent).toContain('From the role: model and permissions.');
  expect(one('form').textContent).toContain('$1.00, then pauses after the turnfrom the role');
  await start();
  expect(spawn).toHaveBeenCalledExactlyOnceWith({
    projectId: 'tideline-api',
    kind: 'headless',
    worktree: true,
    priority: 0,
    prompt: 'Look at it.',
    role: 'reviewer',
  });
});

it('sends what was chosen against the role, and only that', async () => {
  await open();
  await choose('Role', 'reviewer');
  await choose('Permissions', 'allowlist');
  await act(async () => one<HTMLButtonElement>('button[aria-label="Change the limits"]').click());
  await type(one<HTMLInputElement>('input[aria-label="Money limit"]'), '2.5');
  await start();
  expect(spawn).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      role: 'reviewer',
      permissionMode: 'allowlist',
      limits: expect.objectContaining({ costUsd: 2.5, onLimit: 'pause' }),
    }),
  );
  expect(spawn.mock.calls[0]).not.toHaveProperty('0.model');
});

it('starts nothing dangerous before the word is typed', async () => {
  await open();
  await choose('Permissions', 'dangerous');
  expect(one('[role=alert]').textContent).toContain('Everything will run without a question');
  const submit = one<HTMLButtonElement>('button[type=submit]');
  expect(submit.disabled).toBe(true);
  const word = one<HTMLInputElement>('input[aria-label="Type dangerous to go on"]');
  await type(word, 'dangerou');
  expect(submit.disabled).toBe(true);
  await type(word, 'dangerous');
  expect(submit.disabled).toBe(false);
  await start();
  expect(spawn).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ permissionMode: 'dangerous', confirm: 'dangerous' }),
  );
});

it('does not offer the dangerous mode where it is not allowed', async () => {
  page = await render(
    <NewWorkerDialog initialPrompt="Look." />,
    { ...state, system: { ...state.system, dangerousAllowed: false } },
    { 'projects.branches': branches },
  );
  expect(one<HTMLOptionElement>('option[value="dangerous"]').disabled).toBe(true);
});

it('says who changes a file that the prompt names, and starts after them when asked to', async () => {
  const looked = vi.fn(async ({ id }: { id: string }) => ({
    files: id === 't_limiter' ? [{ path: 'src/http/errors.ts' }] : [],
  }));
  const own = {
    ...state,
    workers: state.workers.map((one) =>
      one.name === 'rate-limiter' ? { ...one, worktreeId: 't_limiter' as typeof one.worktreeId } : one,
    ),
  };
  page = await render(<NewWorkerDialog initialPrompt="Link every error in errors.ts." />, own, {
    'workers.spawn': spawn,
    'projects.branches': branches,
    'worktrees.status': looked,
    'worktrees.configuration': async () => ({ setup: [], include: [], sources: [] }),
  });
  expect(one('[role=status]').textContent).toContain('src/http/errors.ts is being changed by rate-limiter');
  await act(async () => one<HTMLButtonElement>('[role=status] button').click());
  expect(one('form').textContent).toContain('after rate-limiter');
  await start();
  const id = own.workers.find(({ name }) => name === 'rate-limiter')?.id;
  expect(spawn).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ dependsOn: [id] }));
});
