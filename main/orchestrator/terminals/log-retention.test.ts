import { expect, test } from 'vitest';
import type { HostProcess } from '../host/host.ts';
import { createLogRetention } from './log-retention.ts';

const dayMs = 24 * 60 * 60 * 1000;
const now = 100 * dayMs;

test('what terminals wrote goes so many days after their end; running ones and workers without a screen are left', async () => {
  const processes = [
    { id: 'old', mode: 'pty', endedAt: now - 15 * dayMs },
    { id: 'recent', mode: 'pty', endedAt: now - 13 * dayMs },
    { id: 'running', mode: 'pty' },
    { id: 'headless', mode: 'pipe', endedAt: now - 90 * dayMs },
  ] as HostProcess[];
  const released: string[] = [];
  const host = {
    list: async () => processes.filter(({ id }) => !released.includes(id)),
    release: async (id: string) => void released.push(id),
  };
  const log = { info: () => undefined, warn: () => undefined };
  const removed: string[] = [];
  const tell = (id: string): void => void removed.push(id);
  let days = 0;
  const look = async () => createLogRetention({ host, days: () => days, removed: tell, now: () => now, log }).close();
  await look();
  expect(released).toEqual([]);
  days = 14;
  await look();
  expect(released).toEqual(['old']);
  days = 7;
  await look();
  expect(released).toEqual(['old', 'recent']);
  expect(removed).toEqual(released);
});
