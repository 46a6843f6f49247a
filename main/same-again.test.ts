import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

let room: TestControlRoom;
/** One connection for all requests of a test, as of a program that asks over and over. */
let agent: Agent;

beforeAll(async () => {
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:1' });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});

afterAll(async () => {
  agent.destroy();
  await room.close();
});

function get(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const asked = request(`${room.server.address}${path}`, { agent, headers }, async (response) => {
      let text = '';
      for await (const data of response) text += String(data);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    asked.once('error', reject).end();
  });
}

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

test('asked again, the same is said with the same headers; what changed is said at once', async () => {
  const { key } = await room.api.access.keys.create({ name: 'asks', permissions: ['read:*'] });
  const [first, second, third] = [
    await get('/api/roles', bearer(key)),
    await get('/api/roles', bearer(key)),
    await get('/api/roles', bearer(key)),
  ];
  expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(third.text).toBe(first.text);
  expect(third.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
  const lasting = ({ date, 'x-request-id': id, ...headers }: IncomingHttpHeaders) => headers;
  expect(lasting(third.headers)).toEqual(lasting(first.headers));

  await room.api.roles.save({ name: 'fresh', title: 'Fresh', prompt: '' });
  expect((await get('/api/roles', bearer(key))).text).toContain('"Fresh"');
});

test('on the connection that was just answered nobody comes in with another credential, name or origin', async () => {
  const { key, id } = await room.api.access.keys.create({ name: 'ends', permissions: ['read:*'] });
  const again = async () => {
    await get('/api/workers', bearer(key));
    expect((await get('/api/workers', bearer(key))).status).toBe(200);
  };
  await again();
  expect((await get('/api/workers', {})).status).toBe(401);
  expect((await get('/api/workers', bearer(`${key.slice(0, -1)}_`))).status).toBe(401);
  expect((await get('/api/workers', { ...bearer(key), host: 'evil.example' })).status).toBe(403);
  expect((await get('/api/workers', { ...bearer(key), origin: 'http://evil.example' })).status).toBe(403);

  await again();
  await room.api.access.keys.update({ id, permissions: ['read:sessions'] });
  // What was open with it was closed with the change.
  const answerAfter = () => get('/api/workers', bearer(key)).catch(() => get('/api/workers', bearer(key)));
  expect((await answerAfter()).status).toBe(403);
  await room.api.access.keys.update({ id, permissions: ['read:*'] });
  await again();
  await room.api.access.keys.revoke({ id });
  expect((await answerAfter()).status).toBe(401);
});

test('a limit counts each request', async () => {
  const { key } = await room.api.access.keys.create({ name: 'few', permissions: ['read:*'], rate_limit: 2 });
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await get('/api/projects', bearer(key))).status);
  expect(statuses).toEqual([200, 200, 429]);
});
