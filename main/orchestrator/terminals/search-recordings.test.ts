import { expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import type { Terminal } from '../../../shared/terminals.ts';
import { searchRecordings } from './search-recordings.ts';

const terminal = (id: string, lastActiveAt: number, recorded = true) =>
  ({ id, title: id, createdAt: 100, lastActiveAt, recorded }) as unknown as Terminal;

test('looks in recorded terminals, the newest first, and says how far it came', async () => {
  let now = 0;
  const asked: string[] = [];
  const found = await searchRecordings(
    {
      terminals: [terminal('old', 1), terminal('new', 9), terminal('private', 5, false), terminal('gone', 4)],
      now: () => now,
      search: async (id) => {
        asked.push(id);
        if (id === 'gone') throw new AppError('NOT_FOUND', 'gone');
        now += 3000;
        return { items: [{ ms: 5, line: `${id} said so` }] };
      },
    },
    { query: 'so', limit: 10 },
  );
  expect(asked).toEqual(['new', 'gone', 'old']);
  expect(found).toMatchObject({ searched: 3, recordings: 3 });
  expect(found.items).toMatchObject([
    { terminalId: 'new', at: 105, line: 'new said so' },
    { terminalId: 'old', at: 105 },
  ]);
  now = 0;
  const slow = await searchRecordings(
    {
      terminals: [terminal('a', 2), terminal('b', 1)],
      now: () => now,
      search: async () => {
        now += 5000;
        return { items: [] };
      },
    },
    { query: 'so', limit: 10 },
  );
  expect(slow).toMatchObject({ searched: 1, recordings: 2 });
});
