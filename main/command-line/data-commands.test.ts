import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTestControlRoom } from '../testing/test-control-room.ts';
import { addDataCommands } from './data-commands.ts';

const entryUrl = new URL('../headless.ts', import.meta.url).href;
let folder: string;
let written: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-commands-'));
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  await rm(folder, { recursive: true });
});

/** Runs a command and gives what it printed. */
async function run(...words: string[]): Promise<string> {
  written = '';
  const program = new Command().exitOverride();
  addDataCommands(program, entryUrl);
  await program.parseAsync(words, { from: 'user' });
  return written;
}

test('where none runs, the folder itself is backed up, restored, undone and looked after', async () => {
  const at = ['--data-dir', folder];
  expect(await run('backup', 'list', ...at)).toContain('no backup yet');
  const name = (await run('backup', 'create', '--description', 'first', ...at)).split(' ')[0] ?? '';
  expect(await run('backup', 'list', ...at)).toContain(`${name}  first`);
  expect(await run('backup', 'verify', name, ...at)).toContain('all as described');
  await expect(run('backup', 'restore', name, ...at)).rejects.toThrow(/--confirm/);
  expect(await run('backup', 'download', name, folder, ...at)).toContain(join(folder, name));
  await expect(run('backup', 'download', name, folder, ...at)).rejects.toThrow(/there already/);
  await expect(run('backup', 'take-in', join(folder, name), ...at)).rejects.toThrow(/here already/);
  expect(await run('backup', 'restore', name, '--confirm', ...at)).toContain(`${name} was restored`);
  expect(await run('backup', 'undo', '--confirm', ...at)).toContain('before-restore');
  expect(await run('database', 'status', ...at)).toMatch(/schema (\d+) of \1/);
  expect(await run('database', 'check', ...at)).toMatch(/^ok/);
  expect(await run('database', 'vacuum', ...at)).toContain('written anew');
  const file = join(folder, 'all.jsonl.gz');
  await run('database', 'export', file, ...at);
  expect(await run('database', 'import', file, '--dry-run', ...at)).toContain('Nothing was changed');
  await writeFile(join(folder, 'backups', name), 'damaged');
  await expect(run('backup', 'verify', name, ...at)).rejects.toThrow(/no backup/);
  await run(
    'backup',
    'delete',
    (await run('backup', 'list', '--json', ...at)).match(/control-room_[\w.-]+/)?.[0] ?? '',
    ...at,
  );
  expect((await readdir(folder)).filter((entry) => entry.startsWith('holder'))).toEqual([]);
});

test('where one runs, it is asked', async () => {
  const room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:9' });
  try {
    const at = ['--data-dir', join(room.home.folder, 'data'), '--token', room.token];
    const name = (await run('backup', ...at)).split(' ')[0] ?? '';
    expect((await room.api.backups.list({})).items.map(({ backup_filename }) => backup_filename)).toEqual([name]);
    expect(await run('backup', 'drill', ...at)).toContain('all as described');
    expect(await run('database', 'check', ...at)).toMatch(/^ok/);
    await expect(run('backup', 'verify', 'control-room_backup_x.db', ...at)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await run('backup', 'restore', name, '--confirm', ...at)).toContain('next start');
  } finally {
    await room.close();
  }
});
