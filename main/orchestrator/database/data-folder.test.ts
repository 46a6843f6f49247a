import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHolder, takeDataFolder } from './data-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-folder-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a second start is refused with the holder named, until the first lets go', () => {
  const path = join(folder, 'data');
  const first = takeDataFolder(path, () => 5);
  first.announce('http://127.0.0.1:1234');
  expect(() => takeDataFolder(path, () => 6)).toThrow(
    new RegExp(`process id ${process.pid}, at http://127.0.0.1:1234`),
  );
  expect(readHolder(path)).toEqual({ pid: process.pid, startedAt: 5, address: 'http://127.0.0.1:1234' });
  first.release();
  first.release();
  const second = takeDataFolder(path, () => 7);
  second.release();
});

test('the lock of a process that was killed is gone with it', async () => {
  const path = join(folder, 'data');
  const module = fileURLToPath(new URL('./data-folder.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { takeDataFolder } from ${JSON.stringify(module)}; takeDataFolder(${JSON.stringify(path)}, Date.now); console.log('taken'); setInterval(() => {}, 1000);`,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  expect(() => takeDataFolder(path, Date.now)).toThrow(new RegExp(`process id ${child.pid}`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  takeDataFolder(path, Date.now).release();
});

test('is readable by its owner alone', async () => {
  const path = join(folder, 'data');
  const taken = takeDataFolder(path, Date.now);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  taken.release();
});

test('a place that cannot be written is refused with what to do', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  expect(() => takeDataFolder(join(file, 'data'), Date.now)).toThrow(/cannot be written.*--data-dir/s);
});
