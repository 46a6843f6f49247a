import { readdirSync, statSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCopy, keptPath } from './kept-copies.ts';

let home: string;
let input: Parameters<typeof keepCopy>[0];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-kept-'));
  const folder = join(home, 'claude');
  input = { path: join(folder, 'projects', '-work', 's-1.jsonl'), folder, keep: join(home, 'kept') };
  await mkdir(join(folder, 'projects', '-work'), { recursive: true });
  await writeFile(input.path, 'first\n');
});

afterEach(() => rm(home, { recursive: true, force: true }));

const otherDisk = () => {
  throw Object.assign(new Error('cross-device link not permitted'), { code: 'EXDEV' });
};
const copy = () => readFile(keptPath(input), 'utf8');

test('a second name for the same file grows with it and outlives it', async () => {
  keepCopy(input);
  expect(statSync(keptPath(input)).ino).toBe(statSync(input.path).ino);
  await appendFile(input.path, 'second\n');
  expect(await copy()).toBe('first\nsecond\n');
  // Written anew under its name: the kept one follows.
  await writeFile(join(home, 'new'), 'other\n');
  await rename(join(home, 'new'), input.path);
  keepCopy(input);
  expect(statSync(keptPath(input)).ino).toBe(statSync(input.path).ino);
  await rm(input.path);
  keepCopy(input);
  expect(await copy()).toBe('other\n');
});

test('on another disk it is a copy that is brought up to date', async () => {
  keepCopy(input, otherDisk);
  expect(await copy()).toBe('first\n');
  const { ino, mtimeMs } = statSync(keptPath(input));
  keepCopy(input, otherDisk);
  expect(statSync(keptPath(input))).toMatchObject({ ino, mtimeMs });
  const long = `${'x'.repeat(3_000_000)}\n`;
  await appendFile(input.path, long);
  keepCopy(input, otherDisk);
  expect((await copy()) === `first\n${long}`).toBe(true);
  // What was there is not copied again.
  expect(statSync(keptPath(input)).ino).toBe(ino);
  await writeFile(input.path, `other${long}and more`);
  keepCopy(input, otherDisk);
  expect((await copy()) === `other${long}and more`).toBe(true);
  await writeFile(input.path, 'short');
  keepCopy(input, otherDisk);
  expect(await copy()).toBe('short');
  expect(readdirSync(join(input.keep, 'projects', '-work'))).toEqual(['s-1.jsonl']);
});

test('any other refusal leaves the file to the index alone', async () => {
  const refused = () => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  keepCopy(input, refused);
  await expect(copy()).rejects.toThrow('ENOENT');
});
