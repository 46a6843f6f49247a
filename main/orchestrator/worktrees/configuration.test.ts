import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfiguration, scriptVariables } from './configuration.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'control-room-configuration-'));
});
afterEach(() => rm(path, { recursive: true }));

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(path, file)), { recursive: true });
  await writeFile(join(path, file), text);
}
const read = () => readConfiguration({ path, trusted: true });
const unixOnly = process.platform === 'win32' ? '-windows' : '-unix';

test.each([
  ['control-room.json', '{"setup":["a","b"],"run":"r","teardown":["t"],"include":[".env"]}', ['a', 'b'], ['r'], ['t']],
  ['.conductor/settings.toml', '[scripts]\nsetup = "a"\nrun = "r"\narchive = "t"\n', ['a'], ['r'], ['t']],
  ['conductor.json', '{"scripts":{"setup":"a","run":"r","archive":"t"}}', ['a'], ['r'], ['t']],
  ['.superset/config.json', '{"setup":["a","b"],"run":["r"],"teardown":["t"]}', ['a', 'b'], ['r'], ['t']],
  ['.emdash.json', '{"scripts":{"setup":"a","run":"r","teardown":"t"}}', ['a'], ['r'], ['t']],
  ['orca.yaml', 'scripts:\n  setup: |\n    a\n    b\n  archive: t\n', ['a\nb\n'], [], ['t']],
  ['t3.json', '{"scripts":[{"command":"a","runOnWorktreeCreate":true},{"command":"dev"}]}', ['a'], [], []],
  ['.cursor/worktrees.json', '{"setup-worktree":["a","b"]}', ['a', 'b'], [], []],
  ['.cursor/worktrees.json', `{"setup-worktree":["x"],"setup-worktree${unixOnly}":"a.sh"}`, ['a.sh'], [], []],
])('%s is read', async (file, text, setup, run, teardown) => {
  await put(file, text);
  const found = await read();
  expect(found).toMatchObject({ setup, run, teardown, runs: true });
  expect(found.sources).toEqual([expect.objectContaining({ file, problem: null })]);
  expect(found.from.setup).toBe(file);
});

test('ours counts over the others, part by part; what cannot be read is told and hinders none', async () => {
  await put('control-room.json', '{"run":["mine"]}');
  await put('conductor.json', '{"scripts":{"setup":"theirs","run":"theirs"}}');
  await put('orca.yaml', 'scripts: [not: closed');
  await put('t3.json', '{"scripts": "none"}');
  const found = await read();
  expect(found).toMatchObject({ run: ['mine'], setup: ['theirs'], from: { run: 'control-room.json' } });
  expect(found.from.setup).toBe('conductor.json');
  expect(found.sources.find(({ file }) => file === 'orca.yaml')?.problem).toMatch(/cannot be read/);
  expect((await readConfiguration({ path, trusted: false })).runs).toBe(false);
});

test('a file for this machine is put around what the team has, or in its place; patterns of all files are joined', async () => {
  await put('.superset/config.json', '{"setup":["team"],"run":["team"]}');
  await put('.superset/config.local.json', '{"setup":{"before":["first"],"after":"last"},"run":["alone"]}');
  await put('.worktreeinclude', '# keys\n.env\n');
  await put('.emdash.json', '{"preservePatterns":[".env.local",".env"]}');
  expect(await read()).toMatchObject({
    setup: ['first', 'team', 'last'],
    run: ['alone'],
    include: ['.env', '.env.local'],
    from: { setup: '.superset/config.local.json' },
  });
});

test('scripts made for another tool find the variables they look for; without a block of ports there is none', () => {
  const input = { root: '/r', path: '/w', name: 'fix', branch: 'b', baseBranch: 'main', portBase: 21_010 };
  expect(scriptVariables(input)).toMatchObject({
    CONTROL_ROOM_ROOT_PATH: '/r',
    CONTROL_ROOM_WORKTREE_PATH: '/w',
    CONTROL_ROOM_BRANCH: 'b',
    CONTROL_ROOM_BASE_BRANCH: 'main',
    CONTROL_ROOM_PORT: '21010',
    CONDUCTOR_PORT: '21010',
    CONDUCTOR_WORKSPACE_PATH: '/w',
    SUPERSET_ROOT_PATH: '/r',
    EMDASH_TASK_PATH: '/w',
    ORCA_WORKTREE_PATH: '/w',
    T3CODE_WORKTREE_PATH: '/w',
    ROOT_WORKTREE_PATH: '/r',
  });
  expect(Object.keys(scriptVariables({ ...input, portBase: null })).filter((name) => name.endsWith('PORT'))).toEqual(
    [],
  );
});
