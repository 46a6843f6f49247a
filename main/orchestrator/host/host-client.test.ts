import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFrameReader, decodeJson, decodeOutput, encodeJsonFrame, frameKinds } from '../../host/frames.ts';
import { isProcessAlive } from '../../host/process-tree.ts';
import type { HostAddress } from '../../host/protocol.ts';
import type { HostClient, HostHookLine, HostLoss, HostProcess, HostSpawn } from './host.ts';
import { createHostClient } from './host-client.ts';

const hostFile = path.resolve(import.meta.dirname, '../../host.ts');
const entry = { file: process.execPath, args: [hostFile], env: { PATH: process.env.PATH ?? '' } };
const env = { PATH: process.env.PATH ?? '' };

let dataDir: string;
let clients: HostClient[];
let losses: HostLoss[];
let hostPids: Set<number>;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'control-room-host-'));
  clients = [];
  losses = [];
  hostPids = new Set();
});

afterEach(async () => {
  const last = clients.at(-1);
  await last?.shutdown({ stopProcesses: true }).catch(() => undefined);
  await Promise.all(clients.map((client) => client.close()));
  for (const pid of hostPids) await expect.poll(() => isProcessAlive(pid, null), { timeout: 10_000 }).toBe(false);
  await rm(dataDir, { recursive: true });
});

async function connect(): Promise<HostClient> {
  const client = createHostClient({
    dataDir,
    build: 'test',
    entry,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onLost: (loss) => losses.push(loss),
  });
  await client.connected;
  hostPids.add(client.info().pid);
  clients.push(client);
  return client;
}

const shell = (id: string, script: string, more: Partial<HostSpawn> = {}): HostSpawn => ({
  id,
  mode: 'pty',
  file: 'sh',
  args: ['-c', script],
  cwd: dataDir,
  env,
  ...more,
});

const exitOf = (client: HostClient, id: string): Promise<HostProcess> =>
  new Promise((resolve) => client.onExit(id, resolve));

