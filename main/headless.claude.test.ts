import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AppEvent } from '../shared/events.ts';
import type { TerminalId, WorkerId } from '../shared/ids.ts';
import type { Worker } from '../shared/workers.ts';
import { openDatabase } from './orchestrator/database/database.ts';
import { createGitFixture, type GitFixture } from './testing/git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from './testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from './testing/temporary-home.ts';
import { runProgram, startProgram, type TestProgram } from './testing/test-program.ts';

let model: ScriptedModel;
let repository: GitFixture;
let home: TemporaryHome;
let dataDir: string;
let programs: TestProgram[];

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
});

afterAll(async () => {
  await model.close();
  await repository.close();
});

beforeEach(async () => {
  home = await createTemporaryHome({ modelUrl: model.url });
  dataDir = join(home.folder, 'data');
  programs = [];
});

afterEach(async () => {
  for (const program of programs) await program.end('SIGKILL');
  // Whatever a test left behind ends with its host.
  const last = await start(['--stop-workers']).catch(() => undefined);
  await last?.end('SIGTERM');
  await home.close();
});

async function start(args: string[] = []): Promise<TestProgram> {
  const program = await startProgram({
    dataDir,
    environment: home.environment,
    args: ['--claude', pinnedClaude() ?? '', ...args],
  });
  programs.push(program);
  return program;
}

