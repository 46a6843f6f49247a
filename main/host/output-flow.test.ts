import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOutputFlow } from './output-flow.ts';
import type { OutputLog } from './output-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A log that keeps what it is given, and a process that notes whether it is read. */
function makeProcess(flow: ReturnType<typeof createOutputFlow>) {
  const pieces: string[] = [];
  const log = { waitingBytes: 0, append: (bytes: Buffer) => void pieces.push(bytes.toString()) };
  const state = { isRead: true };
  const lane = flow.open({
    logs: [log as unknown as OutputLog],
    read(on) {
      state.isRead = on;
    },
  });
  return {
    lane,
    state,
    log,
    pieces,
    says: (text: string) => lane.take(log as unknown as OutputLog, Buffer.from(text)),
  };
}

/** Makes a process one that floods: two pieces close to each other. */
function flood(process: ReturnType<typeof makeProcess>): void {
  process.says('f'.repeat(4000));
  vi.advanceTimersByTime(1);
  process.says('f'.repeat(4000));
  vi.advanceTimersByTime(3);
}

it('passes a small piece at once and joins large ones, in their order', () => {
  const flow = createOutputFlow();
  const process = makeProcess(flow);
  process.says('k');
  expect(process.pieces).toEqual(['k']);
  process.says('a'.repeat(3000));
  process.says('b');
  process.says('c'.repeat(3000));
  expect(process.pieces).toEqual(['k']);
  vi.advanceTimersByTime(3);
  expect(process.pieces).toEqual(['k', `${'a'.repeat(3000)}b${'c'.repeat(3000)}`]);
  flow.close();
});

it('does not read floods elsewhere until a key is answered, and holds them to a pace while somebody types', () => {
  const flow = createOutputFlow();
  const [typed, flooding, quiet] = [makeProcess(flow), makeProcess(flow), makeProcess(flow)];
  flood(flooding);
  typed.lane.typed();
  expect(flooding.state.isRead).toBe(false);
  expect([typed.state.isRead, quiet.state.isRead]).toEqual([true, true]);
  typed.says('k');
  expect(flooding.state.isRead).toBe(false);
  vi.advanceTimersByTime(2);
  expect(flooding.state.isRead).toBe(true);
  // Its share of this turn, and it waits for the next one.
  for (let read = 0; read < 7; read += 1) flooding.says('f'.repeat(4096));
  expect(flooding.state.isRead).toBe(true);
  flooding.says('f'.repeat(4096));
  expect(flooding.state.isRead).toBe(false);
  vi.advanceTimersByTime(4);
  expect(flooding.state.isRead).toBe(true);
  // Who types floods as it likes.
  for (let read = 0; read < 50; read += 1) typed.says('t'.repeat(4096));
  expect(typed.state.isRead).toBe(true);
  flow.close();
});

it('sets no clock while somebody types and nothing else comes', () => {
  const flow = createOutputFlow();
  const [typed, other] = [makeProcess(flow), makeProcess(flow)];
  typed.lane.typed();
  typed.says('k');
  expect(vi.getTimerCount()).toBe(0);
  other.says('a line');
  vi.advanceTimersByTime(10);
  expect(vi.getTimerCount()).toBe(0);
  expect(other.pieces).toEqual(['a line']);
  flow.close();
});

it('reads floods again when a key is never answered, and without a pace once nobody types', () => {
  const flow = createOutputFlow();
  const [typed, flooding] = [makeProcess(flow), makeProcess(flow)];
  flood(flooding);
  typed.lane.typed();
  vi.advanceTimersByTime(9);
  expect(flooding.state.isRead).toBe(false);
  vi.advanceTimersByTime(1);
  expect(flooding.state.isRead).toBe(true);
  vi.advanceTimersByTime(1000);
  for (let read = 0; read < 100; read += 1) flooding.says('f'.repeat(4096));
  expect(flooding.state.isRead).toBe(true);
  vi.advanceTimersByTime(10);
  expect(vi.getTimerCount()).toBe(0);
  flow.close();
});

it('frees the others when the one that is typed into ends, and never reads one whose disk is full', () => {
  const flow = createOutputFlow();
  const [typed, flooding] = [makeProcess(flow), makeProcess(flow)];
  flood(flooding);
  flooding.log.waitingBytes = 9 * 1024 * 1024;
  flooding.lane.relieve();
  typed.lane.typed();
  typed.lane.end();
  vi.advanceTimersByTime(1100);
  expect(flooding.state.isRead).toBe(false);
  flooding.log.waitingBytes = 0;
  flooding.lane.relieve();
  expect(flooding.state.isRead).toBe(true);
  flow.close();
});