/** Follows a stream from its start and checks that offsets join up. */
function follow(client: HostClient, id: string, from = 0, stream: 'output' | 'errors' | 'hooks' = 'output') {
  const parts: Uint8Array[] = [];
  let cursor = from;
  let breaks = 0;
  const stop = client.subscribe(id, stream, from, ({ offset, bytes }) => {
    if (offset !== cursor) breaks++;
    cursor = offset + bytes.length;
    parts.push(bytes);
  });
  return {
    stop,
    get end() {
      return cursor;
    },
    get breaks() {
      return breaks;
    },
    bytes: () => Buffer.concat(parts),
    text: () => Buffer.concat(parts).toString(),
  };
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A viewer of its own that stops reading, and goes on when told: a bare socket, so that nothing else drains it. */
async function connectPausedViewer(id: string) {
  const address = JSON.parse(await readFile(path.join(dataDir, 'host/test/host.json'), 'utf8')) as HostAddress;
  const socket = net.connect(address.socketPath);
  const parts: Buffer[] = [];
  let cursor = 0;
  let breaks = 0;
  let seen: () => void = () => undefined;
  const subscribed = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const exited = new Promise<void>((resolve) => {
    const reader = createFrameReader((kind, payload) => {
      if (kind === frameKinds.welcome) {
        socket.write(
          encodeJsonFrame(frameKinds.request, {
            requestId: 1,
            operation: 'subscribe',
            input: { subscriptionId: 1, id, stream: 'output', from: 0 },
          }),
        );
        socket.write(encodeJsonFrame(frameKinds.request, { requestId: 2, operation: 'watchExit', input: { id } }));
      } else if (kind === frameKinds.response && (decodeJson(payload) as { requestId: number }).requestId === 2) {
        seen();
      } else if (kind === frameKinds.output) {
        const { offset, bytes } = decodeOutput(payload);
        if (offset !== cursor) breaks++;
        cursor = offset + bytes.length;
        parts.push(bytes);
      } else if (kind === frameKinds.exit) {
        resolve();
      }
    });
    socket.on('data', (chunk) => reader.push(chunk));
  });
  socket.write(encodeJsonFrame(frameKinds.hello, { token: address.token, protocolVersion: 1 }));
  await subscribed;
  socket.pause();
  return {
    async finish(): Promise<{ bytes: Buffer; breaks: number }> {
      socket.resume();
      await exited;
      socket.destroy();
      return { bytes: Buffer.concat(parts), breaks };
    },
  };
}

test('no byte is lost of a child that writes and exits at once, viewer absent, present or paused', async () => {
  const client = await connect();
  const source = randomBytes(10 * 1024 * 1024);
  const sourceFile = path.join(dataDir, 'source');
  await writeFile(sourceFile, source);
  const wrong: string[] = [];
  for (let round = 0; round < 36; round++) {
    // Sizes by orders of magnitude: the short ones are the ones whose tail used to be lost.
    const sizeBytes = Math.max(1, Math.floor(10 ** (Math.random() * 7) * 1.048));
    const mode = round % 4 === 3 ? 'pipe' : 'pty';
    const viewer = (['absent', 'present', 'paused'] as const)[round % 3];
    const id = `tail-${round}`;
    const go = path.join(dataDir, `go-${round}`);
    // Waits for a line, so that the viewer is there before the first byte.
    const raw = mode === 'pty' ? 'stty raw -echo; ' : '';
    await client.spawn(
      shell(id, `${raw}mkfifo "${go}"; read x < "${go}"; exec head -c ${sizeBytes} "${sourceFile}"`, { mode }),
    );
    const present = viewer === 'present' ? follow(client, id) : null;
    const paused = viewer === 'paused' ? await connectPausedViewer(id) : null;
    const exit = exitOf(client, id);
    await writeFifo(go);
    const ended = await exit;
    const seen = present
      ? { bytes: present.bytes(), breaks: present.breaks }
      : paused
        ? await paused.finish()
        : await readLog(client, id);
    const expected = hashOf(source.subarray(0, sizeBytes));
    const logged = await readLog(client, id);
    const good =
      ended.exitCode === 0 &&
      ended.streams.output.end === sizeBytes &&
      seen.breaks === 0 &&
      hashOf(seen.bytes) === expected &&
      hashOf(logged.bytes) === expected;
    if (!good)
      wrong.push(
        `${id}: ${mode}, ${viewer}, ${sizeBytes} bytes, seen ${seen.bytes.length}, logged ${logged.bytes.length}, exit ${ended.exitCode}`,
      );
    await client.release(id);
  }
  expect(wrong).toEqual([]);
});

/** Writes a line once the reader has made the pipe and waits at it: without one, opening it fails. */
async function writeFifo(file: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK;
  const write = () => writeFile(file, 'go\n', { flag: flags as unknown as string });
  await expect
    .poll(
      () =>
        write().then(
          () => true,
          () => false,
        ),
      { interval: 2 },
    )
    .toBe(true);
}

async function readLog(client: HostClient, id: string): Promise<{ bytes: Buffer; breaks: number }> {
  const reading = follow(client, id);
  await exitOf(client, id);
  reading.stop();
  return { bytes: reading.bytes(), breaks: reading.breaks };
}

test('a program that cannot be started is an answer with the reason, and the same id never starts twice', async () => {
  const client = await connect();
  const missing = await client.spawn({ ...shell('missing', ''), file: 'no-such-program' });
  expect(missing).toMatchObject({
    endReason: 'failed',
    endMessage: expect.stringContaining('no-such-program was not found'),
  });
  expect(await client.spawn({ ...shell('folder', 'true'), cwd: path.join(dataDir, 'nowhere') })).toMatchObject({
    endReason: 'failed',
  });
  const [first, second] = await Promise.all([
    client.spawn(shell('twice', 'sleep 100')),
    client.spawn(shell('twice', 'sleep 100')),
  ]);
  expect(first.pid).toBe(second.pid);
  expect((await client.list()).filter(({ id }) => id === 'twice')).toHaveLength(1);
});

test('a write said again is acknowledged and not written again, also by the next client; a large one arrives whole', async () => {
  const client = await connect();
  const data = randomBytes(1_500_000);
  await client.spawn(shell('cat', `head -c ${data.length + 8}; echo done`, { mode: 'pipe' }));
  await client.write('cat', 'once', 'w1');
  const again = await connect();
  await again.write('cat', 'once', 'w1');
  await again.write('cat', 'more', 'w2');
  const output = follow(again, 'cat');
  const exit = exitOf(again, 'cat');
  await again.write('cat', data);
  await exit;
  expect(hashOf(output.bytes())).toBe(hashOf(Buffer.concat([Buffer.from('oncemore'), data, Buffer.from('done\n')])));
});

test('a megabyte pasted into a terminal arrives whole while its program is slow to read', async () => {
  const client = await connect();
  const data = Buffer.from(randomBytes(750_000).toString('base64'));
  await client.spawn(shell('paste', `stty raw -echo; echo ready; sleep 0.3; head -c ${data.length} | sha256sum`));
  const output = follow(client, 'paste');
  const exit = exitOf(client, 'paste');
  await expect.poll(() => output.text()).toContain('ready');
  await client.write('paste', data);
  await exit;
  expect(output.text()).toContain(hashOf(data));
});

test('kill -9 of the orchestrator: same process, output without a gap, held hook answered by the next one', async () => {
  const client = await connect();
  const hook = `curl -s -X POST -H "Authorization: Bearer $CONTROL_ROOM_HOOK_TOKEN" -d '{"hook_event_name":"PermissionRequest","tool":"x"}' "$CONTROL_ROOM_HOOK_URL"`;
  const script = `
    import { createHostClient } from ${JSON.stringify(path.resolve(import.meta.dirname, 'host-client.ts'))};
    const client = createHostClient({ ...${JSON.stringify({ dataDir, build: 'test', entry })}, log: { info() {}, warn() {}, error() {} }, onLost() {} });
    await client.connected;
    const spec = ${JSON.stringify(shell('long', `${hook} & i=0; while [ $i -lt 60000 ]; do echo "line $i"; i=$((i+1)); done; wait`, { hooks: true }))};
    const { pid } = await client.spawn(spec);
    let end = 0;
    client.subscribe('long', 'output', 0, ({ offset, bytes }) => {
      end = offset + bytes.length;
      if (end > 100_000) { console.log(JSON.stringify({ pid, end })); }
    });
  `;
  const first = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = (await createInterface(first.stdout)[Symbol.asyncIterator]().next()).value as string;
  first.kill('SIGKILL');
  await once(first, 'exit');
  const { pid, end } = JSON.parse(line) as { pid: number; end: number };
  const [found] = (await client.list()).filter(({ id }) => id === 'long');
  expect(found).toMatchObject({ pid });
  expect(found?.endedAt).toBeUndefined();
  const rest = follow(client, 'long', end);
  const whole = follow(client, 'long');
  const hooks = follow(client, 'long', 0, 'hooks');
  const exit = exitOf(client, 'long');
  await expect.poll(() => hooks.text()).toContain('PermissionRequest');
  const { hookId, body } = JSON.parse(hooks.text().trim()) as HostHookLine;
  expect(body).toMatchObject({ tool: 'x' });
  expect(await client.respondHook('long', hookId, 200, { decision: 'let-it-be' })).toBe(true);
  expect(await client.respondHook('long', hookId, 200, {})).toBe(false);
  await exit;
  expect([rest.breaks, whole.breaks]).toEqual([0, 0]);
  expect(whole.bytes().subarray(end)).toEqual(rest.bytes());
  const text = whole.text();
  expect(text).toContain('let-it-be');
  const numbers = [...text.matchAll(/line (\d+)\r\n/g)].map((match) => Number(match[1]));
  // curl's answer may stand inside one line of the two writers to one terminal, never inside more.
  expect(numbers.length).toBeGreaterThanOrEqual(59_999);
  expect(numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number))).toBe(true);
});

