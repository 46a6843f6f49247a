import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createAudit } from './audit.ts';

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
  const audit = createAudit({ database, now: () => now++ });
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
  expect(actions({ since: 101, until: 102 })).toEqual(['approvals.decide']);
});

test('secrets are masked and long texts cut, at any depth; counts of tokens stay', () => {
  const audit = createAudit({ database, now: () => 1 });
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
