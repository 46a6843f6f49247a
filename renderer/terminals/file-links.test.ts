import { expect, test } from 'vitest';
import { findPaths } from './file-links.ts';

const pathsOf = (line: string): string[] => findPaths(line, '/home/me/tree').map(({ path }) => path);

test('finds paths as programs write them', () => {
  expect(pathsOf('  M src/app/main.ts')).toEqual(['src/app/main.ts']);
  expect(pathsOf('at run (src/a.ts:12:3) and ./b/c.md.')).toEqual(['src/a.ts', 'b/c.md']);
  expect(pathsOf('/home/me/tree/lib/x.py:4: error')).toEqual(['lib/x.py']);
  expect(pathsOf('README.md package.json')).toEqual(['README.md', 'package.json']);
});

test('leaves alone what is no file of the folder', () => {
  expect(pathsOf('/etc/hosts.conf ../out/side.ts https://example.com/a/b.html v1.2.3 example.com')).toEqual([]);
});

test('says where it stands', () => {
  expect(findPaths('ok src/a.ts:12 ok', '/x')[0]).toEqual({ start: 3, end: 14, path: 'src/a.ts' });
});