test.skipIf(process.platform === 'win32')(
  'kill -9 of the host: reported at once, every end recorded, nothing left running, a fresh one at work',
  async () => {
    const client = await connect();
    await client.spawn(
      shell(
        'stubborn',
        `trap "" HUP; (setsid sh -c 'trap "" HUP TERM; echo orphan $$; exec sleep 300' &); sleep 300; sleep 300`,
      ),
    );
    await client.spawn(shell('piped', 'echo kept; exec sleep 300', { mode: 'pipe' }));
    const before = await client.list();
    const output = follow(client, 'stubborn');
    await expect.poll(() => output.text()).toContain('orphan');
    const orphanPid = Number(/orphan (\d+)/.exec(output.text())?.[1]);
    const exits = [exitOf(client, 'stubborn'), exitOf(client, 'piped')];
    const oldPid = client.info().pid;
    // Asked for while what the old host left is being ended: after its end was delivered, before anything new is sent.
    const late = exits[1]?.then(() => readLog(client, 'piped'));
    process.kill(oldPid, 'SIGKILL');
    await expect.poll(() => losses.length, { interval: 5 }).toBe(1);
    expect(losses[0]?.processes.map(({ id }) => id).sort()).toEqual(['piped', 'stubborn']);
    for (const exit of await Promise.all(exits))
      expect(exit).toMatchObject({ endReason: 'host-lost', endedAt: expect.any(Number) });
    expect((await client.spawn(shell('next', 'exit 7'))).endReason === 'failed').toBe(false);
    hostPids.add(client.info().pid);
    expect(client.info().pid).not.toBe(oldPid);
    // Requests wait for the sweep, so it is over now.
    for (const { pid, processStartTime } of before)
      expect(await isProcessAlive(pid as number, processStartTime)).toBe(false);
    expect(await isProcessAlive(orphanPid, null)).toBe(false);
    expect((await late)?.bytes.toString()).toBe('kept\n');
    expect(losses).toHaveLength(1);
  },
);

