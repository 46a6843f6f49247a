import { readFile, stat } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccessOverview, PortState } from '../shared/credentials.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

let room: TestControlRoom;

beforeEach(async () => {
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:1', portClosed: true });
});

afterEach(async () => {
  await room.close();
});

/** The port once it is as wanted. */
async function untilPort(is: (port: PortState) => boolean): Promise<PortState> {
  const ended = new AbortController();
  try {
    for await (const { port } of (await room.api.access.watch(undefined, {
      signal: ended.signal,
    })) as AsyncIterable<AccessOverview>)
      if (is(port)) return port;
  } finally {
    ended.abort();
  }
  throw new Error('the port is not told of any more');
}

const status = async (url: string): Promise<number> => (await fetch(`${url}/live`)).status;

test('it is closed until the user opens it, and opens, moves and closes while everything else goes on', async () => {
  expect((await room.api.access.overview()).port).toMatchObject({ state: 'closed', address: null });
  await room.api.settings.update({ listenPort: 0, listen: true });
  const first = await untilPort(({ state }) => state === 'open');
  expect(first.addresses).toEqual([first.address]);
  expect(await status(first.address ?? '')).toBe(200);
  await room.api.settings.update({ listenHost: '127.0.0.7' });
  const second = await untilPort(({ address }) => address?.includes('127.0.0.7') ?? false);
  expect(await status(second.address ?? '')).toBe(200);
  await expect(status(first.address ?? '')).rejects.toThrow();
  await room.api.settings.update({ listen: false });
  await untilPort(({ state }) => state === 'closed');
  await expect(status(second.address ?? '')).rejects.toThrow();
});

test('one that is taken says by whom, and opens once another is chosen', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await room.api.settings.update({ listenPort: address.port, listen: true });
  const failed = await untilPort(({ state }) => state === 'failed');
  expect(failed.problem).toContain(`Port ${address.port} on 127.0.0.1 is taken by`);
  // The system tells: it is this very process.
  if (process.platform === 'linux') expect(failed.problem).toContain(`(process ${process.pid})`);
  await room.api.settings.update({ listenPort: 0 });
  await untilPort(({ state }) => state === 'open');
  taken.close();
});

test('it is opened to other machines only with networks that may connect', async () => {
  await room.api.settings.update({ listenPort: 0, listenHost: '0.0.0.0', listen: true });
  const failed = await untilPort(({ state }) => state === 'failed');
  expect(failed.problem).toMatch(/ALLOWLIST.*127\.0\.0\.1/);
  await expect(room.api.settings.update({ allowlist: ['everybody'] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('with TLS it shows the fingerprint of a certificate that stays the same, its key for the owner alone', async () => {
  await room.api.settings.update({ listenPort: 0, tls: true, listen: true });
  const port = await untilPort(({ state }) => state === 'open');
  expect(port.address).toMatch(/^https:/);
  const folder = join(room.home.folder, 'data', 'tls');
  const seen = await new Promise<{ fingerprint: string; status: number }>((resolve, reject) => {
    readFile(join(folder, 'certificate.pem'), 'utf8').then((ca) => {
      get(`${port.address}/live`, { ca, agent: false }, (response) => {
        response.resume();
        const { fingerprint256 } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
        resolve({ fingerprint: fingerprint256, status: response.statusCode ?? 0 });
      }).on('error', reject);
    }, reject);
  });
  expect(seen).toEqual({ fingerprint: port.fingerprint, status: 200 });
  if (process.platform !== 'win32') expect((await stat(join(folder, 'key.pem'))).mode & 0o777).toBe(0o600);
  await room.api.settings.update({ listen: false });
  await untilPort(({ state }) => state === 'closed');
  await room.api.settings.update({ listen: true });
  expect((await untilPort(({ state }) => state === 'open')).fingerprint).toBe(port.fingerprint);
});
