import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setPreferences } from '../data/preferences.ts';
import { commands, keyOf, keysOf, listenForKeys, useCommand } from './commands.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe('keyOf', () => {
  it('writes a key press as bindings are written', () => {
    expect(keyOf({ ...plain, key: 'j' })).toBe('J');
    expect(keyOf({ ...plain, key: '?', shiftKey: true })).toBe('?');
    expect(keyOf({ ...plain, key: 'S', shiftKey: true })).toBe('Shift+S');
    expect(keyOf({ ...plain, key: 'k', ctrlKey: true })).toBe('mod+K');
    expect(keyOf({ ...plain, key: 'Shift', shiftKey: true })).toBeNull();
  });
});

describe('keys of commands', () => {
  it('are given to one command each', () => {
    for (const first of [true, false]) {
      const all = commands
        .filter((command) => Boolean(command.first) === first)
        .flatMap((command) => keysOf(command.id, {}));
      expect(new Set(all).size).toBe(all.length);
    }
  });

  let root: Root;
  let stop: () => void;
  beforeEach(() => {
    document.body.innerHTML = '<div id="root"></div><textarea></textarea><div data-terminal><i tabindex="0"></i></div>';
    root = createRoot(document.getElementById('root') as HTMLElement);
    stop = listenForKeys();
  });
  afterEach(() => {
    act(() => root.unmount());
    stop();
    setPreferences({ keys: {} });
  });

  function OfferOne({ id, run }: { id: string; run: (id: string) => void }) {
    useCommand(id, () => run(id));
    return null;
  }

  function Offer({ ids, run }: { ids: readonly string[]; run: (id: string) => void }) {
    return ids.map((id) => <OfferOne key={id} id={id} run={run} />);
  }

  const press = (key: string, on: Element = document.body, ctrlKey = false): void => {
    on.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }));
  };

  it('run it, also as a pair, but not while typing or in a terminal', async () => {
    const run = vi.fn();
    await act(async () => root.render(<Offer ids={['allow', 'go.board', 'palette']} run={run} />));
    press('a');
    press('g');
    press('b');
    expect(run.mock.calls.flat()).toEqual(['allow', 'go.board']);
    run.mockClear();
    press('a', document.querySelector('textarea') as Element);
    press('a', document.querySelector('i') as Element);
    press('k', document.querySelector('i') as Element, true);
    expect(run).not.toHaveBeenCalled();
    press('k', document.querySelector('textarea') as Element, true);
    expect(run.mock.calls.flat()).toEqual(['palette']);
  });

  it('of a view come before those of the whole page while they are offered', async () => {
    const run = vi.fn();
    await act(async () => root.render(<Offer ids={['worker.new']} run={run} />));
    press('n');
    await act(async () => root.render(<Offer ids={['worker.new', 'review.hunk.next']} run={run} />));
    press('n');
    expect(run.mock.calls.flat()).toEqual(['worker.new', 'review.hunk.next']);
  });

  it('can be changed', async () => {
    const run = vi.fn();
    setPreferences({ keys: { allow: ['Y'] } });
    await act(async () => root.render(<Offer ids={['allow']} run={run} />));
    press('a');
    expect(run).not.toHaveBeenCalled();
    press('y');
    expect(run).toHaveBeenCalledOnce();
  });
});