test('a connection that breaks again and again loses and doubles nothing, either way', async () => {
  const first = await connect();
  // Before the terminal is raw it would keep what comes in for a line that never ends.
  await first.spawn(shell('echo', 'stty raw -echo; printf R; exec head -c 400000', { mode: 'pty' }));
  const file = path.join(dataDir, 'host/test/host.json');
  const address = JSON.parse(await readFile(file, 'utf8')) as HostAddress;
  const open = new Set<net.Socket>();
  const proxy = net.createServer((near) => {
    const far = net.connect(address.socketPath);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const proxyPath = path.join(dataDir, 'proxy.sock');
  await new Promise<void>((resolve) => proxy.listen(proxyPath, resolve));
  await writeFile(file, JSON.stringify({ ...address, socketPath: proxyPath }));
  const client = await connect();
  const output = follow(client, 'echo');
  const exit = exitOf(client, 'echo');
  await expect.poll(() => output.bytes().toString(), { timeout: 20_000 }).toBe('R');
  const sent: Buffer[] = [Buffer.from('R')];
  const writes: Promise<void>[] = [];
  for (let i = 0; i < 400; i++) {
    const data = Buffer.from(String(i).padStart(1000, '.'));
    sent.push(data);
    writes.push(client.write('echo', data));
    if (i % 40 === 20) {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (i % 8 === 0) await writes.at(-1);
  }
  await Promise.all(writes);
  await exit;
  expect(output.breaks).toBe(0);
  expect(output.bytes().equals(Buffer.concat(sent))).toBe(true);
  expect(losses).toEqual([]);
  await writeFile(file, JSON.stringify(address));
  await client.close();
  clients = [first];
  proxy.close();
});

test('a hook is answered at once, held only when it asks, refused without its token, and cancelled when its sender goes', async () => {
  const client = await connect();
  await client.spawn(
    shell('hooked', 'echo "$CONTROL_ROOM_HOOK_URL $CONTROL_ROOM_HOOK_TOKEN "; sleep 300', {
      hooks: true,
      mode: 'pipe',
    }),
  );
  await client.spawn(shell('other', 'echo "$CONTROL_ROOM_HOOK_TOKEN "; sleep 300', { hooks: true, mode: 'pipe' }));
  const [output, otherOutput, hooks] = [
    follow(client, 'hooked'),
    follow(client, 'other'),
    follow(client, 'hooked', 0, 'hooks'),
  ];
  await expect.poll(() => output.text() && otherOutput.text()).not.toBe('');
  const [url = '', token = ''] = output.text().split(' ');
  const post = (body: string, bearer = token, more: RequestInit = {}) =>
    fetch(url, { method: 'POST', body, headers: { authorization: `Bearer ${bearer}` }, ...more });
  expect((await post('{"hook_event_name":"Stop"}')).status).toBe(200);
  expect((await post('{"hook_event_name":"Stop"}', 'x'.repeat(64))).status).toBe(401);
  expect((await post('{"hook_event_name":"Stop"}', otherOutput.text().trim())).status).toBe(401);
  expect(
    (
      await post('{"hook_event_name":"Stop"}', token, {
        headers: { authorization: `Bearer ${token}`, origin: 'http://evil.example' },
      })
    ).status,
  ).toBe(403);
  expect((await post('not json')).status).toBe(400);
  expect((await post(`{"hook_event_name":"Stop",\n "big":"${'b'.repeat(3_000_000)}"}`)).status).toBe(200);
  const abort = new AbortController();
  const held = post('{"hook_event_name":"PermissionRequest"}', token, { signal: abort.signal }).catch(
    (error: Error) => error.name,
  );
  const lines = () =>
    hooks
      .text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as HostHookLine);
  await expect.poll(() => lines().length).toBe(3);
  expect(lines()[1]?.body).toEqual({ hook_event_name: 'Stop', big: 'b'.repeat(3_000_000) });
  abort.abort();
  expect(await held).toBe('AbortError');
  await expect.poll(() => lines().length).toBe(4);
  const [, , asked, cancelled] = lines();
  expect(cancelled).toEqual({ hookId: asked?.hookId, receivedAt: expect.any(Number), cancelled: true });
  expect(await client.respondHook('hooked', asked?.hookId ?? '', 200, {})).toBe(false);
});

test.skipIf(process.platform !== 'linux')(
  'a process gets no hold of the terminals of others, and keeps its environment and arguments',
  async () => {
    const client = await connect();
    for (let i = 0; i < 3; i++) {
      await client.spawn(shell(`victim-${i}`, 'stty -echo; echo ready; while read line; do echo "typed: $line"; done'));
      const victim = follow(client, `victim-${i}`);
      await expect.poll(() => victim.text()).toContain('ready');
    }
    for (const mode of ['pty', 'pipe'] as const) {
      const script = 'readlink /proc/$$/fd/*; echo "args:$*:"; echo "env:$CANARY:$BASH_ENV:"';
      const trap = path.join(dataDir, 'trap');
      await writeFile(trap, 'echo sourced');
      const spec = shell(`spy-${mode}`, script, { mode, env: { ...env, CANARY: "it's $HOME", BASH_ENV: trap } });
      spec.args.push('sh', '-e', 'two words', '"$(id)"', 'new\nline');
      await client.spawn(spec);
      const text = (await readLog(client, `spy-${mode}`)).bytes.toString().replaceAll('\r\n', '\n');
      expect(text).toContain('/');
      expect(text).not.toContain('ptmx');
      expect(text).toContain('args:-e two words "$(id)" new\nline:');
      expect(text).toContain(`env:it's $HOME:${trap}:`);
      expect(text).not.toContain('sourced');
    }
  },
);

test('a terminal that floods does not keep another from answering', async () => {
  const client = await connect();
  for (let i = 0; i < 4; i++) {
    await client.spawn(
      shell(`flood-${i}`, 'exec yes 0123456789012345678901234567890123456789012345678901234567890123456789'),
    );
    client.subscribe(`flood-${i}`, 'output', 0, () => undefined);
  }
  await client.spawn(shell('cat', 'stty raw -echo; echo ready; exec cat'));
  const output = follow(client, 'cat');
  await expect.poll(() => output.text()).toContain('ready');
  for (let key = 0; key < 50; key++) {
    const answered = new Promise<void>((resolve) => {
      const stop = client.subscribe('cat', 'output', output.end, () => {
        stop();
        resolve();
      });
    });
    await client.write('cat', 'k');
    await answered;
  }
  const flood = (await client.list()).find(({ id }) => id === 'flood-0');
  expect(flood?.endedAt).toBeUndefined();
  // Bounded, and honest about it.
  expect((flood?.streams.output.end ?? 0) - (flood?.streams.output.start ?? 0)).toBeLessThan(80 * 1024 * 1024);
});

test('the size of a terminal changes with the offset it changed at', async () => {
  const client = await connect();
  await client.spawn(
    shell('size', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done', { cols: 80, rows: 24 }),
  );
  const output = follow(client, 'size');
  await expect.poll(() => output.text()).toContain('ready');
  const size = await client.resize('size', 132, 43);
  await expect.poll(() => output.text()).toContain('43 132');
  expect(size).toEqual({ offset: Buffer.byteLength('ready\r\n'), cols: 132, rows: 43 });
  expect((await client.list())[0]?.sizes).toEqual([{ offset: 0, cols: 80, rows: 24 }, size]);
});

test('one host for a folder; a client without the token gets nothing; it ends when it holds nothing', async () => {
  const client = await connect();
  const { pid } = client.info();
  const second = spawn(process.execPath, [hostFile, '--data-dir', dataDir, '--build', 'test'], { stdio: 'ignore' });
  expect(await once(second, 'exit')).toEqual([0, null]);
  const [a, b] = await Promise.all([connect(), connect()]);
  expect([a.info().pid, b.info().pid]).toEqual([pid, pid]);

  const address = JSON.parse(await readFile(path.join(dataDir, 'host/test/host.json'), 'utf8')) as HostAddress;
  const kinds: number[] = [];
  const stranger = net.connect(address.socketPath);
  const reader = createFrameReader((kind) => kinds.push(kind));
  stranger.on('data', (chunk) => reader.push(chunk));
  stranger.write(
    encodeJsonFrame(frameKinds.hello, { token: address.token.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
  );
  await once(stranger, 'close');
  expect(kinds).toEqual([frameKinds.refused]);

  await client.spawn(shell('short', 'exit 3'));
  expect(await exitOf(client, 'short')).toMatchObject({ exitCode: 3, endReason: 'exited' });
  await Promise.all(clients.map((each) => each.close()));
  clients = [];
  await expect.poll(() => isProcessAlive(pid, null), { timeout: 10_000 }).toBe(false);
  // What ended is still known to the next host, with its end and its output, until it is released.
  const next = await connect();
  expect(next.info().pid).not.toBe(pid);
  expect(await next.list()).toMatchObject([{ id: 'short', exitCode: 3, endReason: 'exited' }]);
  await next.release('short');
  expect(await next.list()).toEqual([]);
});
