import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findOwnPrograms } from './own-programs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-own-programs-'));
});

afterEach(() => rm(folder, { recursive: true }));

test.each([
  ['hooks', '.claude/settings.json', { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'x' }] }] } }, true],
  ['a key helper', '.claude/settings.local.json', { apiKeyHelper: 'x' }, true],
  ['variables', '.claude/settings.json', { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1' } }, true],
  ['an MCP server', '.mcp.json', { mcpServers: { desk: { command: 'x' } } }, true],
  ['rules alone', '.claude/settings.json', { permissions: { deny: ['Read(.env)'] }, hooks: {} }, false],
  ['no server', '.mcp.json', { mcpServers: {} }, false],
])('%s in %s', async (_what, file, content, runs) => {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), JSON.stringify(content));
  expect(await findOwnPrograms(folder)).toEqual(runs ? [file] : []);
});

test('a file that cannot be read as JSON is named, a folder without any is fine', async () => {
  expect(await findOwnPrograms(folder)).toEqual([]);
  await writeFile(join(folder, '.mcp.json'), '{ "mcpServers": ');
  expect(await findOwnPrograms(folder)).toEqual(['.mcp.json']);
});
