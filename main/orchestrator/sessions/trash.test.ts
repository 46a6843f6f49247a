import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionId } from '../../../shared/ids.ts';
import type { Session } from '../../../shared/sessions.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createSessionTrash } from './trash.ts';

const id = 'aaaaaaaa-0000-4000-8000-000000000001' as SessionId;
const session = { id, title: 'Terns', projectId: null, state: 'ended' } as unknown as Session;

let home: string;
let database: Database;
let now: number;
let forgotten: string[];

function open() {
  return createSessionTrash({
    database,
    folder: join(home, 'trash'),
    folders: () => [join(home, 'claude')],
    now: () => now,
    days: () => 30,
    forget: async (sessionId) => void forgotten.push(sessionId),
  });
}

const transcript = () => join(home, 'claude', 'projects', '-work', `${id}.jsonl`);
const agent = () => join(home, 'claude', 'projects', '-work', id, 'subagents', 'agent-1.jsonl');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-trash-'));
  await mkdir(join(agent(), '..'), { recursive: true });
  await writeFile(transcript(), 'said\n');
  await writeFile(agent(), 'done\n');
  database = openDatabase(join(home, 'state.db'), { durable: false });
  migrate(database);
  now = 1_800_000_000_000;
  forgotten = [];
});

afterEach(async () => {
  database.close();
  await rm(home, { recursive: true, force: true });
});

test('moves the transcript with its sub-agents away, and back', async () => {
  const trash = open();
  const trashed = await trash.remove(session);
  expect(trashed).toMatchObject({ files: 2, sizeBytes: 10, until: now + 30 * 86_400_000 });
  expect([existsSync(transcript()), existsSync(agent())]).toEqual([false, false]);
  expect(trash.ids()).toEqual([id]);
  expect(() => trash.refuseDeleted(id)).toThrow(/“Terns” was deleted/);
  await trash.restore(id);
  expect([await readFile(transcript(), 'utf8'), await readFile(agent(), 'utf8')]).toEqual(['said\n', 'done\n']);
  expect([trash.ids(), existsSync(join(home, 'trash', id))]).toEqual([[], false]);
});

test('is removed for good when its time is over, and not a day before', async () => {
  const trash = open();
  await trash.remove(session);
  now += 30 * 86_400_000 - 1;
  await trash.sweep();
  expect(trash.list()).toHaveLength(1);
  now += 1;
  await trash.sweep();
  expect([trash.list(), forgotten, existsSync(join(home, 'trash', id))]).toEqual([[], [id], false]);
});

test('what a kill cut off is gone on with', async () => {
  await open().remove(session);
  // As if the process had died before the last file was moved back.
  database.run("UPDATE session_trash SET step = 'restoring'");
  await open().sweep();
  expect([existsSync(transcript()), existsSync(agent()), open().ids()]).toEqual([true, true, []]);
  await open().remove(session);
  database.run("UPDATE session_trash SET step = 'moving'");
  await writeFile(transcript(), 'said\n');
  await rm(join(home, 'trash', id, '0'), { recursive: true });
  await open().sweep();
  expect([existsSync(transcript()), open().list().length]).toEqual([false, 1]);
  database.run("UPDATE session_trash SET step = 'purging'");
  await open().sweep();
  expect([forgotten, open().ids()]).toEqual([[id], []]);
});

test('a file that came in its place is not written over', async () => {
  const trash = open();
  await trash.remove(session);
  await writeFile(transcript(), 'another\n');
  await expect(trash.restore(id)).rejects.toThrow(/There is a file at/);
  expect(await readFile(transcript(), 'utf8')).toBe('another\n');
  expect(trash.list()).toHaveLength(1);
});
