import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let room: TestControlRoom;

beforeAll(async () => {
  // No model is asked.
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:9' });
});
afterAll(() => room.close());

test('the routes answer as scripts know them: made, listed, restored, told in the audit', async () => {
  await room.api.settings.update({ branchPrefix: 'then/' });
  const made = await room.request('POST', '/api/backup', { type: 'manual', description: 'Pre-maintenance backup' });
  expect(made.status).toBe(201);
  const { backup_filename } = made.body as { backup_filename: string };
  expect((await room.request('GET', '/api/backup')).body).toMatchObject({
    items: [{ backup_filename, type: 'manual', description: 'Pre-maintenance backup', sha256: expect.any(String) }],
    nextCursor: null,
  });
  expect((await room.request('GET', `/api/backup/${backup_filename}`)).body).toMatchObject({ backup_filename });
  expect((await room.request('GET', '/api/backup/state')).body).toMatchObject({
    work: null,
    problem: null,
    staged: null,
  });
  expect((await room.request('GET', '/api/backup/..%2F..%2Ftoken')).status).toBe(400);
  await expect(room.apiAs('approve').backups.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });

  await room.api.settings.update({ branchPrefix: 'now/' });
  const refused = await room.request('POST', '/api/backup/restore', { backup_filename });
  expect(refused).toMatchObject({ status: 400, body: { message: expect.stringMatching(/"confirm": true/) } });
  const restored = await room.request('POST', '/api/backup/restore', { backup_filename, confirm: true });
  expect(restored).toMatchObject({ status: 200, body: { backup_filename, state: 'staged' } });

  room = await room.restart();
  expect((await room.api.settings.get()).values.branchPrefix).toBe('then/');
  const { items } = await room.api.audit.list({ action: 'backups.' });
  expect(items.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'backups.restored ok',
    'backups.restore ok',
    'backups.restore BAD_REQUEST',
    'backups.list FORBIDDEN',
    'backups.describe BAD_REQUEST',
    'backups.create ok',
  ]);
  expect(await room.api.audit.check()).toMatchObject({ whole: true });
});
