import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TerminalId } from '../../../shared/ids.ts';
import type { TerminalShare } from '../../../shared/terminal-shares.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createTerminalShares, type TerminalShares } from './terminal-shares.ts';

const id = 's_1' as TerminalId;
let folder: string;
let database: Database;
let shares: TerminalShares;
let opened: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-shares-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  database.run("INSERT INTO terminals (id, row, process_id) VALUES (?, json_object('state', 'running'), 'p')", id);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  opened = [];
  shares = createTerminalShares({
    database,
    now: Date.now,
    checkTerminal: () => undefined,
    address: () => 'http://127.0.0.1:1',
    record: ({ outcome }) => void opened.push(outcome),
  });
});

afterEach(async () => {
  vi.useRealTimers();
  shares.close();
  database.close();
  await rm(folder, { recursive: true });
});

function open(token: string, client?: string) {
  const ends: string[] = [];
  const result = shares.open(token, {
    client,
    from: 'the test',
    cut: (reason) => ends.push(reason),
    move: () => ends.push('moved'),
  });
  return { result, ends };
}

test('only the hash of a token is kept', () => {
  const { token, share, url } = shares.create({ id, expiresInMinutes: 60, label: 'for Monday' }, 'you');
  expect(url).toBe(`http://127.0.0.1:1/#/shared/${token}`);
  expect(token.length).toBeGreaterThan(40);
  expect(share).toMatchObject({ label: 'for Monday', uses: 0, maxUses: null, createdBy: 'you' });
  expect(JSON.stringify(database.all('SELECT * FROM terminal_shares'))).not.toContain(token);
  expect(open(`${token}x`).result).toBe('unknown');
  expect(open(token).result).toMatchObject({ terminalId: id, name: 'for Monday' });
});

test("a link goes along to its worker's next run, with who looks through it, and is not used up by that", () => {
  const next = 's_2' as TerminalId;
  const { token, share } = shares.create({ id, expiresInMinutes: 60, maxUses: 1 }, 'you');
  const { token: revoked, share: over } = shares.create({ id, expiresInMinutes: 60 }, 'you');
  shares.revoke(id, over.id);
  const { ends } = open(token, 'a page');
  database.run("INSERT INTO terminals (id, row, process_id) VALUES (?, json_object('state', 'running'), 'p2')", next);
  database.transaction(() => {
    shares.follow([id], next);
    // Nobody is told before it is certain.
    expect(ends).toEqual([]);
  });
  expect(ends).toEqual(['moved']);
  expect(shares.list(id)).toEqual([]);
  expect(shares.list(next).map((each) => each.id)).toEqual([share.id]);
  expect(open(token, 'a page').result).toMatchObject({ terminalId: next });
  expect(open(token, 'another page').result).toBe('used-up');
  expect(open(revoked).result).toBe('revoked');
  // What is removed with the earlier run takes no link along that went on.
  database.run('DELETE FROM terminals WHERE id = ?', id);
  expect(shares.list(next)).toHaveLength(1);
});

test('who looks through a link is cut off when it expires, and its list says so', async () => {
  const { token } = shares.create({ id, expiresInMinutes: 60 }, 'you');
  const { token: longer } = shares.create({ id, expiresInMinutes: 30 * 24 * 60 }, 'you');
  const first = open(token);
  const second = open(longer);
  const lists: TerminalShare[][] = [];
  const ending = new AbortController();
  const watching = (async () => {
    for await (const { items } of shares.watch(id, ending.signal)) lists.push(items);
  })();
  await vi.waitFor(() => expect(lists.at(-1)).toHaveLength(2));
  expect(lists.at(-1)?.every(({ viewers }) => viewers === 1)).toBe(true);
  vi.advanceTimersByTime(59 * 60_000);
  expect(first.ends).toEqual([]);
  vi.advanceTimersByTime(60_001);
  expect(first.ends).toEqual(['expired']);
  await vi.waitFor(() => expect(lists.at(-1)).toHaveLength(1));
  expect(open(token).result).toBe('expired');
  vi.advanceTimersByTime(29 * 24 * 60 * 60_000);
  expect(second.ends).toEqual([]);
  vi.advanceTimersByTime(24 * 60 * 60_000);
  expect(second.ends).toEqual(['expired']);
  ending.abort();
  await watching;
});

test('uses count pages: one that comes back is the same use, at one place only', () => {
  const { token, share } = shares.create({ id, expiresInMinutes: 60, maxUses: 2 }, 'you');
  const first = open(token, 'page-1');
  const again = open(token, 'page-1');
  expect(first.ends).toEqual(['replaced']);
  expect(again.ends).toEqual([]);
  expect(open(token, 'page-2').result).toMatchObject({ terminalId: id });
  expect(open(token, 'page-3').result).toBe('used-up');
  expect(open(token).result).toBe('used-up');
  expect(shares.list(id)).toMatchObject([{ uses: 2 }]);
  expect(opened).toEqual(['ok', 'ok', 'ok', 'used-up', 'used-up']);
  shares.revoke(id, share.id);
  expect(again.ends).toEqual(['revoked']);
  expect(open(token, 'page-1').result).toBe('revoked');
});

test('links go with their terminal', () => {
  const { token } = shares.create({ id, expiresInMinutes: 60 }, 'you');
  const guest = open(token);
  database.run('DELETE FROM terminals');
  shares.endGone();
  expect(guest.ends).toEqual(['unknown']);
  expect(shares.list(id)).toEqual([]);
});
