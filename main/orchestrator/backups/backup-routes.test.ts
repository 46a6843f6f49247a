import { createHash } from 'node:crypto';
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

  // It leaves as a stream, and comes back in parts.
  const { sha256 } = made.body as { sha256: string };
  const content = await fetch(`${room.server.address}/api/backup/${backup_filename}/content`, {
    headers: { authorization: `Bearer ${room.token}` },
  });
  expect(content.headers.get('content-disposition')).toContain(backup_filename);
  const bytes = Buffer.from(await content.arrayBuffer());
  expect(content.headers.get('content-length')).toBe(String(bytes.length));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  await expect(room.apiAs('approve').backups.content({ backup_filename })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const socket = await room.connect();
  await expect(socket.api.backups.content({ backup_filename })).rejects.toThrow(/in parts/);
  socket.close();
  const about = { fileName: backup_filename, sizeBytes: bytes.length };
  const begun = await room.request('POST', '/api/backup/uploads', about);
  expect(begun).toMatchObject({ status: 201, body: { receivedBytes: 0 } });
  const { id } = begun.body as { id: string };
  const part = { offset: 0, base64: bytes.toString('base64') };
  expect((await room.request('POST', `/api/backup/uploads/${id}/parts`, part)).body).toMatchObject({
    receivedBytes: bytes.length,
  });
  expect(await room.request('POST', `/api/backup/uploads/${id}/finish`, {})).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining(backup_filename) },
  });

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
    'backups.finishUpload CONFLICT',
    'backups.beginUpload ok',
    'backups.content BAD_REQUEST',
    'backups.content FORBIDDEN',
    'backups.content ok',
    'backups.list FORBIDDEN',
    'backups.describe BAD_REQUEST',
    'backups.create ok',
  ]);
  expect(await room.api.audit.check()).toMatchObject({ whole: true });
});
