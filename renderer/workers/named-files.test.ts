import { expect, test } from 'vitest';
import { filesNamedIn, isNamed } from './named-files.ts';

test('files are found in a prompt, other words are not', () => {
  expect(
    filesNamedIn('Give src/deliver.js a limit, as in ./lib/retry.ts. Then package.json, e. g. on 2.5 GB.'),
  ).toEqual(['src/deliver.js', 'lib/retry.ts', 'package.json']);
  expect(filesNamedIn('Make it faster. Ask me first')).toEqual([]);
});

test('a name fits a path or its end', () => {
  expect(isNamed('src/deliver.js', 'deliver.js')).toBe(true);
  expect(isNamed('src/deliver.js', 'src/deliver.js')).toBe(true);
  expect(isNamed('src/redeliver.js', 'deliver.js')).toBe(false);
});
