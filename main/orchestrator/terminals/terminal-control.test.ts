import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TerminalId } from '../../../shared/ids.ts';
import { createTerminalControl, type TerminalControls, type Watcher } from './terminal-control.ts';

const id = 's_1' as TerminalId;
let control: TerminalControls;

beforeEach(() => {
  vi.useFakeTimers();
  control = createTerminalControl({ now: Date.now, answerMs: 30_000 });
});
afterEach(() => {
  control.close();
  vi.useRealTimers();
});

const viewer = (viewerId: string, more: Partial<Watcher> = {}): Watcher => ({
  id: viewerId,
  name: viewerId,
  from: 'the test',
  kind: 'person',
  canDrive: true,
  ...more,
});
const join = (viewerId: string, more: Partial<Watcher> = {}) => control.join(id, viewer(viewerId, more), false);
const as = (viewerId?: string) => ({ viewerId, access: 'reply' as const });
const driver = () => control.of(id).driverId;

test('who comes first drives, the others watch; what they type does not count', () => {
  join('a');
  join('b');
  expect(control.of(id)).toMatchObject({ driverId: 'a', viewers: [{ id: 'a' }, { id: 'b' }] });
  expect(control.typed(id, 'a')).toBe(true);
  expect(control.typed(id, 'b')).toBe(false);
  expect(control.sizes(id, 'b')).toBe(false);
  expect(() => control.checkCall(id, as('b'))).toThrow(/a drives this terminal/);
  expect(() => control.checkCall(id, as())).toThrow(/a drives/);
  control.checkCall(id, { access: 'admin' });
});

test('who only looks, or may not type, never drives', () => {
  control.join(id, viewer('a', { canDrive: false }), false);
  control.join(id, viewer('b'), true);
  expect(driver()).toBeNull();
  control.typed(id, 'a');
  expect(driver()).toBeNull();
  expect(control.typed(id, 'b')).toBe(true);
  expect(driver()).toBe('b');
  expect(() => control.request(id, as('a'))).toThrow(/may look/);
  expect(() => control.request(id, as('nobody'))).toThrow(/attach to it/);
});

test('asked, granted, refused, given back, taken', () => {
  const told: number[] = [];
  join('a');
  join('b');
  join('c');
  control.onChange(() => told.push(1));
  control.request(id, as('b'));
  expect(control.of(id).requests).toMatchObject([{ viewerId: 'b' }]);
  expect(() => control.grant(id, 'b', as('c'))).toThrow(/Only who drives/);
  expect(() => control.grant(id, 'c', as('a'))).toThrow(/does not ask/);
  control.refuse(id, 'b', as('a'));
  expect(control.of(id)).toMatchObject({ driverId: 'a', requests: [] });
  control.request(id, as('b'));
  control.grant(id, 'b', as('a'));
  expect(driver()).toBe('b');
  control.release(id, as('b'));
  expect(driver()).toBeNull();
  control.typed(id, 'c');
  expect(driver()).toBe('c');
  control.take(id, undefined, { viewerId: 'a', access: 'admin' });
  expect(driver()).toBe('a');
  expect(told.length).toBeGreaterThan(5);
});

test('without an answer control passes when the driver has not typed since, else it stays', () => {
  join('a');
  join('b');
  control.request(id, as('b'));
  vi.advanceTimersByTime(10_000);
  control.typed(id, 'a');
  vi.advanceTimersByTime(20_001);
  expect(control.of(id)).toMatchObject({ driverId: 'a', requests: [] });
  vi.advanceTimersByTime(1);
  control.request(id, as('b'));
  vi.advanceTimersByTime(29_000);
  expect(driver()).toBe('a');
  vi.advanceTimersByTime(1001);
  expect(control.of(id)).toMatchObject({ driverId: 'b', requests: [] });
});

test('a driver that goes frees it, for who asked or who types; its page takes it up again when it comes back', () => {
  join('a', { client: 'page-1' });
  join('b');
  control.leave(id, 'a');
  expect(driver()).toBeNull();
  control.typed(id, 'b');
  join('c');
  control.request(id, as('c'));
  control.leave(id, 'b');
  expect(control.of(id)).toMatchObject({ driverId: 'c', requests: [] });
  control.take(id, undefined, { viewerId: 'c', access: 'admin' });
  control.leave(id, 'c');
  // The connection before is dead and nobody has noticed yet.
  join('d', { client: 'page-1' });
  join('e');
  join('f', { client: 'page-1' });
  expect(driver()).toBe('f');
  join('g', { client: 'page-2' });
  expect(driver()).toBe('f');
});
