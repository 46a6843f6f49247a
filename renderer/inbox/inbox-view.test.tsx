import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Approval } from '../../shared/approvals.ts';
import type { AppEvent } from '../../shared/events.ts';
import { usePending } from '../app/actions.ts';
import { listenForKeys } from '../app/commands.ts';
import { useRoute } from '../app/router.ts';
import { useUi } from '../app/ui-state.ts';
import { useInboxSum } from '../app/use-rows.ts';
import { applyEvent } from '../data/apply-event.ts';
import { useStore } from '../data/store.ts';
import { inboxState } from '../testing/inbox-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { InboxView } from './inbox-view.tsx';

function Routed() {
  const route = useRoute();
  return (
    <>
      <output>{useInboxSum().count}</output>
      <InboxView id={route?.view === 'inbox' ? route.id : null} />
    </>
  );
}

describe('InboxView', () => {
  let page: Awaited<ReturnType<typeof render>>;
  let stopKeys: () => void;
  let state: ReturnType<typeof inboxState>;
  const sent = {
    decide: vi.fn<(input: unknown) => unknown>(),
    decideMany: vi.fn<(input: unknown) => unknown>(),
    snooze: vi.fn<(input: unknown) => unknown>(),
    dismiss: vi.fn<(input: unknown) => unknown>(),
  };

  beforeEach(() => {
    state = inboxState(Date.now());
    for (const call of Object.values(sent)) call.mockReset();
    sent.decideMany.mockResolvedValue({ decided: [], failed: [] });
    stopKeys = listenForKeys();
    useUi.setState({ toasts: [] });
  });
  afterEach(() => {
    page.unmount();
    stopKeys();
    usePending.setState({ decisions: {}, mine: {}, workers: {} });
    location.hash = '';
  });

  async function open(hash: string): Promise<void> {
    location.hash = hash;
    page = await render(<Routed />, state, {
      'approvals.decide': sent.decide,
      'approvals.decideMany': sent.decideMany,
      'inbox.snooze': sent.snooze,
      'inbox.dismiss': sent.dismiss,
    });
  }
  const press = (key: string, init: KeyboardEventInit = {}): Promise<void> =>
    act(async () => {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
    });
  /** Longer than an item that came up by itself is guarded. */
  const settled = (): Promise<void> =>
    act(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
  const openId = (): string => decodeURIComponent(location.hash.replace('#/inbox/', ''));
  const text = (): string => page.root.textContent ?? '';
  const event = (body: Record<string, unknown>): Promise<void> =>
    act(async () => {
      const { rows } = useStore.getState();
      const next = applyEvent(rows, { seq: rows.seq + 1, at: Date.now(), ...body } as AppEvent);
      if (next) useStore.setState({ rows: next });
    });
  const approval = (id: string): Approval => useStore.getState().rows.approvals[id] as Approval;
  const rowNames = (): (string | null | undefined)[] =>
    [...page.root.querySelectorAll('section[aria-label="Inbox"] li')].map((row) => row.querySelector('b')?.textContent);

  it('lists what waits in one order, in parts, the snoozed last and not counted', async () => {
    await open('#/inbox');
    expect(
      [...page.root.querySelectorAll('section[aria-label="Inbox"] section')].map((part) =>
        part.getAttribute('aria-label'),
      ),
    ).toEqual(['Waits for your answer', 'Ended or will stop', 'Worth knowing', 'Snoozed']);
    expect(rowNames()[0]).toBe('checkout-a11y');
    expect(rowNames().at(-1)).toBe('log-masking');
    expect(page.root.querySelector('output')?.textContent).toBe(String(rowNames().length - 1));
    expect(openId()).toBe('a-question');
  });

  it('goes through it by key, and decides the open one once however long a key is held', async () => {
    await open('#/inbox/a-command');
    await press('j');
    expect(openId()).toBe('a-equal');
    await press('ArrowUp');
    await press('y');
    await press('y', { repeat: true });
    await press('a', { repeat: true });
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith({ id: 'a-command', scope: 'once', decision: 'allow' });
  });

  it('shows a decision at once and goes on with the next one, which the same press does not decide', async () => {
    sent.decide.mockReturnValue(new Promise(() => undefined));
    await open('#/inbox/a-command');
    const before = Number(page.root.querySelector('output')?.textContent);
    // However long the machine takes between two presses, the guard's clock stands still.
    const at = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(at);
    await press('n');
    expect(page.root.querySelector('output')?.textContent).toBe(String(before - 1));
    expect(rowNames()).not.toContain('invoice-totals');
    expect(openId()).toBe('a-equal');
    await press('n');
    expect(sent.decide).toHaveBeenCalledTimes(1);
    clock.mockReturnValue(at + 300);
    await press('n');
    clock.mockRestore();
    expect(sent.decide).toHaveBeenLastCalledWith({ id: 'a-equal', scope: 'once', decision: 'deny' });
  });

  it('brings a decision back that failed, with the reason and a way to send it again', async () => {
    sent.decide.mockRejectedValueOnce(new Error('Not connected to Control Room.'));
    await open('#/inbox/a-command');
    await press('a');
    expect(rowNames()).toContain('invoice-totals');
    expect(useUi.getState().toasts.map((toast) => toast.text)).toContain('Not connected to Control Room.');
    await act(async () => location.assign('#/inbox/a-command'));
    await settled();
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Not connected to Control Room.');
    await act(async () => button(page.root, 'Send again').click());
    expect(sent.decide).toHaveBeenCalledTimes(2);
  });

  it('lets a request go that was decided elsewhere, and names who did', async () => {
    await open('#/inbox/a-command');
    await event({
      type: 'approval.changed',
      approval: {
        ...approval('a-command'),
        state: 'denied',
        decidedAt: Date.now(),
        decidedBy: 'phone',
        decidedFrom: '192.0.2.7',
      },
    });
    expect(openId()).toBe('a-equal');
    expect(useUi.getState().toasts.map((toast) => toast.text)).toEqual(['invoice-totals: denied by phone, 192.0.2.7.']);
    await event({
      type: 'approval.changed',
      approval: {
        ...approval('a-equal'),
        state: 'cancelled',
        decidedAt: Date.now(),
        message: 'the turn was interrupted',
      },
    });
    expect(useUi.getState().toasts.at(-1)?.text).toBe('invoice-mail no longer asks: the turn was interrupted');
  });

  it('says nothing when the open request ends by the decision made here', async () => {
    await open('#/inbox/a-command');
    await press('a');
    await event({
      type: 'approval.changed',
      approval: { ...approval('a-command'), state: 'allowed', decidedAt: Date.now(), decidedBy: 'you' },
    });
    expect(useUi.getState().toasts).toEqual([]);
  });

  it('keeps what is open in place when something more urgent comes in', async () => {
    await open('#/inbox');
    await act(async () => location.assign('#/inbox/e2e-flakes:crash'));
    await event({
      type: 'approval.changed',
      approval: { ...approval('a-command'), id: 'a-new', createdAt: 1 },
    });
    expect(openId()).toBe('e2e-flakes:crash');
  });

  it('makes the rule that is shown, as it was changed', async () => {
    await open('#/inbox/a-command');
    await press('Y', { shiftKey: true });
    await press('3');
    expect(button(page.root, 'Allow in project')).toBeDefined();
    await type(
      page.root.querySelector('[aria-label="The rule that is made"]') as HTMLInputElement,
      'Bash(npm run db:*)',
    );
    await press('a');
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-command',
      scope: 'project',
      rule: 'Bash(npm run db:*)',
      decision: 'allow',
    });
  });

  it('makes no rule that is empty', async () => {
    await open('#/inbox/a-command');
    await press('4');
    await type(page.root.querySelector('[aria-label="The rule that is made"]') as HTMLInputElement, ' ');
    expect(button(page.root, 'Allow always').disabled).toBe(true);
    await press('a');
    await press('d');
    expect(sent.decide).not.toHaveBeenCalled();
  });

  it('runs what was changed, and not what is not valid', async () => {
    await open('#/inbox/a-command');
    await press('e');
    const field = (): HTMLTextAreaElement =>
      page.root.querySelector('form[aria-label="Change what runs"] textarea') as HTMLTextAreaElement;
    await type(field(), '  ');
    expect(button(page.root, 'Allow once').disabled).toBe(true);
    await type(field(), 'npm run db:status');
    await act(async () => {
      field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
    });
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-command',
      scope: 'once',
      decision: 'allow',
      updatedInput: expect.objectContaining({ command: 'npm run db:status', description: expect.any(String) }),
    });
  });

  it('denies with a message, and ends the turn when that is wanted', async () => {
    await open('#/inbox/a-command');
    await press('m');
    await type(page.root.querySelector('textarea') as HTMLTextAreaElement, 'Use the other database.');
    await act(async () => page.root.querySelector<HTMLInputElement>('form input[type=checkbox]')?.click());
    await act(async () => button(page.root, 'Deny and say this').click());
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-command',
      scope: 'once',
      decision: 'deny',
      message: 'Use the other database.',
      interrupt: true,
    });
  });

  it('answers a question by its numbers', async () => {
    await open('#/inbox/a-question');
    await press('2');
    await press('Enter');
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith({
      id: 'a-question',
      scope: 'once',
      decision: 'answer',
      answers: { 'Where should the date field show its error?': 'In the summary' },
    });
  });

  it('sends the answer when Enter follows the number at once', async () => {
    await open('#/inbox/a-question');
    await act(async () => {
      for (const key of ['2', 'Enter'])
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    });
    expect(sent.decide).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ decision: 'answer', answers: expect.any(Object) }),
    );
  });

  it('answers equal requests together, and tells of those that failed', async () => {
    sent.decideMany.mockResolvedValue({
      decided: [],
      failed: [{ id: 'a-equal', message: 'It was withdrawn.' }],
    });
    await open('#/inbox/a-command');
    expect(text()).toContain('1 other asks for exactly this: invoice-mail');
    await press('X', { shiftKey: true });
    expect(text()).toContain('2 items selected');
    await press('a');
    expect(sent.decideMany).toHaveBeenCalledExactlyOnceWith({
      ids: ['a-command', 'a-equal'],
      scope: 'once',
      decision: 'allow',
    });
    expect(useUi.getState().toasts.map((toast) => toast.text)).toEqual([
      '1 of 2 could not be decided: It was withdrawn.',
    ]);
    expect(rowNames()).toContain('invoice-mail');
    expect(rowNames()).not.toContain('invoice-totals');
  });

  it('selects with X and denies all of them, questions too', async () => {
    await open('#/inbox/a-question');
    await press('x');
    await press('j');
    await press('j');
    expect(openId()).toBe('a-command');
    await press('x');
    await press('n');
    expect(sent.decideMany).toHaveBeenCalledExactlyOnceWith({
      ids: ['a-question', 'a-command'],
      scope: 'once',
      decision: 'deny',
    });
  });

  it('snoozes by number and puts troubles aside', async () => {
    sent.dismiss.mockResolvedValue({});
    sent.snooze.mockResolvedValue({});
    await open('#/inbox/e2e-flakes:crash');
    await press('D', { shiftKey: true });
    expect(sent.dismiss).toHaveBeenCalledExactlyOnceWith({ id: 'e2e-flakes:crash' });
    await press('s');
    const menu = document.querySelector('[role=menu]');
    await act(async () => {
      menu?.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true, cancelable: true }));
    });
    const [{ id, until }] = sent.snooze.mock.calls[0] as [{ id: string; until: number }];
    expect(id).toBe('e2e-flakes:crash');
    expect(Math.abs(until - Date.now() - 3_600_000)).toBeLessThan(5000);
  });

  it('never ends a turn with the key that allows', async () => {
    await open('#/inbox/index-build:stall');
    await press('a');
    await press('y');
    expect(usePending.getState().workers).toEqual({});
  });
});
