import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../../shared/default-settings.ts';
import type { EventBody } from '../../../shared/events.ts';
import type { TerminalId, WorkerId } from '../../../shared/ids.ts';
import { systemEnvironment } from '../claude/environment.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import type { HostClient } from '../host/host.ts';
import { createHostClient } from '../host/host-client.ts';
import { listProcesses } from '../processes/list-processes.ts';
import { createTerminals, type Terminals } from './terminals.ts';

const canary = 'canary-8f3a1c';
let dataDir: string;
let host: HostClient;
let database: Database;
let terminals: Terminals;
let settings: typeof defaultSettings;
let events: EventBody[];

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'control-room-terminals-'));
  const entry = {
    file: process.execPath,
    args: [path.resolve(import.meta.dirname, '../../host.ts')],
    env: { PATH: process.env.PATH ?? '', CONTROL_ROOM_SECRET: canary },
  };
  host = createHostClient({ dataDir, build: 'test', entry, log, onLost: () => undefined });
  await host.connected;
  database = openDatabase(path.join(dataDir, 'test.db'), { durable: false });
  migrate(database);
  settings = { ...defaultSettings };
  events = [];
  terminals = make();
});

function make(): Terminals {
  const own = {
    PATH: process.env.PATH ?? '',
    HOME: dataDir,
    SHELL: '/bin/sh',
    CONTROL_ROOM_TOKEN: canary,
    ANTHROPIC_API_KEY: canary,
    CLAUDE_CODE_OAUTH_TOKEN: canary,
    SOME_PASSWORD: canary,
  };
  return createTerminals({
    database,
    publish: (event) => void events.push(event),
    host,
    now: Date.now,
    log,
    environment: { ...systemEnvironment(own), TERM: 'xterm-256color' },
    screenParser: new URL('./screen-parser.ts', import.meta.url),
    folderOf: () => ({ cwd: dataDir, projectId: null }),
    settings: () => settings,
    parents: async () => new Set((await listProcesses()).map(({ parentPid }) => parentPid)),
    idleLookEveryMs: 50,
  });
}

