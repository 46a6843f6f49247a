import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { nextMidnight } from './days.ts';
import { createSpending } from './spending.ts';

const project = 'p_1' as ProjectId;
const worker = 'w_1' as WorkerId;
const noon = new Date(2026, 5, 1, 12).getTime();
let folder: string;
let database: Database;
let now = noon;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-spending-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  database.run(
    'INSERT INTO projects (id, row) VALUES (?, ?)',
    project,
    JSON.stringify({ id: project, path: '/p', createdAt: 1 }),
  );
  now = noon;
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const open = () => createSpending({ database, publish: () => undefined, now: () => now, onDay: () => undefined });

test('what was spent adds up by day and project, and is the same after a new start', () => {
  const book = open();
  book.add(project, worker, { tokens: 100, costUsd: 0.5, workedMs: 10 });
  now = nextMidnight(noon) + 1;
  book.add(project, worker, { tokens: 7, costUsd: 0.25, workedMs: 5 });
  const expected = {
    day: '2026-06-02',
    today: { tokens: 7, costUsd: 0.25, workedMs: 5 },
    projects: {
      p_1: { today: { tokens: 7, costUsd: 0.25, workedMs: 5 }, total: { tokens: 107, costUsd: 0.75, workedMs: 15 } },
    },
  };
  expect(book.get()).toEqual(expected);
  book.close();
  const again = open();
  expect(again.get()).toEqual(expected);
  again.close();
});

test('a budget that starts again counts from there, in the middle of a day', () => {
  const book = open();
  book.add(project, worker, { tokens: 100, costUsd: 1, workedMs: 1000 });
  book.restart(project);
  expect(book.get().projects.p_1).toEqual({
    today: { tokens: 100, costUsd: 1, workedMs: 1000 },
    total: { tokens: 0, costUsd: 0, workedMs: 0 },
  });
  book.add(project, worker, { tokens: 5, costUsd: 0.25, workedMs: 0 });
  expect(book.get().projects.p_1?.total).toEqual({ tokens: 5, costUsd: 0.25, workedMs: 0 });
  book.close();
});

test('what is rolled back was not spent', () => {
  const book = open();
  expect(() =>
    database.transaction(() => {
      book.add(project, worker, { tokens: 100, costUsd: 1, workedMs: 1 });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(book.get().today.tokens).toBe(0);
  book.close();
});
