import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventBody } from '../../../shared/events.ts';
import type { SavedSearchId } from '../../../shared/ids.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createSavedSearches } from './saved-searches.ts';

let home: string;
let database: Database;
let told: EventBody[];
let fails: boolean;
let at: number;

const open = () =>
  createSavedSearches({
    database,
    now: () => {
      at += 1;
      return at;
    },
    publish(event) {
      if (fails) throw new Error('the disk is full');
      told.push(event);
    },
  });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-searches-'));
  database = openDatabase(join(home, 'state.db'), { durable: false });
  migrate(database);
  told = [];
  fails = false;
  at = 1_800_000_000_000;
});

afterEach(async () => {
  database.close();
  await rm(home, { recursive: true, force: true });
});

test('searches are kept, replaced under their name, renamed and removed, and everybody is told', () => {
  const searches = open();
  const first = searches.save({ name: 'Failures', query: 'q=failed' });
  const second = searches.save({ name: 'Übermaß', query: 'q=too+much&role=user' });
  const again = searches.save({ name: 'failures', query: 'q=failed&order=best' });
  expect(again).toMatchObject({ id: first.id, createdAt: first.createdAt, query: 'q=failed&order=best' });
  expect(open().list()).toEqual([again, second]);
  const renamed = searches.rename({ id: second.id, name: 'Too much' });
  expect(() => searches.rename({ id: second.id, name: 'FAILURES' })).toThrow('is kept already');
  // Only how it is written may change.
  expect(searches.rename({ id: first.id, name: 'Failures' }).name).toBe('Failures');
  searches.remove(first.id);
  expect(searches.list()).toEqual([renamed]);
  expect(told.map(({ type }) => type)).toEqual([...Array(5).fill('saved-search.changed'), 'saved-search.removed']);
  const gone = first.id as SavedSearchId;
  for (const refused of [() => searches.remove(gone), () => searches.rename({ id: gone, name: 'x' })])
    expect(refused).toThrow('There is no kept search');
});

test('what nobody could be told of is not kept', () => {
  const searches = open();
  const kept = searches.save({ name: 'Failures', query: 'q=failed' });
  fails = true;
  expect(() => searches.save({ name: 'Other', query: 'q=other' })).toThrow('the disk is full');
  expect(() => searches.rename({ id: kept.id, name: 'Other' })).toThrow('the disk is full');
  expect(() => searches.remove(kept.id)).toThrow('the disk is full');
  expect(searches.list()).toEqual([kept]);
});
