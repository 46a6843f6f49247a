import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Settings } from '../shared/settings.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

let room: TestControlRoom;

beforeEach(async () => {
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:1' });
});

afterEach(async () => {
  await room.close();
});

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

function call(method: string, path: string, credential: string, body?: unknown) {
  return room.request(method, path, body, bearer(credential));
}

/** Opens a socket; settles with it, or with the status it was refused with. */
function open(credential: string): Promise<WebSocket | number> {
  const socket = new WebSocket(`${room.server.address.replace('http', 'ws')}/ws`, [`bearer.${credential}`]);
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => undefined);
  });
}

function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

test('a key is told once, does what its permissions say, and is over when it is revoked', async () => {
  const made = await room.request('POST', '/api/admin/keys', {
    name: 'nightly',
    permissions: ['read:*', 'write:sessions'],
    rate_limit: 50,
    expires_in_days: 30,
  });
  expect(made.status).toBe(201);
  const { id, key } = made.body as { id: string; key: string };
  expect(key).toMatch(/^cr_k_[\w-]{43}$/);
  const listed = await room.request('GET', '/api/admin/keys');
  expect(JSON.stringify(listed.body)).not.toContain(key);
  expect(listed.body).toMatchObject({ items: [{ id, name: 'nightly', rateLimit: 50, access: 'reply' }] });

  expect((await call('GET', '/api/workers', key)).status).toBe(200);
  expect(
    (await room.request('GET', '/orchestrate/workers', undefined, { authorization: '', 'x-api-key': key })).status,
  ).toBe(200);
  // May write sessions: it is let through to be told that there is none.
  expect((await call('PATCH', '/api/sessions/none', key, { title: 'x' })).status).toBe(404);
  expect(await call('POST', '/api/workers', key, {})).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect((await call('POST', '/api/admin/keys', key, { name: 'x', permissions: ['*'] })).status).toBe(403);
  expect((await call('GET', '/api/admin/keys', key)).status).toBe(403);

  await room.request('PATCH', `/api/admin/keys/${id}`, { permissions: ['read:sessions'] });
  expect((await call('GET', '/api/sessions', key)).status).toBe(200);
  expect((await call('GET', '/api/workers', key)).status).toBe(403);

  expect((await room.request('DELETE', `/api/admin/keys/${id}`)).status).toBe(200);
  expect((await call('GET', '/api/sessions', key)).status).toBe(401);
  const { items } = await room.api.audit.list({ actor: 'nightly', limit: 50 });
  expect(items.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'workers.list FORBIDDEN',
    'access.keys.list FORBIDDEN',
    'access.keys.create FORBIDDEN',
    'workers.spawn FORBIDDEN',
    'sessions.update NOT_FOUND',
    'access.login ok',
  ]);
  expect(items.every(({ from }) => from === '127.0.0.1')).toBe(true);
});

test('only a hash of a key is kept, and it is known again after a restart', async () => {
  const { key, id } = await room.api.access.keys.create({ name: 'kept', permissions: ['read:*'] });
  expect((await call('GET', '/api/workers', key)).status).toBe(200);
  room = await room.restart();
  expect((await call('GET', '/api/workers', key)).status).toBe(200);
  const [kept] = (await room.api.access.keys.list({})).items;
  expect(kept).toMatchObject({ id, lastUsedFrom: '127.0.0.1' });
  const { readFile } = await import('node:fs/promises');
  for (const file of ['control-room.db', 'control-room.db-wal'])
    expect((await readFile(`${room.home.folder}/data/${file}`)).includes(key)).toBe(false);
});

test('a rotated key has a grace, after which the old secret and what is open with it are over', async () => {
  const { key, id } = await room.api.access.keys.create({ name: 'r', permissions: ['*'] });
  const rotated = await room.api.access.keys.rotate({ id, graceMinutes: 60 });
  expect((await call('GET', '/api/workers', key)).status).toBe(200);
  expect((await call('GET', '/api/workers', rotated.key)).status).toBe(200);
  const socket = await open(key);
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  const closed = closeCode(socket);
  const again = await room.api.access.keys.rotate({ id, graceMinutes: 0 });
  expect(await closed).toBe(4401);
  expect((await call('GET', '/api/workers', key)).status).toBe(401);
  expect((await call('GET', '/api/workers', rotated.key)).status).toBe(401);
  expect((await call('GET', '/api/workers', again.key)).status).toBe(200);
});