afterEach(async () => {
  await terminals.close();
  await host.shutdown({ stopProcesses: true });
  await host.close();
  database.close();
  await expect
    .poll(() =>
      rm(dataDir, { recursive: true }).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

const openShell = (profile?: string) => terminals.create({ profile, cols: 80, rows: 24 });
const screenOf = async (id: TerminalId): Promise<string> => (await terminals.screen(id)).text;

test('nothing secret of ours is in the environment of a shell', async () => {
  const { id } = await openShell();
  await terminals.input(id, 'env | sort; echo shown-$((40+2))\r');
  await expect.poll(() => screenOf(id), { timeout: 20_000 }).toContain('shown-42');
  const text = await screenOf(id);
  expect(text).toContain('TERM=xterm-256color');
  expect(text).not.toContain(canary);
});

test('profiles: the own shell first, those of the machine, those of the settings; an unknown one is refused', async () => {
  settings = {
    ...settings,
    terminalProfiles: [{ name: 'Greeter', command: '/bin/sh', args: ['-c', 'echo hello-you; cat'] }],
  };
  const profiles = await terminals.profiles();
  expect(profiles[0]).toMatchObject({ id: 'login', command: '/bin/sh', source: 'login' });
  expect(new Set(profiles.map(({ id }) => id)).size).toBe(profiles.length);
  const { id, title } = await openShell('settings:Greeter');
  expect(title).toBe('Greeter');
  await expect.poll(() => screenOf(id), { timeout: 20_000 }).toContain('hello-you');
  await expect(openShell('nothing')).rejects.toThrow(/There is no shell "nothing".*login/);
});

test('a shell is renamed, and restarted in its place with its name', async () => {
  const { id, pid } = await openShell();
  expect(terminals.rename(id, 'builds').title).toBe('builds');
  const again = await terminals.restart(id);
  expect(again).toMatchObject({ title: 'builds', state: 'running', cwd: dataDir, profile: 'login' });
  expect(again.id).not.toBe(id);
  expect(again.pid).not.toBe(pid);
  expect(() => terminals.get(id)).toThrow(/There is no terminal/);
  await expect.poll(async () => (await listProcesses()).some((each) => each.pid === pid)).toBe(false);
});

test('an idle shell is closed with the reason; one with a child or one that is used is not', async () => {
  settings = { ...settings, terminalIdleHours: 1.2 / 3600 };
  const idle = await openShell();
  const busy = await openShell();
  await terminals.input(busy.id, 'sleep 60; true\r');
  const used = await openShell();
  const typing = setInterval(() => void terminals.input(used.id, ' ').catch(() => undefined), 100);
  try {
    await expect.poll(() => terminals.get(idle.id).state, { timeout: 20_000 }).toBe('exited');
    expect(terminals.get(idle.id).endReason).toMatch(/^Closed by itself: nothing happened in it for/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(terminals.get(busy.id).state).toBe('running');
    expect(terminals.get(used.id).state).toBe('running');
  } finally {
    clearInterval(typing);
  }
});

test("a worker's terminal is recorded, never idle, and cannot be renamed or restarted", async () => {
  settings = { ...settings, terminalIdleHours: 0.1 / 3600 };
  await host.spawn({
    id: 'run-1',
    mode: 'pty',
    file: 'sh',
    args: ['-c', "printf 'first words\\n'; sleep 1; printf 'second\\033[1Cwords \\342\\230\\203\\n'; sleep 1"],
    cwd: dataDir,
    env: { PATH: process.env.PATH ?? '' },
    cols: 80,
    rows: 24,
  });
  const id = terminals.openForWorker({
    workerId: 'w' as WorkerId,
    projectId: 'p' as never,
    processId: 'run-1',
    title: 'worker one',
    cwd: dataDir,
    cols: 80,
    rows: 24,
    pid: null,
  });
  expect(() => terminals.rename(id, 'other')).toThrow(/Rename the worker/);
  await expect(terminals.restart(id)).rejects.toThrow(/Stop the worker/);
  await expect.poll(() => terminals.get(id).state, { timeout: 20_000 }).toBe('exited');
  expect(terminals.get(id).endReason).toBeNull();

  const outline = await terminals.recordings.outline(id);
  expect(outline.end).toBeGreaterThan(20);
  const [first, second] = [outline.marks[0], outline.marks.at(-1)];
  expect((second?.[0] ?? 0) - (first?.[0] ?? 0)).toBeGreaterThan(800);
  expect((second?.[0] ?? 0) - (first?.[0] ?? 0)).toBeLessThan(5000);

  const part = await terminals.recordings.part(id, 0);
  expect(Buffer.from(part.data, 'base64').toString()).toContain('second\x1b[1Cwords ☃');
  expect(part.to).toBe(outline.end);

  const found = await terminals.recordings.search(id, 'SECOND words', 10);
  expect(found.items).toHaveLength(1);
  expect(found.items[0]).toMatchObject({ line: 'second words ☃', ms: second?.[0] });

  const file = await terminals.recordings.exportCast(id);
  expect(file.type).toBe('application/x-asciicast');
  const [header, ...lines] = (await file.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(header).toMatchObject({ version: 2, width: 80, height: 24, title: 'worker one' });
  expect(lines.map(([, kind, text]) => (kind === 'o' ? text : '')).join('')).toBe(
    'first words\r\nsecond\x1b[1Cwords ☃\r\n',
  );
  expect(lines.at(-1)?.[0] - lines[0]?.[0]).toBeGreaterThan(0.8);
});

test('times of a recording go on after a restart of the orchestrator', async () => {
  settings = { ...settings, recordShells: true };
  const { id } = await openShell();
  await terminals.input(id, 'echo one-$((0+1))\r');
  await expect.poll(() => screenOf(id), { timeout: 20_000 }).toContain('one-1');
  await terminals.close();
  terminals = make();
  await terminals.recover();
  await terminals.input(id, 'echo two-$((0+2))\r');
  await expect.poll(() => screenOf(id), { timeout: 20_000 }).toContain('two-2');
  await expect
    .poll(async () => {
      const { marks, end } = await terminals.recordings.outline(id);
      return marks.at(-1)?.[1] === end;
    })
    .toBe(true);
  expect((await terminals.recordings.search(id, 'two-2', 10)).items.length).toBeGreaterThan(0);
  const { id: quiet } = await (async () => {
    settings = { ...settings, recordShells: false };
    return openShell();
  })();
  await expect(terminals.recordings.outline(quiet)).rejects.toThrow(/is not recorded/);
});

test("a worker's earlier runs stay to be played after it is resumed, the newest of them", async () => {
  const workerId = 'w' as WorkerId;
  const run = async (number: number): Promise<TerminalId> => {
    const processId = `run-${number}`;
    const env = { PATH: process.env.PATH ?? '' };
    const args = ['-c', `echo said-in-${number}`];
    await host.spawn({ id: processId, mode: 'pty', file: 'sh', args, cwd: dataDir, env, cols: 80, rows: 24 });
    const facts = { workerId, projectId: 'p' as never, processId, title: 'worker one', cwd: dataDir, pid: null };
    const id = terminals.openForWorker({ ...facts, cols: 80, rows: 24 });
    terminals.keepEarlierRuns(workerId);
    await expect.poll(() => terminals.get(id).state, { timeout: 20_000 }).toBe('exited');
    return id;
  };
  const ids: TerminalId[] = [];
  for (let number = 1; number <= 23; number += 1) ids.push(await run(number));
  expect(terminals.list().map(({ id }) => id)).toEqual(ids.slice(2));
  const [oldest = '' as TerminalId] = ids.slice(2);
  const part = await terminals.recordings.part(oldest, 0);
  expect(Buffer.from(part.data, 'base64').toString()).toBe('said-in-3\r\n');
  expect((await terminals.recordings.search(oldest, 'said-in', 10)).items).toHaveLength(1);

  // When its output is removed by age an earlier run goes with it; the last one stays, to say how it ended.
  terminals.outputRemoved('run-3');
  terminals.outputRemoved('run-23');
  expect(terminals.list().map(({ id }) => id)).toEqual(ids.slice(3));
  terminals.forgetWorker(workerId);
  expect(terminals.list()).toEqual([]);
});

test('a miniature of a flood shows its end at every time, and all of the screen when it is over', async () => {
  const { id } = await terminals.create({ profile: 'login', cols: 80, rows: 24 });
  const ended = new AbortController();
  const pictures: string[][] = [];
  const looking = (async () => {
    for await (const { lines } of terminals.preview(id, 24, ended.signal)) pictures.push(lines);
  })();
  // Lines of a hundred characters, some 100 MB of them: longer than several pictures.
  await terminals.input(id, "yes \"$(printf 'y%.0s' $(seq 100))\" | head -n 1000000; printf 'ov%s\\n' er\n");
  await expect.poll(() => pictures.at(-1)?.some((line) => line === 'over'), { timeout: 50_000 }).toBe(true);
  ended.abort();
  await looking;
  expect(pictures.filter((lines) => lines.some((line) => /^y{20,}$/.test(line))).length).toBeGreaterThan(1);
  const { text } = await terminals.screen(id);
  expect(pictures.at(-1)?.join('\n').trimEnd()).toBe(text.trimEnd());
});
