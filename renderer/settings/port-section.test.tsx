import { act } from 'react';
import { expect, test } from 'vitest';
import type { AccessOverview } from '../../shared/credentials.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render } from '../testing/render.tsx';
import { PortSection } from './port-section.tsx';

const now = Date.now();
const closed: AccessOverview = {
  port: {
    state: 'closed',
    address: null,
    addresses: [],
    problem: null,
    fingerprint: null,
    certificateExpiresAt: null,
    connections: 0,
  },
  keys: [],
  devices: [],
  sessions: [],
  pairings: [],
  localToken: { heldBy: null, lastUsedAt: null, previousUntil: null },
};

async function section(overview: AccessOverview, calls: Record<string, (input: never) => unknown> = {}) {
  const drawn = await render(<PortSection />, fixtureState(now), {
    'access.watch': async function* () {
      yield overview;
    },
    'audit.list': () => ({ items: [], nextCursor: null }),
    ...calls,
  });
  await act(async () => new Promise((resolve) => setTimeout(resolve, 0)));
  return drawn;
}

test('closed: it can be opened, and no device can be paired before', async () => {
  const saved: unknown[] = [];
  const { root, unmount } = await section(closed, { 'settings.update': (input: unknown) => void saved.push(input) });
  expect(button(root, 'Pair a device').disabled).toBe(true);
  const opener = root.querySelector<HTMLButtonElement>('[aria-label="Port is open"]');
  await act(async () => opener?.click());
  expect(saved).toEqual([{ listen: true }]);
  // No network may connect: other machines are not let in by one click.
  await act(async () => button(root, 'Local network').click());
  expect(saved).toHaveLength(1);
  expect(root.querySelector('[role="alert"]')?.textContent).toContain('First say below which networks');
  unmount();
});

test('failed: it says why; encrypted: it shows the fingerprint', async () => {
  const failed = { ...closed.port, state: 'failed' as const, problem: 'Port 3847 is taken by node (process 7).' };
  const first = await section({ ...closed, port: failed });
  expect(first.root.textContent).toContain('taken by node (process 7)');
  first.unmount();
  const open = {
    ...closed.port,
    state: 'open' as const,
    address: 'https://127.0.0.1:3847',
    addresses: ['https://192.168.4.10:3847', 'https://127.0.0.1:3847'],
    fingerprint: 'AB:CD',
  };
  const second = await section({ ...closed, port: open });
  expect(second.root.textContent).toContain('AB:CD');
  expect(second.root.querySelector('[aria-label="QR code of https://192.168.4.10:3847"]')).not.toBeNull();
  expect(button(second.root, 'Pair a device').disabled).toBe(false);
  second.unmount();
});
