import { opendir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { FileMatch } from '../../../shared/files.ts';
import type { Git } from '../git/git.ts';

/** Characters of a line that are shown, and how many of them before the match. */
const shownLength = 240;
const shownBefore = 60;
/** Files looked through for a name; beyond that a search in a folder further down is meant. */
const maxNames = 200_000;
/** Folders that no search of names goes into where git does not say what is ignored. */
const skipped = new Set(['.git', 'node_modules']);

const isRepository = async (git: Git, folder: string): Promise<boolean> =>
  (await git.try(folder, 'rev-parse', '--is-inside-work-tree')).stdout.trim() === 'true';

/** The lines of files below `folder` with the words, in the order of the paths; shown below `shownFolder`. */
export async function searchFiles(
  git: Git,
  folder: string,
  shownFolder: string,
  query: { query: string; regex: boolean; matchCase: boolean; limit: number },
): Promise<{ items: FileMatch[]; more: boolean }> {
  const args = [
    'grep',
    '--line-number',
    '--column',
    '--null',
    '-I',
    '--no-color',
    '--no-textconv',
    ...((await isRepository(git, folder)) ? ['--untracked'] : ['--no-index', '--exclude-standard']),
    ...(query.matchCase ? [] : ['--ignore-case']),
    query.regex ? '--extended-regexp' : '--fixed-strings',
    '-e',
    query.query,
    '--',
    '.',
  ];
  const items: FileMatch[] = [];
  let more = false;
  let rest = '';
  const code = await git.read(folder, args, (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const match = parseMatch(line, shownFolder);
      if (!match) continue;
      if (items.length >= query.limit) {
        more = true;
        return false;
      }
      items.push(match);
    }
    return true;
  });
  // 1 says that nothing was found.
  if (code !== null && code > 1) {
    throw new AppError(
      'BAD_REQUEST',
      query.regex
        ? 'git does not understand this pattern. It takes extended regular expressions: escape ( ) [ ] { } with \\.'
        : `git could not search ${shownFolder}.`,
      { field: 'query' },
    );
  }
  return { items, more };
}

/** A line of git's: the path, NUL, the number of the line, NUL, that of the byte, NUL, the text. */
function parseMatch(line: string, shownFolder: string): FileMatch | undefined {
  const [path, number, byte, ...texts] = line.split('\0');
  if (path === undefined || number === undefined || byte === undefined) return undefined;
  const text = texts.join('\0').replace(/\r$/, '');
  const before = Buffer.from(text)
    .subarray(0, Number(byte) - 1)
    .toString();
  const from = text.length <= shownLength ? 0 : Math.max(0, before.length - shownBefore);
  return {
    path: join(shownFolder, path),
    line: Number(number),
    column: before.length + 1,
    text: text.slice(from, from + shownLength),
  };
}

/** Paths of files below `folder` that have all words of the query, the shortest and those with them in the name first. */
export async function findFiles(
  git: Git,
  folder: string,
  shownFolder: string,
  query: { query: string; limit: number },
): Promise<{ items: string[]; more: boolean }> {
  const words = query.query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { path: string; rank: number }[] = [];
  let seen = 0;
  const take = (path: string): boolean => {
    seen += 1;
    const lower = path.toLowerCase();
    if (words.every((word) => lower.includes(word))) {
      const name = lower.slice(lower.lastIndexOf('/') + 1);
      const inName = words.filter((word) => name.includes(word)).length;
      found.push({ path, rank: path.length - inName * 1000 - (words.some((word) => name.startsWith(word)) ? 500 : 0) });
    }
    return seen < maxNames;
  };
  if (await isRepository(git, folder)) {
    let rest = '';
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    await git.read(folder, list, (text) => {
      const paths = (rest + text).split('\0');
      rest = paths.pop() ?? '';
      return paths.every(take);
    });
  } else {
    await walk(folder, folder, take);
  }
  found.sort((a, b) => a.rank - b.rank || (a.path < b.path ? -1 : 1));
  return {
    items: found.slice(0, query.limit).map(({ path }) => join(shownFolder, ...path.split('/'))),
    more: found.length > query.limit || seen >= maxNames,
  };
}

async function walk(top: string, folder: string, take: (path: string) => boolean): Promise<boolean> {
  const entries = await opendir(folder).catch(() => undefined);
  if (!entries) return true;
  const below: string[] = [];
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && !take(relative(top, path).split(sep).join('/'))) return false;
    if (entry.isDirectory() && !skipped.has(entry.name)) below.push(path);
  }
  for (const path of below) if (!(await walk(top, path, take))) return false;
  return true;
}