/** Follows the events of one program from `since` on. */
function follow(program: TestProgram, since: number) {
  const seen: AppEvent[] = [];
  const looks = new Set<() => void>();
  void (async () => {
    for await (const event of await program.api.events.subscribe({ since })) {
      if (event.type === 'resync') throw new Error('events were lost');
      seen.push(event);
      for (const look of [...looks]) look();
    }
  })().catch(() => undefined);
  return {
    seen,
    worker: (id: WorkerId, matches: (worker: Worker) => boolean) =>
      new Promise<Worker>((resolve) => {
        const look = () => {
          for (const event of seen) {
            if (event.type !== 'worker.changed' || event.worker.id !== id || !matches(event.worker)) continue;
            looks.delete(look);
            return resolve(event.worker);
          }
        };
        looks.add(look);
        look();
      }),
  };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function addProject(program: TestProgram) {
  return program.api.projects.add({ path: repository.path });
}

test('kill -9 while an interactive worker asks: the request is still there, is answered, and the same process goes on', async () => {
  const first = await start();
  const project = await addProject(first);
  const spawned = await first.api.workers.spawn({
    projectId: project.id,
    name: 'asks on',
    kind: 'interactive',
    model: 'claude-sonnet-4-5',
    prompt: script([
      { tools: [{ name: 'Bash', input: { command: 'touch asked.txt', description: 'T' } }] },
      { text: 'Made.' },
    ]),
  });
  const asked = await waitForApproval(first);
  const { pid } = await first.api.workers.get({ id: spawned.id });
  await first.end('SIGKILL');
  const second = await start();
  expect(await second.api.inbox.list()).toMatchObject({ items: [{ id: asked.id, workerId: spawned.id }] });
  await second.api.approvals.decide({ id: asked.id, decision: 'allow' });
  const done = await follow(second, 0).worker(spawned.id, ({ turns }) => turns === 1);
  expect(done.pid).toBe(pid);
  await readFile(join(done.worktreePath ?? '', 'asked.txt'));
});

test('kill -9 in the middle of a turn: the same process goes on, nothing is lost or said twice', async () => {
  const first = await start();
  const project = await addProject(first);
  const words = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ');
  const spawned = await first.api.workers.spawn({
    projectId: project.id,
    name: 'survivor',
    model: 'claude-sonnet-4-5',
    prompt: script([
      { text: words, tools: [{ name: 'Bash', input: { command: 'ls', description: 'List' } }], perTok: 15, out: 80 },
      {
        text: `Before. ${words}`,
        tools: [{ name: 'Bash', input: { command: 'touch made.txt && echo from the tool', description: 'Echo' } }],
        perTok: 10,
      },
      { text: 'After everything.' },
    ]),
  });
  const before = follow(first, 0);
  const working = await before.worker(spawned.id, ({ state, pid }) => state === 'working' && pid !== null);
  await model.waitFor(({ kind, sessionId, step }) => kind === 'turn' && sessionId === spawned.sessionId && step === 0);
  for await (const update of await first.api.workers.conversation({ id: spawned.id })) {
    if (update.type === 'partial' && update.text.includes('word20')) break;
  }
  await first.end('SIGKILL');
  expect(alive(working.pid ?? 0)).toBe(true);

  const second = await start();
  const after = follow(second, before.seen.at(-1)?.seq ?? 0);
  const asked = (await second.api.approvals.list({ state: 'waiting' })).items[0] ?? (await waitForApproval(second));
  await second.end('SIGKILL');
  const third = await start();
  await third.api.approvals.decide({ id: asked.id, decision: 'allow' });
  const rest = follow(third, after.seen.at(-1)?.seq ?? before.seen.at(-1)?.seq ?? 0);
  const done = await rest.worker(spawned.id, ({ turns }) => turns === 1);
  expect(done.pid).toBe(working.pid);
  const { items } = await third.api.workers.messages({ id: spawned.id });
  expect(
    items.map((message) =>
      message.kind === 'text'
        ? message.text
        : message.kind === 'tool'
          ? `${message.state}: ${message.output}`
          : message.kind,
    ),
  ).toEqual([
    'prompt',
    words,
    'done: README.md',
    `Before. ${words}`,
    'done: from the tool',
    'After everything.',
    'turn',
  ]);
  expect(done.usage.outputTokens).toBe(120);
  const sequence = [...before.seen, ...after.seen, ...rest.seen].map(({ seq }) => seq);
  expect(sequence).toEqual(Array.from({ length: sequence.length }, (_, index) => index + 1));
});

async function waitForApproval(program: TestProgram) {
  for await (const event of await program.api.events.subscribe({ since: 0 })) {
    if (event.type === 'approval.changed' && event.approval.state === 'waiting') return event.approval;
  }
  throw new Error('unreachable');
}

test('kill -9 in the middle of 10 MB of terminal output: every byte is there, once', async () => {
  const first = await start();
  const { id } = await first.api.terminals.create({});
  const size = 10_000_000;
  const line = '0123456789'.repeat(10);
  // The echo of the command is not the output: the marks are put together by the shell.
  await first.api.terminals.input({
    id,
    data: `printf 'be%s' gin; i=0; yes ${line} | head -c ${size}; printf 'en%s' d\n`,
  });
  let received = 0;
  await new Promise<void>((resolve) => {
    first.onFrame((frame) => {
      if (frame.kind !== 'output') return;
      received = frame.offset + frame.bytes.length;
      first.sendFrame({ kind: 'ack', terminalId: id, offset: received });
      if (received > 1_000_000) resolve();
    });
    first.sendFrame({ kind: 'attach', terminalId: id, from: 0, whole: true });
  });
  await first.end('SIGKILL');
  const second = await start();
  const bytes = await readTerminal(second, id);
  const text = bytes.toString('latin1');
  const output = text.slice(text.indexOf('begin') + 'begin'.length, text.lastIndexOf('end'));
  const expected = `${line}\r\n`.repeat(Math.ceil(size / 101)).slice(0, size + Math.floor(size / 101));
  expect(createHash('sha256').update(output).digest('hex')).toBe(createHash('sha256').update(expected).digest('hex'));
  await second.api.terminals.remove({ id });
});

/** Everything a terminal said up to the mark `end`, read from its first byte, with the offsets checked. */
function readTerminal(program: TestProgram, terminalId: TerminalId): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let next = 0;
  return new Promise((resolve, reject) => {
    program.onFrame((frame) => {
      if (frame.kind === 'snapshot') reject(new Error('a snapshot came in place of bytes'));
      if (frame.kind !== 'output') return;
      if (frame.offset !== next) reject(new Error(`expected offset ${next}, got ${frame.offset}`));
      pieces.push(Buffer.from(frame.bytes));
      next += frame.bytes.length;
      program.sendFrame({ kind: 'ack', terminalId, offset: next });
      const tail = Buffer.concat(pieces.slice(-2)).toString('latin1');
      if (/end/.test(tail.slice(-4000)) && next > 10_000_000) resolve(Buffer.concat(pieces));
    });
    program.sendFrame({ kind: 'attach', terminalId, from: 0, whole: true });
  });
}

