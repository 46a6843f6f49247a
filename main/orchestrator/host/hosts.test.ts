import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isProcessAlive } from '../../host/process-tree.ts';
import type { HostClient, HostProcess, HostSpawn } from './host.ts';
import { createHosts } from './hosts.ts';

let dataDir: string;
let open: HostClient[];
let hostPids: Set<number>;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'control-room-hosts-'));
  open = [];
  hostPids = new Set();
});

afterEach(async () => {
  for (const client of open) {
    await client.shutdown({ stopProcesses: true });
    await client.close();
  }
  for (const pid of hostPids) await expect.poll(() => isProcessAlive(pid, null), { timeout: 10_000 }).toBe(false);
  await rm(dataDir, { recursive: true });
});

/** Starts an app of this build on the data folder. */
async function start(build: string): Promise<HostClient> {
  const client = createHosts({
    dataDir,
    build,
    entry: {
      file: process.execPath,
      args: [path.resolve(import.meta.dirname, '../../host.ts')],
      env: { PATH: process.env.PATH ?? '' },
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onLost: () => undefined,
  });
  open.push(client);
  await client.connected;
  hostPids.add(client.info().pid);
  return client;
}

async function quit(client: HostClient): Promise<void> {
  await client.close();
  open = open.filter((each) => each !== client);
}

const shell = (id: string, script: string): HostSpawn => ({
  id,
  mode: 'pty',
  file: 'sh',
  args: ['-c', script],
  cwd: dataDir,
  env: { PATH: process.env.PATH ?? '' },
});

const exitOf = (client: HostClient, id: string): Promise<HostProcess> =>
  new Promise((resolve) => client.onExit(id, resolve));

async function outputOf(client: HostClient, id: string): Promise<string> {
  const parts: Uint8Array[] = [];
  const stop = client.subscribe(id, 'output', 0, ({ bytes }) => parts.push(bytes));
  await exitOf(client, id);
  stop();
  return Buffer.concat(parts).toString();
}

test('after an upgrade the old host serves its processes on, new ones go to the new host, and nothing of the old is lost', async () => {
  const old = await start('1.0.0');
  await old.spawn(shell('ended', 'echo said before'));
  await exitOf(old, 'ended');
  const running = await old.spawn(shell('running', 'echo first; read x; echo "typed $x"'));
  const oldPid = old.info().pid;
  await quit(old);

  const upgraded = await start('2.0.0');
  expect(upgraded.info().pid).not.toBe(oldPid);
  expect(await isProcessAlive(oldPid, null)).toBe(true);
  expect((await upgraded.list()).map(({ id, pid }) => [id, pid])).toContainEqual(['running', running.pid]);
  await upgraded.spawn(shell('new', 'sleep 300'));
  expect(await readdir(path.join(dataDir, 'host/2.0.0/processes'))).toEqual(['new']);
  expect(await outputOf(upgraded, 'ended')).toBe('said before\r\n');
  const output = outputOf(upgraded, 'running');
  await upgraded.write('running', 'hello\n');
  expect(await output).toContain('typed hello\r\n');
  await quit(upgraded);

  // Nobody holds on to the old host any more, and it holds nothing that runs.
  await expect.poll(() => isProcessAlive(oldPid, null), { timeout: 10_000 }).toBe(false);
  const again = await start('2.0.0');
  expect((await again.list()).map(({ id }) => id).sort()).toEqual(['ended', 'new', 'running']);
  expect(await outputOf(again, 'running')).toContain('typed hello\r\n');
  expect(await outputOf(again, 'ended')).toBe('said before\r\n');
  expect(await readdir(path.join(dataDir, 'host'))).toEqual(['2.0.0']);
});

test('what a host of another build left when it was killed is ended and taken in', async () => {
  const old = await start('1.0.0');
  const { pid } = await old.spawn(shell('orphaned', 'trap "" HUP; echo here; sleep 300; sleep 300'));
  await expect.poll(async () => (await old.describe('orphaned'))?.streams.output.end).toBeGreaterThan(0);
  const oldPid = old.info().pid;
  await quit(old);
  process.kill(oldPid, 'SIGKILL');
  await expect.poll(() => isProcessAlive(oldPid, null)).toBe(false);

  const upgraded = await start('2.0.0');
  expect(await upgraded.list()).toMatchObject([{ id: 'orphaned', endReason: 'host-lost' }]);
  expect(await isProcessAlive(pid as number, null)).toBe(false);
  expect(await outputOf(upgraded, 'orphaned')).toBe('here\r\n');
});
