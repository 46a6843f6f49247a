import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { repositoryFolder } from '../repository-folder.ts';
import { checkImports, ruledFolders } from './import-rules.ts';
import { importRules } from './rules.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A small tree with the repository's packages, holding `files` besides an innocent file in each folder. */
async function treeOf(files: Record<string, string>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-rules-')));
  folders.push(folder);
  await symlink(join(repositoryFolder, 'node_modules'), join(folder, 'node_modules'));
  const innocent = Object.fromEntries(
    ruledFolders.map((name) => [`${name}/innocent.ts`, 'export const innocent = 1;\n']),
  );
  for (const [path, text] of Object.entries({ ...innocent, ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const target = 'export const thing = 1;\n';
const using = (path: string) => `import { thing } from '${path}';\nexport const used = thing;\n`;

/** For each rule the trees that break it. */
const breaking: Record<string, Record<string, string>[]> = {
  'no-circular': [{ 'shared/a.ts': using('./b.ts'), 'shared/b.ts': `${using('./a.ts')}${target}` }],
  'shared-imports-only-zod-and-contract': [
    { 'shared/a.ts': "import { readFile } from 'node:fs/promises';\nexport const a = readFile;\n" },
    { 'shared/a.ts': using('../main/thing.ts'), 'main/thing.ts': target },
    { 'shared/a.ts': "import { create } from 'zustand';\nexport const a = create;\n" },
  ],
  'page-stays-a-page': [
    { 'renderer/a.ts': using('../main/thing.ts'), 'main/thing.ts': target },
    { 'renderer/a.ts': "import { os } from '@orpc/server';\nexport const a = os;\n" },
  ],
  'page-without-node': [{ 'renderer/a.ts': "import { join } from 'node:path';\nexport const a = join;\n" }],
  'features-apart': [
    { 'main/orchestrator/workers/a.ts': using('../projects/thing.ts'), 'main/orchestrator/projects/thing.ts': target },
  ],
  'foundations-below-features': [
    { 'main/orchestrator/database/a.ts': using('../projects/thing.ts'), 'main/orchestrator/projects/thing.ts': target },
  ],
  'electron-only-in-desktop': [
    { 'main/orchestrator/a.ts': "import { app } from 'electron';\nexport const a = app;\n" },
    { 'main/server/a.ts': "import type { App } from 'electron';\nexport type A = App;\n" },
  ],
  'orchestrator-without-surface': [
    { 'main/orchestrator/workers/a.ts': using('../../server/thing.ts'), 'main/server/thing.ts': target },
  ],
  'surfaces-use-the-front-door': [
    { 'main/server/a.ts': using('../orchestrator/workers/thing.ts'), 'main/orchestrator/workers/thing.ts': target },
  ],
  'pty-only-in-host': [
    { 'main/orchestrator/terminals/a.ts': "import { spawn } from 'node-pty';\nexport const a = spawn;\n" },
  ],
  'host-stands-alone': [{ 'main/host/a.ts': using('../orchestrator/thing.ts'), 'main/orchestrator/thing.ts': target }],
  'sqlite-only-in-database': [
    { 'main/orchestrator/workers/a.ts': "import Database from 'better-sqlite3';\nexport const a = Database;\n" },
  ],
  'no-test-material-in-the-product': [
    { 'main/a.ts': using('./testing/thing.ts'), 'main/testing/thing.ts': target },
    { 'renderer/a.ts': using('./thing.test.ts'), 'renderer/thing.test.ts': target },
  ],
  'no-unresolvable': [{ 'main/a.ts': using('./nowhere.ts') }],
};

test('every rule has a tree here that breaks it', () => {
  const names = importRules.map(({ name }) => name);
  expect(Object.keys(breaking).sort()).toEqual(names.sort());
});

test.each(
  Object.entries(breaking).flatMap(([rule, trees]) =>
    trees.map((tree) => ({ rule, tree, path: Object.keys(tree)[0] })),
  ),
)('$rule fires for $path', async ({ rule, tree }) => {
  const { violations, read } = await checkImports(await treeOf(tree));
  expect(read).toEqual(expect.arrayContaining(Object.keys(tree)));
  expect([...new Set(violations.map((violation) => violation.rule))]).toContain(rule);
});

test('a tree that keeps the rules has no violation', async () => {
  const { violations, read } = await checkImports(
    await treeOf({
      'shared/a.ts': "import * as z from 'zod';\nimport { oc } from '@orpc/contract';\nexport const a = [z, oc];\n",
      'renderer/a.ts': "import { a } from '../shared/a.ts';\nexport const b = a;\n",
      'main/orchestrator/workers/a.ts': using('../git/thing.ts'),
      'main/orchestrator/git/thing.ts': target,
      'main/host/a.ts': "import { spawn } from 'node-pty';\nexport const a = spawn;\n",
      'main/desktop/a.ts': "import { app } from 'electron';\nexport const a = app;\n",
    }),
  );
  expect(violations).toEqual([]);
  expect(read.length).toBe(ruledFolders.length + 6);
});