test('a device comes in by a one-time code, and its sockets and streams close when it is revoked', async () => {
  const pairing = await room.api.access.devices.pair({ access: 'reply' });
  expect(pairing.url).toBe(`${room.server.address}/#pair=${pairing.code}`);
  const claim = (code: string) => call('POST', '/api/devices/claim', `pair.${code}`, { name: 'Phone' });
  expect((await claim('AAAAAAAA')).status).toBe(401);
  expect((await call('GET', '/api/workers', `pair.${pairing.code}`)).status).toBe(403);
  const claimed = await claim(`${pairing.code.slice(0, 4).toLowerCase()}-${pairing.code.slice(4)}`);
  expect(claimed.status).toBe(201);
  expect((await claim(pairing.code)).status).toBe(401);
  const { token, device } = claimed.body as { token: string; device: { id: string } };
  expect(device).toMatchObject({ name: 'Phone', access: 'reply' });

  const socket = await open(token);
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  expect((await room.api.access.overview()).devices).toMatchObject([{ id: device.id, connections: 1 }]);
  const stream = await fetch(`${room.server.address}/api/events?since=0`, { headers: bearer(token) });
  expect(stream.status).toBe(200);
  const streamEnds = stream.text().catch(() => 'cut off');
  const closed = closeCode(socket);
  expect((await room.request('DELETE', `/api/devices/${device.id}`)).status).toBe(200);
  expect(await closed).toBe(4401);
  expect(await streamEnds).toBe('cut off');
  expect(await open(token)).toBe(401);
  expect((await room.api.access.overview()).devices).toEqual([]);
});

test('tokens are exchanged, refreshed and revoked; a refresh token used late ends its session', async () => {
  const { key, id } = await room.api.access.keys.create({ name: 'ci', permissions: ['read:*'] });
  const first = (await call('POST', '/api/auth/token', key, {})).body as { token: string; refreshToken: string };
  expect(first.token.split('.')).toHaveLength(3);
  expect((await call('GET', '/api/auth/me', first.token)).body).toMatchObject({ name: 'ci', access: 'view' });
  expect((await call('POST', '/api/workers', first.token, {})).status).toBe(403);
  expect((await call('GET', '/api/workers', first.refreshToken)).status).toBe(403);
  expect((await call('POST', '/api/auth/refresh', first.token)).status).toBe(403);
  const second = (await call('POST', '/api/auth/refresh', first.refreshToken)).body as typeof first;
  expect((await call('GET', '/api/workers', second.token)).status).toBe(200);
  const [header = '', payload = '', signature = ''] = second.token.split('.');
  const changed = Buffer.from(payload, 'base64url').toString().replace('"sub":"j_', '"sub":"k_');
  expect(
    (await call('GET', '/api/workers', `${header}.${Buffer.from(changed).toString('base64url')}.${signature}`)).status,
  ).toBe(401);
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  expect((await call('GET', '/api/workers', `${none}.${payload}.`)).status).toBe(401);
  await room.api.access.rotateSecret({ graceMinutes: 60 });
  expect((await call('GET', '/api/workers', second.token)).status).toBe(200);
  await room.api.access.rotateSecret({ graceMinutes: 0 });
  const third = (await call('POST', '/api/auth/refresh', second.refreshToken)).body as typeof first;
  expect((await call('GET', '/api/workers', third.token)).status).toBe(200);
  await room.request('DELETE', `/api/admin/keys/${id}`);
  expect((await call('GET', '/api/workers', third.token)).status).toBe(401);
  expect((await call('POST', '/api/auth/refresh', third.refreshToken)).status).toBe(401);
});

test('a call that ends its own credential is still answered', async () => {
  const { key, id } = await room.api.access.keys.create({ name: 'self', permissions: ['*'] });
  const { token } = (await call('POST', '/api/auth/token', key, {})).body as { token: string };
  expect(await call('POST', '/api/auth/logout', token)).toMatchObject({ status: 200, body: { ended: true } });
  expect((await call('GET', '/api/auth/me', token)).status).toBe(401);
  expect((await call('DELETE', `/api/admin/keys/${id}`, key)).status).toBe(200);
  expect((await call('GET', '/api/auth/me', key)).status).toBe(401);
});

test('after ten wrong credentials an address is throttled; its real user and others are not', async () => {
  const tries: number[] = [];
  for (let count = 0; count < 12; count += 1) tries.push((await call('GET', '/api/workers', `wrong-${count}`)).status);
  expect(tries).toEqual([...Array(10).fill(401), 429, 429]);
  const refused = await call('GET', '/api/workers', 'wrong');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await call('GET', '/api/workers', room.token)).status).toBe(200);
  expect(await open('wrong')).toBe(429);
  const { items } = await room.api.audit.list({ action: 'access.refused', limit: 50 });
  expect(items.map(({ outcome }) => outcome)).toEqual(['TOO_MANY_REQUESTS', ...Array(10).fill('UNAUTHORIZED')]);
});

