import { act } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import type { ConfigEntry, Configuration } from '../../shared/configuration.ts';
import { useUi } from '../app/ui-state.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled, type } from '../testing/render.tsx';
import { ConfigurationSection } from './configuration-section.tsx';

let unmount: (() => void) | undefined;
afterEach(() => {
  unmount?.();
  useUi.setState({ toasts: [] });
});

const entry = (name: string, part: Partial<ConfigEntry> = {}): ConfigEntry => ({
  name,
  about: '',
  value: '5',
  secret: false,
  isSwitch: false,
  source: 'default',
  by: 'default',
  overridden: [],
  flag: `--${name}`,
  variable: name.toUpperCase(),
  needsRestart: false,
  waitsForRestart: false,
  ...part,
});

const configuration = (...entries: ConfigEntry[]): Configuration => ({
  path: '/data/config.json',
  exists: true,
  profile: null,
  profiles: [],
  entries,
  problems: [],
  lastReload: null,
});

async function show(calls: Record<string, (input: never) => unknown>, ...entries: ConfigEntry[]) {
  async function* watch() {
    yield configuration(...entries);
    await new Promise(() => undefined);
  }
  const drawn = await render(<ConfigurationSection />, fixtureState(Date.now()), {
    'configuration.watch': watch,
    ...calls,
  });
  unmount = drawn.unmount;
  await settled();
  return drawn.root;
}

const open = async (root: HTMLElement, name: string): Promise<HTMLFormElement> => {
  const pencil = root.querySelector<HTMLButtonElement>(`button[aria-label="Change ${name}"]`);
  await act(async () => pencil?.click());
  return root.querySelector(`form[aria-label="Change ${name}"]`) as HTMLFormElement;
};

test('an option is saved in the file, with a way back; what does not fit is said there', async () => {
  const set = vi.fn<(sent: unknown) => unknown>(() => {
    throw new Error('maxWorkers "many" does not fit: expected number.');
  });
  const undo = vi.fn(() => configuration());
  const root = await show({ 'configuration.set': set, 'configuration.undo': undo }, entry('maxWorkers'));
  const form = await open(root, 'maxWorkers');
  await type(form.querySelector('input') as HTMLInputElement, 'many');
  await act(async () => button(form, 'Save').click());
  expect(form.querySelector('[role="alert"]')?.textContent).toContain('does not fit');
  set.mockImplementation(() => ({ message: 'Written to /data/config.json.', undoId: 'undo_1' }));
  await type(form.querySelector('input') as HTMLInputElement, '7');
  await act(async () => button(form, 'Save').click());
  expect(set).toHaveBeenLastCalledWith({ name: 'maxWorkers', value: '7' });
  const toast = useUi.getState().toasts.at(-1);
  expect(toast?.text).toBe('maxWorkers: Written to /data/config.json.');
  await act(async () => toast?.action?.run());
  expect(undo).toHaveBeenCalledWith({ undoId: 'undo_1' });
  expect(root.querySelector('form[aria-label="Change maxWorkers"]')).toBeNull();
});

test('what wins over the file is said before anything is saved, and what stands in it can be taken out', async () => {
  const unset = vi.fn(() => ({ message: 'Written.', undoId: 'u' }));
  const root = await show(
    { 'configuration.unset': unset },
    entry('port', { source: 'environment', by: 'PORT', overridden: ['port in /data/config.json'] }),
    entry('token', { secret: true, value: null, source: 'file' }),
    entry('tls', { isSwitch: true, value: 'false' }),
  );
  const port = await open(root, 'port');
  expect(port.textContent).toContain('PORT is given and wins over the file');
  const token = await open(root, 'token');
  const field = token.querySelector('input') as HTMLInputElement;
  expect([field.type, field.value]).toEqual(['password', '']);
  expect((await open(root, 'tls')).querySelectorAll('[role="radio"]')).toHaveLength(2);
  await act(async () => button(port, 'Take it out').click());
  expect(unset).toHaveBeenCalledWith({ name: 'port' });
});
