import { act } from 'react';
import { expect, test } from 'vitest';
import type { Settings, SettingsView } from '../../shared/settings.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled, type } from '../testing/render.tsx';
import { TrafficPanel } from './traffic-panel.tsx';

async function panel(values: Partial<Settings> = {}, lockedBy: SettingsView['lockedBy'] = {}) {
  const state = fixtureState(Date.now());
  const saved: Partial<Settings>[] = [];
  const { root, unmount } = await render(
    <TrafficPanel />,
    { ...state, settings: { values: { ...state.settings.values, ...values }, lockedBy } },
    {
      'settings.update': (changes: Partial<Settings>) => {
        if (changes.corsOrigins?.includes('rooms.example.org'))
          throw new Error('corsOrigins[0]: is not an origin such as https://rooms.example.org');
        saved.push(changes);
      },
    },
  );
  const field = (label: string): HTMLInputElement => {
    const found = root.querySelector<HTMLInputElement>(`[aria-label="${label}"]`);
    if (!found) throw new Error(`there is no field “${label}”`);
    return found;
  };
  return {
    root,
    unmount,
    saved,
    field,
    alert: () => root.querySelector('[role="alert"]')?.textContent ?? null,
    async write(label: string, text: string) {
      await type(field(label), text);
      await act(async () =>
        field(label).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })),
      );
    },
  };
}

test('origins and proxies are added and taken out; one that is no origin stays in its field with what to write', async () => {
  const { root, unmount, saved, field, alert } = await panel({
    corsOrigins: ['https://one.example.org'],
    trustedProxies: ['10.0.0.1'],
  });
  await type(field('Origin to allow'), ' https://two.example.org ');
  await act(async () => button(root, 'Allow').click());
  await act(async () => field('Allow https://one.example.org no more').click());
  await type(field('Proxy to trust'), '10.0.0.0/8');
  await act(async () => button(root, 'Trust').click());
  await act(async () => field('Trust 10.0.0.1 no more').click());
  expect(saved).toEqual([
    { corsOrigins: ['https://one.example.org', 'https://two.example.org'] },
    { corsOrigins: [] },
    { trustedProxies: ['10.0.0.1', '10.0.0.0/8'] },
    { trustedProxies: [] },
  ]);
  expect(alert()).toBeNull();
  await type(field('Origin to allow'), 'rooms.example.org');
  await act(async () => button(root, 'Allow').click());
  await settled();
  expect(alert()).toContain('Is not an origin such as https://rooms.example.org.');
  expect(field('Origin to allow').value).toBe('rooms.example.org');
  expect(field('Origin to allow').getAttribute('aria-invalid')).toBe('true');
  unmount();
});

test('rates: on and off, the most, the window; what is wrong is not sent, and it says what to write', async () => {
  const { root, unmount, saved, write, alert, field } = await panel();
  expect(field('Most requests of an address').value).toBe('');
  expect(field('Seconds of a window').value).toBe('60');
  await write('Most requests of an address', '250');
  await write('Seconds of a window', '30');
  expect(saved).toEqual([{ rateLimitMax: 250 }, { rateLimitWindowMs: 30_000 }]);
  for (const wrong of ['0', '-5', 'many', '1.5', '99999999']) {
    await write('Most requests of an address', wrong);
    expect(alert(), wrong).toContain('Write a whole number from 1 to 10000000, or nothing for 100.');
  }
  await write('Most requests of an address', '300');
  expect(alert()).toBeNull();
  for (const wrong of ['0', '3601', 'soon', ' ']) {
    await write('Seconds of a window', wrong);
    expect(alert(), wrong).toContain('Write seconds from 1 to 3600, such as 60.');
  }
  expect(saved.slice(2)).toEqual([{ rateLimitMax: 300 }]);
  await act(async () => field('Limit the requests of an address').click());
  expect(saved.at(-1)).toEqual({ rateLimitMax: 0 });
  unmount();
  const off = await panel({ rateLimitMax: 0 });
  expect(off.root.querySelector('[aria-label="Seconds of a window"]')).toBeNull();
  await act(async () => off.field('Limit the requests of an address').click());
  expect(off.saved).toEqual([{ rateLimitMax: null }]);
  off.unmount();
  expect(root.isConnected).toBe(false);
});

test('what a variable holds is shown with its name and cannot be changed', async () => {
  const { root, unmount, field } = await panel(
    { corsOrigins: ['https://one.example.org'], rateLimitMax: 50 },
    {
      corsOrigins: 'CORS_ORIGIN',
      trustedProxies: 'TRUSTED_PROXIES',
      rateLimitMax: 'RATE_LIMIT_MAX',
      rateLimitWindowMs: 'RATE_LIMIT_WINDOW',
    },
  );
  for (const name of ['CORS_ORIGIN', 'TRUSTED_PROXIES', 'RATE_LIMIT_MAX', 'RATE_LIMIT_WINDOW'])
    expect(root.textContent).toContain(`held by ${name}`);
  for (const label of [
    'Origin to allow',
    'Allow https://one.example.org no more',
    'Proxy to trust',
    'Limit the requests of an address',
    'Most requests of an address',
    'Seconds of a window',
  ])
    expect(field(label).disabled, label).toBe(true);
  unmount();
});
