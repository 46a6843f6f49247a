import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wrongFuses } from './fuses.ts';

/** What @electron/fuses looks for in a program; version and number of the fuses follow, then one letter for each. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-fuses-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(letters: string): Promise<string> {
  const path = join(folder, 'program');
  await writeFile(
    path,
    Buffer.from(`before${sentinel}${String.fromCharCode(1, letters.length)}${letters}after`, 'latin1'),
  );
  return path;
}

test('each fuse that is wrong is named; those that Electron has removed or never had are off', async () => {
  expect(FuseV1Options.RunAsNode).toBe(0);
  expect(await wrongFuses(await program('11001100'))).toEqual([]);
  expect(await wrongFuses(await program('00110011'))).toHaveLength(8);
  expect(await wrongFuses(await program('11101100'))).toEqual(['EnableNodeOptionsEnvironmentVariable is on']);
  expect(await wrongFuses(await program('1100r100'))).toEqual(['EnableEmbeddedAsarIntegrityValidation is off']);
  expect(await wrongFuses(await program('11001'))).toEqual(['OnlyLoadAppFromAsar is off']);
  await writeFile(join(folder, 'program'), 'no Electron');
  await expect(wrongFuses(join(folder, 'program'))).rejects.toThrow('sentinel');
});
