import { act } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { Composer } from './composer.tsx';

const state = fixtureState(Date.now());
const find = (name: string) => {
  const worker = state.workers.find((candidate) => candidate.name === name);
  if (!worker) throw new Error(name);
  return worker;
};

describe('Composer', () => {
  let page: Awaited<ReturnType<typeof render>> | undefined;
  afterEach(() => {
    page?.unmount();
    localStorage.clear();
  });
  const box = (): HTMLTextAreaElement => page?.root.querySelector('textarea') as HTMLTextAreaElement;

  it('says that a busy worker reads it later, and empties itself when it was taken', async () => {
    const send = vi.fn();
    page = await render(<Composer worker={find('rate-limiter')} waits={false} />, state, { 'workers.send': send });
    await type(box(), 'Also test the burst.');
    expect(page.root.textContent).toContain('will be queued');
    await act(async () => button(page?.root as HTMLElement, 'Queue').click());
    expect(send).toHaveBeenCalledExactlyOnceWith({ id: 'rate-limiter', text: 'Also test the burst.' });
    expect(box().value).toBe('');
  });

  it('keeps what was written when it could not be sent, also over a reload', async () => {
    const send = vi.fn().mockRejectedValue(new Error('The worker has ended. Resume it.'));
    page = await render(<Composer worker={find('log-masking')} waits={false} />, state, { 'workers.send': send });
    await type(box(), 'Mask the query string too.');
    await act(async () => button(page?.root as HTMLElement, 'Send').click());
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('The worker has ended.');
    expect(box().value).toBe('Mask the query string too.');
    page.unmount();
    page = await render(<Composer worker={find('log-masking')} waits={false} />, state);
    expect(box().value).toBe('Mask the query string too.');
  });

  it('resumes a worker that ended, with what was written', async () => {
    const worker = find('csv-export');
    const resume = vi.fn(() => worker);
    page = await render(<Composer worker={worker} waits={false} />, state, { 'workers.resume': resume });
    await type(box(), 'Add the header row.');
    await act(async () => button(page?.root as HTMLElement, 'Resume').click());
    expect(resume).toHaveBeenCalledExactlyOnceWith({ id: 'csv-export', prompt: 'Add the header row.' });
  });
});
