import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAnswerCache } from './answer-cache.ts';

test('over its limit what was not used for longest goes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'answer-cache-test-'));
  let at = 0;
  const cache = createAnswerCache({
    file: join(folder, 'cache.db'),
    limitMib: () => 1,
    now: () => {
      at += 1;
      return at;
    },
  });
  try {
    const answer = 'x'.repeat(300_000);
    for (const name of ['a', 'b', 'c']) cache.put([name], answer);
    expect(cache.get(['a'])).toBe(answer);
    cache.put(['d'], answer);
    expect(['a', 'b', 'c', 'd'].filter((name) => cache.get([name]) !== undefined)).toEqual(['a', 'c', 'd']);
    expect(cache.view()).toMatchObject({ entries: 3, limitBytes: 1_048_576, hits: 4, misses: 1, hitRate: 0.8 });
    expect(cache.view().sizeBytes).toBeLessThanOrEqual(1_048_576);
  } finally {
    cache.close();
    await rm(folder, { recursive: true });
  }
});

test('nothing is kept when it may be nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'answer-cache-test-'));
  const cache = createAnswerCache({ file: join(folder, 'cache.db'), limitMib: () => 0, now: () => 1 });
  try {
    cache.put(['a'], 'answer');
    expect(cache.get(['a'])).toBeUndefined();
  } finally {
    cache.close();
    await rm(folder, { recursive: true });
  }
});
