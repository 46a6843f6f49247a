import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutputLog } from './output-log.ts';
import { newOutputLog, openOutputLog } from './output-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'control-room-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const optionsFor = (limitBytes: number | null) => ({
  folder,
  name: 'output',
  limitBytes,
  onWritten: () => undefined,
  onTrouble(error: Error) {
    throw error;
  },
});

/** Bytes whose value tells their offset. */
const pattern = (offset: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (offset + i) % 251));

async function readAll(log: OutputLog, from: number): Promise<{ offset: number; bytes: Buffer }> {
  const parts: Buffer[] = [];
  let cursor = from;
  let first: number | null = null;
  for (;;) {
    const { offset, bytes } = await log.read(cursor, 7000);
    if (bytes.length === 0) return { offset: first ?? offset, bytes: Buffer.concat(parts) };
    first ??= offset;
    parts.push(bytes);
    cursor = offset + bytes.length;
  }
}

test('any byte can be read while the disk is still behind, and after it was opened again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(9000), { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (sizes, share) => {
        for (const file of await readdir(folder)) await rm(path.join(folder, file));
        const log = newOutputLog(optionsFor(null));
        let end = 0;
        for (const size of sizes) {
          log.append(pattern(end, size));
          end += size;
          if (size % 3 === 0) await log.settled();
        }
        const from = Math.floor(share * end);
        expect(await readAll(log, from)).toEqual({ offset: from, bytes: pattern(from, end - from) });
        await log.settled();
        await log.close();
        const again = await openOutputLog(optionsFor(null));
        expect(again.end).toBe(end);
        again.append(pattern(end, 10));
        expect((await readAll(again, from)).bytes).toEqual(pattern(from, end + 10 - from));
        await again.settled();
        await again.close();
      },
    ),
    { numRuns: 25 },
  );
});

test('a log with a limit drops its oldest segments and says where it starts now', async () => {
  const log = newOutputLog(optionsFor(1024 * 1024));
  for (let i = 0; i < 64; i++) {
    log.append(pattern(i * 65536, 65536));
    await log.settled();
  }
  expect(log.end).toBe(4 * 1024 * 1024);
  expect(log.start).toBeGreaterThanOrEqual(log.end - 1024 * 1024 - 128 * 1024 - 65536);
  expect(log.start).toBeLessThanOrEqual(log.end - 1024 * 1024);
  const { offset, bytes } = await log.read(0, 100);
  expect(offset).toBe(log.start);
  expect(bytes).toEqual(pattern(offset, 100));
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (file) => (await stat(path.join(folder, file))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.4 * 1024 * 1024);
  await log.close();
});

test('an unlimited log keeps all until it is acknowledged', async () => {
  const log = newOutputLog(optionsFor(null));
  for (let i = 0; i < 12; i++) {
    log.append(Buffer.alloc(1024 * 1024, i));
    await log.settled();
  }
  expect(log.start).toBe(0);
  log.acknowledge(9 * 1024 * 1024);
  expect(log.start).toBe(8 * 1024 * 1024);
  expect((await log.read(9 * 1024 * 1024, 1)).bytes[0]).toBe(9);
  await log.close();
});

test('bytes wait in memory while the disk refuses them, and can be read meanwhile', async () => {
  const troubles: string[] = [];
  const log = newOutputLog({
    ...optionsFor(null),
    folder: path.join(folder, 'missing'),
    onTrouble: (error) => troubles.push(error.message),
  });
  log.append(Buffer.from('kept'));
  await expect.poll(() => troubles.length).toBeGreaterThan(0);
  expect((await log.read(1, 100)).bytes.toString()).toBe('ept');
  expect(log.waitingBytes).toBe(4);
  await log.close();
});
