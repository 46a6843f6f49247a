import { act } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { usePending } from '../app/actions.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { ApprovalBlock } from './approval-block.tsx';

const state = fixtureState(Date.now());
const find = (id: string) => {
  const approval = state.approvals.find((candidate) => candidate.id === id);
  if (!approval) throw new Error(id);
  return { approval, worker: state.workers.find((worker) => worker.id === approval.workerId) };
};

describe('ApprovalBlock', () => {
  let page: Awaited<ReturnType<typeof render>> | undefined;
  afterEach(() => {
    page?.unmount();
    usePending.setState({ decisions: {} });
  });

  it('shows exactly what would run, and allows it once', async () => {
    const decide = vi.fn();
    page = await render(<ApprovalBlock {...find('a-command')} />, state, { 'approvals.decide': decide });
    expect(page.root.querySelector('pre')?.textContent).toBe('$ npm run db:migrate -- --to 0042');
    await act(async () => button(page?.root as HTMLElement, 'Allow once').click());
    expect(decide).toHaveBeenCalledExactlyOnceWith({ id: 'a-command', scope: 'once', decision: 'allow' });
    expect(page.root.textContent).toContain('Allowed. The worker goes on');
  });

  it('tells the worker why it is denied', async () => {
    const decide = vi.fn();
    page = await render(<ApprovalBlock {...find('a-edit')} />, state, { 'approvals.decide': decide });
    await act(async () => button(page?.root as HTMLElement, 'Deny and say why').click());
    await type(page.root.querySelector('textarea') as HTMLTextAreaElement, 'Keep the old signature too.');
    await act(async () => button(page?.root as HTMLElement, 'Deny and say this').click());
    expect(decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-edit',
      scope: 'once',
      decision: 'deny',
      message: 'Keep the old signature too.',
    });
  });

  it('sends the chosen answer of a question, and nothing before one is chosen', async () => {
    const decide = vi.fn();
    page = await render(<ApprovalBlock {...find('a-question')} />, state, { 'approvals.decide': decide });
    expect(button(page.root, 'Answer').disabled).toBe(true);
    await act(async () => page?.root.querySelectorAll<HTMLInputElement>('input[type=radio]')[1]?.click());
    await act(async () => button(page?.root as HTMLElement, 'Answer “In the summary”').click());
    expect(decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-question',
      scope: 'once',
      decision: 'answer',
      answers: { 'Where should the date field show its error?': 'In the summary' },
    });
  });

  it('keeps the request and offers to send again when it did not arrive', async () => {
    const decide = vi.fn().mockRejectedValueOnce(new Error('Not connected to Control Room.'));
    page = await render(<ApprovalBlock {...find('a-command')} />, state, { 'approvals.decide': decide });
    await act(async () => button(page?.root as HTMLElement, 'Allow once').click());
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Not connected to Control Room.');
    await act(async () => button(page?.root as HTMLElement, 'Send again').click());
    expect(decide).toHaveBeenCalledTimes(2);
  });
});