/** A request with headers and a source address that fetch does not let one choose. */
function raw(input: { path: string; headers: Record<string, string>; localAddress?: string }): Promise<number> {
  const { port } = new URL(room.server.address);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...input }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function restartWith(settings: Partial<Settings>): Promise<void> {
  await room.close();
  room = await startTestControlRoom({
    modelUrl: 'http://127.0.0.1:1',
    settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, { value, by: 'the test' }])),
  });
}

test('forwarded addresses are believed of trusted proxies alone', async () => {
  const headers = { ...bearer(room.token), 'x-forwarded-for': '203.0.113.9' };
  expect(await raw({ path: '/api/workers', headers })).toBe(200);
  await restartWith({ trustedProxies: ['127.0.0.1'] });
  await room.api.settings.update({ allowlist: ['198.51.100.0/24'] });
  expect(await raw({ path: '/api/workers', headers })).toBe(403);
  const allowed = { ...headers, 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };
  expect(await raw({ path: '/api/workers', headers: allowed })).toBe(200);
  expect((await room.api.audit.list({ action: 'access.login', limit: 1 })).items).toMatchObject([
    { from: '198.51.100.7' },
  ]);
  // A network that is taken away is cut off, also where it is connected already.
  const socket = new WebSocket(`${room.server.address.replace('http', 'ws')}/ws`, [`bearer.${room.token}`], {
    headers: { 'x-forwarded-for': '198.51.100.7' },
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const cut = closeCode(socket);
  await room.api.settings.update({ allowlist: ['192.0.2.0/24'] });
  expect(await cut).toBe(4401);
  // Another address of this machine is no proxy.
  expect(await raw({ path: '/api/workers', headers, localAddress: '127.0.0.9' })).toBe(200);
});

test('a limit holds for each address, and says how much is left', async () => {
  await restartWith({ rateLimitMax: 3 });
  const answers = [];
  for (let count = 0; count < 4; count += 1) answers.push(await call('GET', '/api/workers', room.token));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
  expect(answers[0]?.headers.get('ratelimit-limit')).toBe('3');
  expect(answers[3]?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await raw({ path: '/api/workers', headers: bearer(room.token), localAddress: '127.0.0.9' })).toBe(200);
});

test('an origin of CORS_ORIGIN may call, others and other names may not', async () => {
  await restartWith({ corsOrigins: ['https://rooms.example.org'] });
  const withOrigin = (origin: string, host?: string) =>
    raw({ path: '/api/workers', headers: { ...bearer(room.token), origin, ...(host ? { host } : {}) } });
  expect(await withOrigin('https://rooms.example.org')).toBe(200);
  expect(await withOrigin('https://rooms.example.org', 'rooms.example.org')).toBe(200);
  expect(await withOrigin('https://evil.example')).toBe(403);
  expect(await withOrigin('null')).toBe(403);
  expect(await raw({ path: '/api/workers', headers: { ...bearer(room.token), host: 'evil.example' } })).toBe(403);
  expect(
    await raw({
      path: '/api/workers',
      headers: { ...bearer(room.token), 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    }),
  ).toBe(403);
  const preflight = await fetch(`${room.server.address}/api/workers`, {
    method: 'OPTIONS',
    headers: { origin: 'https://rooms.example.org', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('https://rooms.example.org');
});

test('the local token is replaced without downtime where it was made here', async () => {
  await expect(room.api.access.rotateLocalToken({ graceMinutes: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
  await room.close();
  room = await startTestControlRoom({
    modelUrl: 'http://127.0.0.1:1',
    options: { access: { localToken: null, jwtSecret: null, jwtExpiresInMs: 60_000, defaultKeyRateLimit: 5 } },
  });
  const before = await room.orchestrator.access.localToken();
  const { token } = await room.api.access.rotateLocalToken({ graceMinutes: 1 });
  expect(token).not.toBe(before);
  expect((await call('GET', '/api/workers', before)).status).toBe(200);
  expect((await call('GET', '/api/workers', token)).status).toBe(200);
  await room.api.access.rotateLocalToken({ graceMinutes: 0 });
  expect((await call('GET', '/api/workers', token)).status).toBe(401);
  const { key } = await room.api.access.keys.create({ name: 'few', permissions: ['*'] });
  const statuses = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await call('GET', '/api/workers', key)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
});
