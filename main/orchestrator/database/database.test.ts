import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEvents } from '../events.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-database-'));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
  migrate(database);
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const removed = (id: string) => ({ type: 'worker.removed', id }) as never;

test('waits for the disk at each commit', () => {
  expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(database.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
});

test('a transaction is kept wholly or not at all, nested ones with it', () => {
  expect(() =>
    database.transaction(() => {
      database.run("INSERT INTO settings VALUES ('a', '1')");
      database.transaction(() => database.run("INSERT INTO settings VALUES ('b', '2')"));
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.all('SELECT * FROM settings')).toEqual([]);
});

test('a transaction refuses to wait for a promise and keeps nothing', () => {
  expect(() =>
    database.transaction(async () => {
      database.run("INSERT INTO settings VALUES ('a', '1')");
    }),
  ).toThrow(/promise/);
  expect(database.all('SELECT * FROM settings')).toEqual([]);
});

test('events are told once durable, in order, without gaps, and never when rolled back', () => {
  const events = createEvents({ database, now: () => 7 });
  const heard: number[] = [];
  const end = events.listen(({ seq }) => {
    expect(events.lastSeq()).toBe(seq);
    heard.push(seq);
  });
  events.publish(removed('a'));
  expect(() =>
    database.transaction(() => {
      events.publish(removed('b'));
      throw new Error('no');
    }),
  ).toThrow('no');
  database.transaction(() => {
    events.publish(removed('c'));
    events.publish(removed('d'));
    expect(heard).toEqual([1]);
  });
  expect(heard).toEqual([1, 2, 3]);
  end();
  events.publish(removed('e'));
  expect(heard).toEqual([1, 2, 3]);
  expect(events.after(1, 10)?.map(({ seq }) => seq)).toEqual([2, 3, 4]);
  expect(createEvents({ database, now: () => 8 }).lastSeq()).toBe(4);
});

test('a client that is ahead of the data or behind what is kept is told to read the state again', () => {
  const events = createEvents({ database, now: () => 7 });
  for (const id of ['a', 'b', 'c']) events.publish(removed(id));
  expect(events.after(4, 10)).toBeUndefined();
  database.run('DELETE FROM events WHERE seq <= 2');
  expect(events.after(1, 10)).toBeUndefined();
  expect(events.after(2, 10)?.map(({ seq }) => seq)).toEqual([3]);
});

test('an observer is told how long statements took, that a full disk keeps nothing, and that it does again', async () => {
  const told: string[] = [];
  const observed = openDatabase(join(folder, 'observed.db'), {
    durable: false,
    observer: {
      took: (kind, seconds) => void (seconds >= 0 && told.push(kind)),
      kept: () => void told.push('kept'),
      failed: (code) => void told.push(code),
    },
  });
  observed.exec('CREATE TABLE things (name TEXT UNIQUE); PRAGMA max_page_count = 4');
  observed.transaction(() => observed.run("INSERT INTO things VALUES ('a')"));
  expect(told).toEqual(['write', 'write', 'commit', 'kept']);
  told.length = 0;
  expect(() => observed.run('INSERT INTO things VALUES (?)', 'x'.repeat(100_000))).toThrow(/full/);
  expect(told).toEqual(['SQLITE_FULL']);
  observed.exec('PRAGMA max_page_count = 4000');
  observed.run("INSERT INTO things VALUES ('b')");
  observed.get('SELECT count(*) FROM things');
  expect(told).toEqual(['SQLITE_FULL', 'write', 'kept', 'read']);
  observed.close();
});
