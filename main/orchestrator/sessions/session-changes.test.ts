import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventBody } from '../../../shared/events.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { Session } from '../../../shared/sessions.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import type { ChangedSession } from './index-lookups.ts';
import { createSessionChanges, keptDeltas, type SessionChanges } from './session-changes.ts';
import { newSessionFacts } from './session-facts.ts';

let home: string;
let database: Database;
let changes: SessionChanges;
let sessions: Map<string, { revision: number; turns: number; gone: boolean; records: number }>;
let revision: number;
let birth: number;
let published: EventBody[];
let tell: () => void;

function open(): SessionChanges {
  return createSessionChanges({
    database,
    index: {
      state: () => ({ state: 'up-to-date' }) as never,
      onState: (listener) => {
        tell = listener;
        return () => undefined;
      },
      ask: (async (name: string, input: { after: number; upTo: number }) => {
        if (name === 'place') return { birth, revision };
        const items = [...sessions]
          .filter(([, row]) => row.revision > input.after && row.revision <= input.upTo)
          .map(([sessionId, row]): ChangedSession => ({ sessionId, facts: { ...newSessionFacts(), ...row } }));
        return { items, nextId: null };
      }) as never,
    },
    publish: (body) => void published.push(body),
    now: Date.now,
    complete: async (stored) =>
      stored.map(
        ({ sessionId, facts }) =>
          ({
            id: sessionId,
            title: sessionId,
            usage: facts.usage,
            filesTouched: [],
            tags: [],
            turns: facts.turns,
            state: 'live',
          }) as unknown as Session,
      ),
    isDeleted: () => false,
    log: { error: (details) => expect(details).toBeUndefined() },
  });
}

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  home = await mkdtemp(join(tmpdir(), 'control-room-changes-'));
  database = openDatabase(join(home, 'state.db'), { durable: false });
  migrate(database);
  sessions = new Map();
  revision = 1;
  birth = 7;
  published = [];
  changes = open();
});

afterEach(async () => {
  await changes.close();
  database.close();
  vi.useRealTimers();
  await rm(home, { recursive: true, force: true });
});

function write(id: string, part: { turns?: number; gone?: boolean; records?: number }): void {
  revision += 1;
  const before = sessions.get(id) ?? { turns: 0, gone: false, records: 1 };
  sessions.set(id, { ...before, ...part, revision });
}

async function look(ms = 2000): Promise<void> {
  tell();
  await vi.advanceTimersByTimeAsync(ms);
}

const kinds = () => changes.list({ since: 0, limit: 500 }).items.map(({ kind }) => kind);

test('what was there before the first look is not news; what comes after it is', async () => {
  write('old', { turns: 3 });
  await look();
  expect(kinds()).toEqual([]);
  write('new', { turns: 1 });
  write('old', { turns: 4 });
  await look();
  const { items } = changes.list({ since: 0, limit: 10 });
  expect(items.map(({ sessionId, kind }) => `${sessionId} ${kind}`).sort()).toEqual(['new created', 'old updated']);
  expect(items.find(({ sessionId }) => sessionId === 'old')).toMatchObject({
    before: { turns: 3 },
    after: { turns: 4 },
  });
  expect(published).toHaveLength(2);
});

test('a session that is written all the time is told of every ten seconds, and is one entry of the feed', async () => {
  write('busy', { turns: 1 });
  await look();
  for (let turn = 2; turn <= 61; turn += 1) {
    write('busy', { turns: turn });
    await look(1000);
  }
  await vi.advanceTimersByTimeAsync(30_000);
  expect(published.length).toBeGreaterThanOrEqual(5);
  expect(published.length).toBeLessThanOrEqual(8);
  const { items } = changes.list({ since: 0, limit: 10 });
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ kind: 'updated', before: { turns: 1 }, after: { turns: 61 } });
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  write('busy', { turns: 62 });
  await look();
  expect(changes.list({ since: items[0]?.seq ?? 0, limit: 10 }).items).toMatchObject([{ before: { turns: 61 } }]);
});

test('a deleted file, removed texts and an index made anew', async () => {
  await look();
  write('a', { turns: 1 });
  await look();
  write('a', { gone: true });
  await look();
  expect(kinds()).toEqual(['created', 'deleted']);
  expect(changes.list({ limit: 1 }).items[0]).toMatchObject({ after: { state: 'kept' } });
  // The same sessions in another index are no change.
  birth = 8;
  revision = 0;
  write('a', {});
  await look();
  expect(kinds()).toHaveLength(2);
  write('a', { records: 0 });
  await look();
  expect(changes.list({ limit: 1 }).items[0]).toMatchObject({ kind: 'deleted', after: null });
});

test('it is paged, bounded, and goes on after a start', async () => {
  await look();
  for (let session = 0; session < 5; session += 1) write(`s${session}`, { turns: 1 });
  await look();
  const first = changes.list({ since: 0, limit: 2 });
  const second = changes.list({ since: first.nextCursor ?? 0, limit: 2 });
  const third = changes.list({ since: second.nextCursor ?? 0, limit: 2 });
  expect([...first.items, ...second.items, ...third.items].map(({ sessionId }) => sessionId)).toEqual([
    's0',
    's1',
    's2',
    's3',
    's4',
  ]);
  expect(third.nextCursor).toBeNull();
  expect(changes.list({ limit: 2 }).items.map(({ sessionId }) => sessionId)).toEqual(['s4', 's3']);
  expect(changes.list({ sessionId: 's2' as SessionId, limit: 9 }).items).toHaveLength(1);
  await changes.close();
  changes = open();
  write('s0', { turns: 2 });
  await look();
  expect(changes.list({ limit: 1 }).items[0]).toMatchObject({ sessionId: 's0', before: null, after: { turns: 2 } });
  database.run("UPDATE sqlite_sequence SET seq = ? WHERE name = 'session_deltas'", keptDeltas + 499);
  write('last', { turns: 1 });
  await look();
  expect(changes.list({ since: 0, limit: 500 }).firstSeq).toBe(keptDeltas + 500);
});