test('kill -9 of the host: the end is recorded with its reason, and resume brings the worker back', async () => {
  const program = await start();
  const project = await addProject(program);
  const events = follow(program, 0);
  const spawned = await Promise.all(
    (['headless', 'interactive'] as const).map((kind) =>
      program.api.workers.spawn({
        projectId: project.id,
        name: kind,
        kind,
        model: 'claude-sonnet-4-5',
        prompt: `hello ${script([{ text: `I am ${kind}.` }])}`,
      }),
    ),
  );
  const idle = await Promise.all(spawned.map(({ id }) => events.worker(id, ({ turns }) => turns === 1)));
  const { hostPid } = (await program.api.events.state()).system;
  // That it is known within a second is counted by `npm run test:terminals` (B2), where nothing else runs.
  process.kill(hostPid ?? 0, 'SIGKILL');
  const ends = await Promise.all(spawned.map(({ id }) => events.worker(id, ({ state }) => state === 'ended')));
  for (const end of ends) {
    expect(end).toMatchObject({ outcome: 'failed', endCode: 'HOST_LOST' });
  }
  await expect.poll(() => idle.filter(({ pid }) => alive(pid ?? 0)).length, { timeout: 10_000 }).toBe(0);
  for (const { id, sessionId, kind } of ends) {
    await program.api.workers.resume({ id, prompt: `again ${script([{ text: `Back as ${kind}.` }])}` });
    const back = await events.worker(id, ({ turns }) => turns === 2);
    expect(back).toMatchObject({ sessionId, restarts: 1 });
    const told = model.requests.filter((request) => request.kind === 'turn' && request.sessionId === sessionId).at(-1);
    expect(told?.text).toContain(`I am ${kind}.`);
  }
});

