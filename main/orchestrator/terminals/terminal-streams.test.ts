import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TerminalId } from '../../../shared/ids.ts';
import { decodeFrame, encodeFrame, type TerminalFrame, type ViewerFrame } from '../../../shared/terminal-frames.ts';
import type { HostClient } from '../host/host.ts';
import { createHostClient } from '../host/host-client.ts';
import { createScreens } from './screens.ts';
import { createTerminalControl, type TerminalControls } from './terminal-control.ts';
import { createTerminalStreams } from './terminal-streams.ts';
import type { Terminals } from './terminals.ts';

const id = 'term' as TerminalId;
let dataDir: string;
let host: HostClient;
let screens: ReturnType<typeof createScreens>;
let typed: Uint8Array[];
let control: TerminalControls;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'control-room-streams-'));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const entry = {
    file: process.execPath,
    args: [path.resolve(import.meta.dirname, '../../host.ts')],
    env: { PATH: process.env.PATH ?? '' },
  };
  host = createHostClient({ dataDir, build: 'test', entry, log, onLost: () => undefined });
  await host.connected;
  screens = createScreens({ host, parser: new URL('./screen-parser.ts', import.meta.url), log });
  typed = [];
  control = createTerminalControl({ now: Date.now });
});

afterEach(async () => {
  await screens.close();
  await host.shutdown({ stopProcesses: true });
  await host.close();
  await expect
    .poll(() =>
      rm(dataDir, { recursive: true }).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

async function run(script: string): Promise<void> {
  await host.spawn({
    id,
    mode: 'pty',
    file: 'sh',
    args: ['-c', script],
    cwd: dataDir,
    env: { PATH: process.env.PATH ?? '' },
    cols: 80,
    rows: 24,
  });
}

const ended = (): Promise<unknown> => new Promise((resolve) => host.onExit(id, resolve));

/** A viewer that keeps what it is told and acknowledges only when asked to. */
function view(options: { canDrive?: boolean; acknowledges?: boolean } = {}) {
  const frames: TerminalFrame[] = [];
  const terminals = {
    processOf: () => id,
    titleOf: () => 'a shell',
    screens,
    onResize: () => () => undefined,
    input: async (_id: TerminalId, bytes: Uint8Array) => typed.push(bytes),
  } as unknown as Terminals;
  const viewer = createTerminalStreams({ host, terminals, control }).connect({
    name: 'a viewer',
    from: 'the test',
    canDrive: options.canDrive ?? true,
    send(message) {
      const frame = decodeFrame(message) as TerminalFrame;
      if (frame.kind === 'control') return;
      frames.push(frame);
      if (options.acknowledges && (frame.kind === 'output' || frame.kind === 'snapshot')) {
        say({
          kind: 'ack',
          terminalId: id,
          offset: frame.kind === 'output' ? frame.offset + frame.bytes.length : frame.offset,
        });
      }
    },
  });
  const say = (frame: ViewerFrame): void => viewer.receive(encodeFrame(frame));
  return {
    frames,
    say,
    close: () => viewer.close(),
    kinds: () => frames.map(({ kind }) => kind),
    /** The bytes shown, which must join up since `from` or the last snapshot. */
    bytes(from = 0): Buffer {
      let cursor = from;
      const parts: Uint8Array[] = [];
      for (const frame of frames) {
        if (frame.kind === 'snapshot') cursor = frame.offset;
        if (frame.kind !== 'output') continue;
        expect(frame.offset).toBe(cursor);
        cursor += frame.bytes.length;
        parts.push(frame.bytes);
      }
      return Buffer.concat(parts);
    },
    end: () =>
      frames.reduce(
        (end, frame) =>
          frame.kind === 'output' ? frame.offset + frame.bytes.length : frame.kind === 'snapshot' ? frame.offset : end,
        0,
      ),
  };
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function logged(): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const stop = host.subscribe(id, 'output', 0, ({ bytes }) => parts.push(bytes));
  await ended();
  stop();
  return Buffer.concat(parts);
}

test('who acknowledges gets every byte, then the end', async () => {
  await run('seq 1 200000; exit 5');
  const viewer = view({ acknowledges: true });
  viewer.say({ kind: 'attach', terminalId: id, from: 0, whole: true });
  await expect.poll(() => viewer.kinds().at(-1)).toBe('exited');
  expect(viewer.frames.at(-1)).toMatchObject({ exitCode: 5 });
  expect(viewer.kinds().filter((kind) => kind === 'exited')).toHaveLength(1);
  expect(hashOf(viewer.bytes())).toBe(hashOf(await logged()));
});

test('who does not acknowledge gets a window and no more, slows nobody, and goes on where it stood', async () => {
  await run('seq 1 300000');
  const slow = view();
  const quick = view({ acknowledges: true });
  for (const viewer of [slow, quick]) viewer.say({ kind: 'attach', terminalId: id, from: 0, whole: true });
  await expect.poll(() => quick.kinds().at(-1)).toBe('exited');
  expect(slow.end()).toBeGreaterThan(500_000);
  expect(slow.end()).toBeLessThan(1_000_000);
  expect(slow.kinds()).not.toContain('exited');
  while (!slow.kinds().includes('exited')) {
    const before = slow.end();
    slow.say({ kind: 'ack', terminalId: id, offset: before });
    await expect.poll(() => slow.end() > before || slow.kinds().includes('exited')).toBe(true);
  }
  expect(hashOf(slow.bytes())).toBe(hashOf(quick.bytes()));
});

test('who comes back gets exactly what it missed', async () => {
  await run('seq 1 1000; read x; seq 1001 2000');
  const first = view({ acknowledges: true });
  first.say({ kind: 'attach', terminalId: id, from: 0, whole: false });
  await expect.poll(() => first.bytes().toString()).toContain('\n1000\r\n');
  first.close();
  await host.write(id, '\n');
  await ended();
  const second = view({ acknowledges: true });
  second.say({ kind: 'attach', terminalId: id, from: first.end(), whole: false });
  await expect.poll(() => second.kinds().at(-1)).toBe('exited');
  expect(second.kinds()).not.toContain('snapshot');
  expect(Buffer.concat([first.bytes(), second.bytes(first.end())]).equals(await logged())).toBe(true);
});

test('who is far behind gets the screen as it is, and is told that something was skipped', async () => {
  await run('seq 1 1500000; echo last line');
  await ended();
  const viewer = view({ acknowledges: true });
  viewer.say({ kind: 'attach', terminalId: id, from: 10, whole: false });
  await expect.poll(() => viewer.kinds().at(-1), { timeout: 20_000 }).toBe('exited');
  expect(viewer.frames[0]).toMatchObject({ kind: 'snapshot', skipped: true, cols: 80, rows: 24 });
  expect(Buffer.from((viewer.frames[0] as { bytes: Uint8Array }).bytes).toString()).toContain('last line');
});

test('a first look is the present screen, with nothing said to be skipped', async () => {
  await run('printf "\\033[2J\\033[Hhello"; read x');
  const viewer = view({ acknowledges: true });
  await expect.poll(async () => (await host.list())[0]?.streams.output.end).toBeGreaterThan(0);
  viewer.say({ kind: 'attach', terminalId: id, from: null, whole: false });
  await expect.poll(() => viewer.frames[0]).toMatchObject({ kind: 'snapshot', skipped: false });
  expect(Buffer.from((viewer.frames[0] as { bytes: Uint8Array }).bytes).toString()).toContain('hello');
  viewer.say({ kind: 'detach', terminalId: id });
  await host.write(id, 'x\n');
  await ended();
  expect(viewer.kinds()).toEqual(['snapshot']);
});

test('who may only look cannot type, and is told why', async () => {
  await run('read x');
  const viewer = view({ canDrive: false });
  viewer.say({ kind: 'input', terminalId: id, bytes: Buffer.from('rm -rf\n') });
  viewer.say({ kind: 'resize', terminalId: id, cols: 100, rows: 30 });
  await expect.poll(() => viewer.kinds()).toEqual(['refused', 'refused']);
  expect(typed).toEqual([]);
  const writer = view();
  writer.say({ kind: 'input', terminalId: id, bytes: Buffer.from('yes') });
  await expect.poll(() => typed.map((bytes) => Buffer.from(bytes).toString())).toEqual(['yes']);
});
