import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createAudit } from './audit.ts';

const key = Buffer.alloc(32, 7);

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-audit-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

test('entries are listed newest first, in pages, by action, subject, actor and time', () => {
  let now = 100;
  const audit = createAudit({ database, now: () => now++, key, days: () => 0 });
  const add = (action: string, subject: string, actor: string) =>
    audit.record({ actor, from: '127.0.0.1', action, subject, outcome: 'ok', details: {} });
  add('workers.spawn', 'w_1', 'you');
  add('approvals.decide', 'a_1', 'phone');
  add('workers.stop', 'w_1', 'phone');
  const first = audit.list({ limit: 2 });
  expect(first.items.map(({ action }) => action)).toEqual(['workers.stop', 'approvals.decide']);
  const rest = audit.list({ limit: 2, cursor: first.nextCursor ?? '' });
  expect(rest).toMatchObject({ items: [{ action: 'workers.spawn', from: '127.0.0.1', at: 100 }], nextCursor: null });
  const actions = (query: object) => audit.list({ limit: 10, ...query }).items.map(({ action }) => action);
  expect(actions({ action: 'workers.' })).toEqual(['workers.stop', 'workers.spawn']);
  expect(actions({ subject: 'w_1', actor: 'you' })).toEqual(['workers.spawn']);
  expect(actions({ from: 101, to: 102 })).toEqual(['approvals.decide']);
});

test('secrets are masked and long texts cut, at any depth; counts of tokens stay', () => {
  const audit = createAudit({ database, now: () => 1, key, days: () => 0 });
  const details = {
    limits: { tokens: 1000 },
    headers: [{ authorization: 'Bearer canary-1', apiKey: 'canary-2', 'x-api-key': 'canary-3' }],
    localToken: 'canary-4',
    text: 'x'.repeat(5000),
    ids: Array.from({ length: 80 }, (_, index) => index),
  };
  audit.record({ actor: 'you', from: 'inside', action: 'test', subject: null, outcome: 'ok', details });
  const [entry] = audit.list({ limit: 1 }).items;
  const text = JSON.stringify(entry);
  expect(text).not.toContain('canary');
  expect(text.length).toBeLessThan(1200);
  expect(entry?.details).toMatchObject({ limits: { tokens: 1000 }, localToken: '***' });
});

test('entries of one turn are kept in one commit, in order, tied to each other, before anybody is told', async () => {
  const audit = createAudit({ database, now: () => 1, key, days: () => 0 });
  let commits = 0;
  let depth = 0;
  const counted = createAudit({
    database: {
      ...database,
      transaction: (work) => {
        if (depth === 0) commits += 1;
        depth += 1;
        try {
          return database.transaction(work);
        } finally {
          depth -= 1;
        }
      },
    },
    now: () => 1,
    key,
    days: () => 0,
  });
  const entry = { actor: 'you', from: 'inside', subject: null, outcome: 'ok', details: {} };
  commits = 0;
  const kept = ['one', 'two', 'three'].map((action) => counted.recordJoined({ ...entry, action }));
  expect(audit.list({ limit: 5 }).items).toEqual([]);
  await kept[0];
  expect(audit.list({ limit: 5 }).items.map(({ action }) => action)).toEqual(['three', 'two', 'one']);
  expect(commits).toBe(1);
  expect(await audit.check()).toMatchObject({ whole: true, checked: 3 });
  void counted.recordJoined({ ...entry, action: 'last' });
  await counted.close();
  expect(audit.list({ limit: 1 }).items[0]).toMatchObject({ action: 'last' });
});

describe('the chain', () => {
  const day = 86_400_000;
  let now: number;
  const open = (days = 0, secret = key) => createAudit({ database, now: () => now, key: secret, days: () => days });
  const add = (audit: ReturnType<typeof open>, action: string) =>
    audit.record({ actor: 'you', from: 'inside', action, subject: 's', outcome: 'ok', details: { action } });

  beforeEach(() => {
    now = 1_800_000_000_000;
    const audit = open();
    for (let number = 0; number < 1200; number += 1) add(audit, `test.${number}`);
  });

  test('is whole as it was written, over a restart', async () => {
    const audit = open();
    add(audit, 'after');
    expect(await audit.check()).toEqual({ whole: true, checked: 1201, reason: null, brokenAt: null });
  });

  test.each([
    ['an entry is changed', "UPDATE audit SET outcome = 'FORBIDDEN' WHERE id = 700", 700],
    ['an entry is taken out', 'DELETE FROM audit WHERE id = 700', 701],
    ['the first is taken out', 'DELETE FROM audit WHERE id = 1', 2],
    ['the newest are taken out', 'DELETE FROM audit WHERE id > 1000', 1000],
    [
      'two change places',
      'UPDATE audit SET id = CASE id WHEN 5 THEN -5 ELSE id END; UPDATE audit SET id = 5 WHERE id = 6; UPDATE audit SET id = 6 WHERE id = -5',
      5,
    ],
    [
      'one is put in',
      "INSERT INTO audit (id, at, actor, origin, action, outcome, details) VALUES (1201, 1, 'you', 'x', 'x', 'ok', '{}'); UPDATE audit_chain SET last_id = 1201",
      null,
    ],
    [
      'its end is moved',
      'UPDATE audit_chain SET last_id = 1000, last_chain = (SELECT chain FROM audit WHERE id = 1000)',
      null,
    ],
    ['its ends are taken away', 'DELETE FROM audit_chain', null],
  ])('tells that %s', async (_name, sql, id) => {
    database.exec(sql);
    expect(await open().check()).toMatchObject({ whole: false, brokenAt: id, reason: expect.any(String) });
  });

  test('is not made anew by who has the database and not the key', async () => {
    expect(await open(0, Buffer.alloc(32, 8)).check()).toMatchObject({ whole: false, checked: 0 });
  });

  test('entries that are too old go, and what is left is whole', async () => {
    now += 80 * day;
    add(open(), 'later');
    now += 20 * day;
    const audit = open(90);
    const { items } = audit.list({ limit: 10 });
    expect(items.map(({ action, details }) => [action, details])).toEqual([
      ['audit.clean', { entries: 1200, olderThanDays: 90 }],
      ['later', { action: 'later' }],
    ]);
    expect(await audit.check()).toMatchObject({ whole: true, checked: 2 });
    now += 500 * day;
    expect(
      open(90)
        .list({ limit: 10 })
        .items.map(({ action }) => action),
    ).toEqual(['audit.clean']);
    expect(await open().check()).toMatchObject({ whole: true, checked: 1 });
  });

  test('is written out for a table, where nothing is a formula, and line by line', async () => {
    const audit = open();
    audit.record({
      actor: '=HYPERLINK("x")',
      from: '-1',
      action: 'a',
      subject: null,
      outcome: 'ok',
      details: { a: '"' },
    });
    const csv = await audit.export({ format: 'csv' });
    expect(csv.fileName).toBe('audit-2027-01-15.csv');
    expect(csv.content.trimEnd().split('\n')).toHaveLength(1202);
    expect(csv.content).toContain(`"'=HYPERLINK(""x"")","'-1","a","","ok"`);
    const { content } = await audit.export({ format: 'jsonl', action: 'test.1', to: now + 1 });
    const lines = content
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(311);
    expect(lines[0]).toMatchObject({ action: 'test.1', from: 'inside', details: { action: 'test.1' } });
  });
});