test('SIGTERM ends it cleanly within 5 s and leaves workers running; --stop-workers ends them too', async () => {
  const first = await start();
  const project = await addProject(first);
  const events = follow(first, 0);
  const { id } = await first.api.workers.spawn({
    projectId: project.id,
    name: 'stays',
    model: 'claude-sonnet-4-5',
    prompt: script([{ text: 'Here.' }]),
  });
  const idle = await events.worker(id, ({ turns }) => turns === 1);
  const at = Date.now();
  expect(await first.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(Date.now() - at).toBeLessThan(5000);
  expect(alive(idle.pid ?? 0)).toBe(true);
  const second = await start(['--stop-workers']);
  expect(await second.api.workers.get({ id })).toMatchObject({ state: 'idle', pid: idle.pid });
  const { hostPid } = (await second.api.events.state()).system;
  expect(await second.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(alive(idle.pid ?? 0)).toBe(false);
  await expect.poll(() => alive(hostPid ?? 0), { timeout: 10_000 }).toBe(false);
});

test('status and doctor say how it is, running or not', async () => {
  const flags = ['--data-dir', dataDir];
  expect(await runProgram(['status', ...flags], home.environment)).toMatchObject({
    code: 3,
    output: expect.stringContaining('Not running'),
  });
  const program = await start();
  const status = await runProgram(
    ['status', ...flags, '--token', 'test-token-test-token-test-token'],
    home.environment,
  );
  expect(status).toMatchObject({ code: 0, output: expect.stringMatching(/is healthy, at http:\/\/127\.0\.0\.1:\d+/) });
  expect(await runProgram(['status', ...flags, '--token', 'wrong'], home.environment)).toMatchObject({
    code: 1,
    errors: expect.stringContaining('refused the token'),
  });
  await program.end('SIGTERM');
  const doctor = await runProgram(['doctor', ...flags, '--claude', pinnedClaude() ?? ''], home.environment);
  expect(doctor).toMatchObject({ code: 0, output: expect.stringMatching(/ok +Claude Code: \d/) });
  const sick = await runProgram(['doctor', ...flags, '--claude', '/nowhere/claude'], home.environment);
  expect(sick).toMatchObject({
    code: 1,
    output: expect.stringMatching(/missing +Claude Code: \/nowhere\/claude is not an executable/),
  });
  expect(await runProgram(['--version'], home.environment)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('a start that cannot be is refused with one sentence that names the fix', async () => {
  const refused = (args: string[], environment = home.environment) =>
    runProgram(
      ['start', '--data-dir', dataDir, '--no-open', '--port', '0', '--log-level', 'silent', ...args],
      environment,
    );
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  expect(await refused(['--port', String(port)])).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/Port \d+ on 127\.0\.0\.1 is taken.*--port/),
  });
  taken.close();
  expect(await refused(['--port', 'ninety'])).toMatchObject({
    code: 1,
    errors: expect.stringContaining('--port ("ninety") does not fit'),
  });
  expect(await refused([], { ...home.environment, MAX_WORKERS: '0' })).toMatchObject({
    code: 1,
    errors: expect.stringContaining('MAX_WORKERS'),
  });
  expect(await refused(['--host', '0.0.0.0'])).toMatchObject({ code: 1, errors: expect.stringContaining('127.0.0.1') });

  const program = await start();
  expect(await refused([])).toMatchObject({
    code: 1,
    errors: expect.stringMatching(new RegExp(`in use by Control Room with process id ${program.pid}, at http`)),
  });
  await program.end('SIGTERM');

  const database = openDatabase(join(dataDir, 'control-room.db'), { durable: true });
  database.exec('PRAGMA user_version = 99');
  database.close();
  const bytes = await readFile(join(dataDir, 'control-room.db'));
  expect(await refused([])).toMatchObject({
    code: 1,
    errors: expect.stringContaining('newer Control Room (schema 99,'),
  });
  expect(await readFile(join(dataDir, 'control-room.db'))).toEqual(bytes);
  await writeFile(join(dataDir, 'config.json'), '{ "port": ');
  expect(await refused([])).toMatchObject({
    code: 1,
    errors: expect.stringContaining('config.json is not a JSON object'),
  });
  const file = join(home.folder, 'file');
  await writeFile(file, '');
  expect(await runProgram(['start', '--data-dir', join(file, 'x'), '--port', '0'], home.environment)).toMatchObject({
    code: 1,
    errors: expect.stringContaining('cannot be written'),
  });
  dataDir = join(home.folder, 'other');
});

test('a worker without claude, or with one that is too old, fails with the reason', async () => {
  const old = join(home.folder, 'old', 'claude');
  await mkdir(join(home.folder, 'old'));
  await writeFile(old, '#!/bin/sh\necho "1.0.3 (Claude Code)"\n');
  await chmod(old, 0o755);
  for (const [claude, code, sentence] of [
    ['/nowhere/claude', 'NOT_INSTALLED', /--claude or CLAUDE_PATH/],
    [old, 'TOO_OLD', /1\.0\.3 is too old.*claude update/],
  ] as const) {
    const program = await startProgram({ dataDir, environment: home.environment, args: ['--claude', claude] });
    const project = (await program.api.projects.list({})).items[0] ?? (await addProject(program));
    const events = follow(program, 0);
    const { id } = await program.api.workers.spawn({ projectId: project.id, prompt: 'hello' });
    const end = await events.worker(id, ({ state }) => state === 'ended');
    expect(end).toMatchObject({ outcome: 'failed', endCode: code });
    expect(end.endReason).toMatch(sentence);
    await program.end('SIGTERM');
  }
});
