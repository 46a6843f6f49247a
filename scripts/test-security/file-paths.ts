import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository } from '../../main/testing/git-fixture.ts';
import type { Attacked } from './attacked.ts';
import { type CheckOutcome, tally, wordsOf } from './outcome-of.ts';

/** Ways to write "one folder up", as they go over the wire. */
const climbs = [
  '../',
  '..%2f',
  '..%2F',
  '%2e%2e/',
  '%2e%2e%2f',
  '.%2e/',
  '%2e./',
  '..%252f',
  '%252e%252e%252f',
  '%25252e%25252e%25252f',
  '..%c0%af',
  '%c0%ae%c0%ae/',
  '%c0%ae%c0%ae%c0%af',
  '..%e0%80%af',
  '%f0%80%80%ae%f0%80%80%ae/',
  '..%5c',
  '%2e%2e%5c',
  '..%255c',
  '..%c1%9c',
  '....//',
  '....%2f%2f',
  '..;/',
  '..%3b/',
  '..%00/',
  '..%0d%0a/',
  '..%09/',
  '..%20/',
  '..%u2215',
  '..%ef%bc%8f',
  '%ef%bc%8e%ef%bc%8e/',
  '.././',
  './../',
  '..//',
  '..%2f%2e%2f',
];
const endings = ['', '%00', '%00.ts', '/.', '%2f', '%20', '%23', '::%24DATA', '%0a'];
const secret = 'nobody may read this 4711';
/** A name that nobody asks for: it is only told by who looked into the folder. */
const canary = 'canary-4712';

/**
 * D2: paths that lead out of the allowed folders, in every spelling, on every route for files. Not a byte of what lies
 * outside is given, and nothing outside is touched.
 */
export async function filePaths(attacked: Attacked, every: number): Promise<CheckOutcome> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'control-room-paths-')));
  try {
    const outside = join(home, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret.txt'), secret);
    await writeFile(join(outside, canary), '');
    const root = await createRepository(join(home, 'shop'), { 'src/deep/a.ts': 'export {};\n' });
    await symlink(outside, join(root, 'way'));
    await symlink('../outside', join(root, 'src', 'way'));
    await symlink(join(outside, 'secret.txt'), join(root, 'file'));
    await attacked.api.projects.add({ path: root });

    const spellings = spellingsOf(root, outside).filter((_, index) => index % every === 0);
    const wrong: string[] = [];
    const statuses: number[] = [];
    let watched = 0;
    // Nothing of a query is put right on the way.
    const send = async (method: string, path: string, body?: object): Promise<void> => {
      const ended = new AbortController();
      const response = await fetch(`${attacked.address}${path}`, {
        method,
        signal: ended.signal,
        headers: {
          authorization: `Bearer ${attacked.token}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const { status } = response;
      // A folder that is watched never ends.
      const answer = path.startsWith('/api/files/watch') && status === 200 ? '' : await response.text();
      ended.abort();
      statuses.push(status);
      if (path.startsWith('/api/files/watch') && status === 200) watched += 1;
      if (answer.includes(secret) || answer.includes(canary)) wrong.push(`${method} ${path} gave what is outside`);
      // A name that only looks like a way out is one that is not there, or a new file inside.
      if (status >= 500 || status === 429) wrong.push(`${method} ${path} was answered with ${status}`);
    };
    for (const path of spellings) {
      for (const route of ['', '/content', '/info', '/original', '/watch'])
        await send('GET', `/api/files${route}?path=${path}`);
      await send('GET', `/api/files/search?path=${path}&query=nobody`);
      await send('GET', `/api/files/find?path=${path}&query=4712`);
      await send('DELETE', `/api/files?path=${path}`);
      const plain = decoded(path);
      await send('POST', '/api/files/save', { path: plain, content: 'overwritten' });
      await send('POST', '/api/files/mkdir', { path: plain });
      await send('POST', '/api/files/rename', { from: plain, to: join(root, 'taken') });
      await send('POST', '/api/files/rename', { from: join(root, 'src/deep/a.ts'), to: plain });
      await send('POST', '/api/files/copy', { from: plain, to: join(root, 'copied') });
      await send('POST', '/api/files/copy', { from: join(root, 'src/deep'), to: plain });
      for (const name of ['taken', 'copied']) {
        const stolen = await readFile(join(root, name), 'utf8').catch(() => '');
        if (stolen.includes(secret)) wrong.push(`${path} was taken inside`);
        await rm(join(root, name), { recursive: true, force: true });
      }
      // What a spelling made inside goes again, so that each meets the same folders.
      await createAgain(root);
    }
    const left = await readdir(outside);
    if (left.sort().join() !== `${canary},secret.txt`) wrong.push(`outside is ${left.join(', ')}`);
    if ((await readFile(join(outside, 'secret.txt'), 'utf8').catch(() => '')) !== secret)
      wrong.push('the secret was changed');
    const own = await attacked.request(
      'GET',
      `/api/files/content?path=${encodeURIComponent(join(root, 'src/deep/a.ts'))}`,
      {
        credential: attacked.token,
      },
    );
    if (own.status !== 200) wrong.push(`a file inside was answered with ${own.status}`);
    return {
      made: `${spellings.length} spellings on 14 calls each`,
      seen: `${wordsOf(tally(statuses))}; ${watched} folders inside watched`,
      wrong,
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function createAgain(root: string): Promise<void> {
  await mkdir(join(root, 'src', 'deep'), { recursive: true });
  await writeFile(join(root, 'src', 'deep', 'a.ts'), 'export {};\n');
}

/** Paths to the secret, and to its folder, as they stand in a request line. */
function spellingsOf(root: string, outside: string): string[] {
  const found = new Set<string>();
  const targets = ['outside/secret.txt', 'outside', 'outside%2fsecret.txt'];
  for (const climb of climbs) {
    for (const target of targets) {
      for (const ending of endings) found.add(`${root}/${climb}${target}${ending}`);
      found.add(`${root}/src/deep/${climb.repeat(3)}${target}`);
      found.add(`${root}/${climb.repeat(12)}${`${outside}/secret.txt`.slice(1)}`);
      found.add(`${climb.repeat(12)}${`${outside}/secret.txt`.slice(1)}`);
      found.add(`${climb}${target}`);
    }
  }
  for (const path of [
    `${outside}/secret.txt`,
    outside,
    `${root}/way/secret.txt`,
    `${root}/src/way/secret.txt`,
    `${root}/file`,
  ]) {
    for (const ending of endings) found.add(`${path}${ending}`);
    found.add(`file://${path}`);
    found.add(`/${path}`);
    found.add(`/proc/self/root${path}`);
    found.add(`/proc/self/cwd/${'../'.repeat(12)}${path.slice(1)}`);
    found.add(encodeURIComponent(encodeURIComponent(path)));
  }
  for (const path of [
    '/etc/passwd',
    '/proc/self/environ',
    '/dev/zero',
    '/dev/stdin',
    'C:%5cWindows%5cwin.ini',
    '%5c%5cserver%5cshare',
  ])
    found.add(path);
  return [...found];
}

/** What a server makes of it that decodes once; as it is where that cannot be. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not UTF-8: the bytes themselves, as JSON cannot carry them either.
    return path;
  }
}
