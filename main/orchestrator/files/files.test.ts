import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maxFileBytes } from '../../../shared/file-limits.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { createRepository, git as gitCommand } from '../../testing/git-fixture.ts';
import { createGit } from '../git/git.ts';
import { createFiles, type Files } from './files.ts';

let home: string;
let repository: string;
let outside: string;
let now: number;
let files: Files;

const secret = 'the content of a file outside';
const at = (...parts: string[]): string => join(repository, ...parts);
const text = (...parts: string[]): Promise<string> => readFile(at(...parts), 'utf8');

function filesWith(allowed: { file?: string[]; worktrees?: Partial<Worktree>[] } = {}): Files {
  return createFiles({
    git: createGit({ environment: { PATH: process.env.PATH, HOME: home } }),
    now: () => now,
    options: {
      dataDir: join(home, 'data'),
      worktreesDir: join(home, 'data', 'worktrees'),
      allowedProjectRoots: [],
      allowedFileRoots: allowed.file ?? [],
    },
    projects: () => [{ path: repository } as Project],
    worktrees: () => (allowed.worktrees ?? []) as Worktree[],
  });
}

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'control-room-files-')));
  outside = join(home, 'outside');
  await mkdir(join(home, 'data'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(outside, 'secret.txt'), secret);
  repository = await createRepository(join(home, 'shop'), {
    'src/a.ts': 'const total = 1;\n',
    'src/b.ts': 'export const Total = total;\n',
    'README.md': '# Shop\n',
    '.gitignore': 'ignored/\n',
  });
  now = 1_800_000_000_000;
  files = filesWith();
});

afterEach(() => rm(home, { recursive: true, force: true }));

describe('looking', () => {
  test('lists the allowed folders, then a folder with its folders first, page by page', async () => {
    expect((await files.list({ limit: 10 })).items.map(({ path }) => path)).toEqual([repository]);
    await writeFile(at('file10'), '');
    await writeFile(at('file9'), '');
    const first = await files.list({ path: repository, limit: 3 });
    expect(first).toMatchObject({ path: repository, root: repository });
    const second = await files.list({ path: repository, limit: 10, cursor: first.nextCursor ?? '' });
    expect(second.nextCursor).toBeNull();
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual([
      '.git',
      'src',
      '.gitignore',
      'file9',
      'file10',
      'README.md',
    ]);
  });

  test('gives text as text, other bytes as base64, and refuses what is too large, with its size', async () => {
    await writeFile(at('latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    await writeFile(at('bom.txt'), '\ufefftext\r\n');
    await writeFile(at('large.bin'), Buffer.alloc(maxFileBytes + 1));
    expect(await files.content(at('src/a.ts'))).toMatchObject({ content: 'const total = 1;\n', encoding: 'utf8' });
    expect(await files.content(at('bom.txt'))).toMatchObject({ content: '\ufefftext\r\n', encoding: 'utf8' });
    expect(await files.content(at('latin1.txt'))).toMatchObject({ content: 'Y2Fm6Q==', encoding: 'base64' });
    await expect(files.content(at('large.bin'))).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      details: { sizeBytes: maxFileBytes + 1 },
    });
    await expect(files.content(at('src'))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(files.content(at('gone'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('gives the file as git has it, of the last commit and of where the worktree began', async () => {
    const base = (await gitCommand(repository, 'rev-parse', 'HEAD')).trim();
    await writeFile(at('src/a.ts'), 'const total = 2;\n');
    await gitCommand(repository, 'commit', '-qam', 'Two');
    await writeFile(at('src/a.ts'), 'const total = 3;\n');
    files = filesWith({ worktrees: [{ path: repository, baseCommit: base }] });
    expect((await files.original(at('src/a.ts'), 'head')).content).toBe('const total = 2;\n');
    expect((await files.original(at('src/a.ts'), 'base')).content).toBe('const total = 1;\n');
    await writeFile(at('new.ts'), '');
    expect((await files.original(at('new.ts'), 'head')).content).toBeNull();
  });

  test('finds words in lines and words in names, what git ignores left out', async () => {
    await mkdir(at('ignored'));
    await writeFile(at('ignored', 'c.ts'), 'total\n');
    await writeFile(at('src', 'new file.ts'), `${'x'.repeat(1000)}total${'y'.repeat(1000)}\n`);
    const found = await files.search({ path: repository, query: 'total', regex: false, matchCase: true, limit: 100 });
    expect(found.items.map(({ path, line, column }) => [path, line, column])).toEqual([
      [at('src/a.ts'), 1, 7],
      [at('src/b.ts'), 1, 22],
      [at('src/new file.ts'), 1, 1001],
    ]);
    expect(found.items[2]?.text.length).toBeLessThanOrEqual(240);
    expect(found.items[2]?.text).toContain('total');
    const all = await files.search({ path: repository, query: 'total', regex: false, matchCase: false, limit: 2 });
    expect(all).toMatchObject({ items: { length: 2 }, more: true });
    await expect(
      files.search({ path: repository, query: '(', regex: true, matchCase: true, limit: 10 }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await files.find({ path: repository, query: 'src b', limit: 10 })).toEqual({
      items: [at('src/b.ts')],
      more: false,
    });
    // A folder without git.
    files = filesWith({ file: [outside] });
    expect((await files.find({ path: outside, query: 'secret', limit: 10 })).items).toEqual([
      join(outside, 'secret.txt'),
    ]);
    const there = { path: outside, query: 'CONTENT', regex: false, matchCase: false, limit: 10 };
    expect((await files.search(there)).items).toMatchObject([{ path: join(outside, 'secret.txt'), line: 1 }]);
  });

  test('tells of changes in a folder until nobody listens', async () => {
    const end = new AbortController();
    const seen = files.watch(at('src'), end.signal);
    expect((await seen.next()).value).toEqual({ at: now });
    await writeFile(at('src', 'c.ts'), '');
    expect((await seen.next()).done).toBe(false);
    end.abort();
    expect((await seen.next()).done).toBe(true);
  });
});

describe('changing', () => {
  test('saves whole files, keeps their rights and leaves nothing beside them', async () => {
    await chmod(at('src/a.ts'), 0o755);
    const saved = await files.save({ path: at('src/a.ts'), content: 'const total = 5;\n', encoding: 'utf8' });
    expect([await text('src/a.ts'), (await stat(at('src/a.ts'))).mode & 0o777]).toEqual(['const total = 5;\n', 0o755]);
    expect(saved).toMatchObject({ name: 'a.ts', sizeBytes: 17, kind: 'file' });
    await files.save({ path: at('src/bin'), content: 'AAEC', encoding: 'base64' });
    expect(await readFile(at('src/bin'))).toEqual(Buffer.from([0, 1, 2]));
    expect((await readdir(at('src'))).sort()).toEqual(['a.ts', 'b.ts', 'bin']);
  });

  test('notices that somebody else changed, deleted or made the file, and loses neither', async () => {
    const { info } = await files.content(at('src/a.ts'));
    await writeFile(at('src/a.ts'), 'theirs');
    await utimes(at('src/a.ts'), new Date(1_700_000_000_000), new Date(1_700_000_000_000));
    const mine = { path: at('src/a.ts'), content: 'mine', encoding: 'utf8' as const };
    await expect(files.save({ ...mine, expectedModifiedAt: info.modifiedAt })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { modifiedAt: 1_700_000_000_000 },
    });
    expect(await text('src/a.ts')).toBe('theirs');
    await expect(files.save({ ...mine, expectedModifiedAt: null })).rejects.toMatchObject({ code: 'CONFLICT' });
    await rm(at('src/a.ts'));
    await expect(files.save({ ...mine, expectedModifiedAt: info.modifiedAt })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { modifiedAt: null },
    });
    await files.save({ ...mine, expectedModifiedAt: null });
    expect(await text('src/a.ts')).toBe('mine');
    expect((await readdir(at('src'))).sort()).toEqual(['a.ts', 'b.ts']);
  });

  test('makes folders, renames and copies, and never replaces anything', async () => {
    await files.mkdir(at('docs'));
    await expect(files.mkdir(at('docs'))).rejects.toMatchObject({ code: 'CONFLICT' });
    await files.rename(at('README.md'), at('docs/index.md'));
    await expect(files.rename(at('src/a.ts'), at('src/b.ts'))).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(files.rename(at('docs'), at('docs/inner'))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await symlink('a.ts', at('src/link.ts'));
    await files.copy(at('src'), at('copy of src'));
    expect((await readdir(at('copy of src'))).sort()).toEqual(['a.ts', 'b.ts', 'link.ts']);
    await expect(files.copy(at('src/a.ts'), at('src/b.ts'))).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(files.copy(at('src'), at('src/inner'))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect([await text('docs/index.md'), await text('src/b.ts')]).toEqual([
      '# Shop\n',
      'export const Total = total;\n',
    ]);
    expect((await readdir(repository)).sort()).toEqual(['.git', '.gitignore', 'copy of src', 'docs', 'src']);
  });

  test('what is deleted can be had back for two weeks', async () => {
    const removed = await files.remove(at('src'));
    await expect(stat(at('src'))).rejects.toThrow();
    expect((await files.removed()).items).toEqual([removed]);
    await files.mkdir(at('src'));
    await expect(files.restore(removed.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await rm(at('src'), { recursive: true });
    await files.restore(removed.id);
    expect(await text('src/a.ts')).toBe('const total = 1;\n');
    await expect(files.restore(removed.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const other = await files.remove(at('README.md'));
    now += 15 * 86_400_000;
    expect((await files.removed()).items).toEqual([]);
    await expect(files.restore(other.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(join(home, 'data', 'removed-files'))).toEqual([]);
  });

  test('refuses to touch what git trusts, whole projects, and its own data', async () => {
    const save = (path: string) => files.save({ path, content: 'x', encoding: 'utf8' });
    await symlink('.git', at('innocent'));
    for (const path of [at('.git/hooks/post-checkout'), at('.GIT/config'), at('innocent/config')]) {
      await expect(save(path), path).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    await expect(files.remove(at('.git'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(files.remove(at('innocent/hooks'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(files.remove(repository)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    files = filesWith({ file: [home] });
    await expect(files.remove(home)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await writeFile(join(home, 'data', 'token'), 'a token');
    await expect(files.content(join(home, 'data', 'token'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(files.list({ path: join(home, 'data'), limit: 10 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await mkdir(join(home, 'data', 'worktrees', 'one'), { recursive: true });
    await save(join(home, 'data', 'worktrees', 'one', 'file'));
  });
});

describe('staying inside', () => {
  test('no link leads out: not at the end, not in the middle, not for any action', async () => {
    await symlink(outside, at('way out'));
    await symlink(join(outside, 'secret.txt'), at('file out'));
    await symlink(join(outside, 'new.txt'), at('new out'));
    const inside = at('src/a.ts');
    const tries: (() => Promise<unknown>)[] = [
      () => files.content(at('file out')),
      () => files.content(at('way out/secret.txt')),
      () => files.info(at('way out/secret.txt')),
      () => files.list({ path: at('way out'), limit: 10 }),
      () => files.search({ path: at('way out'), query: 'content', regex: false, matchCase: false, limit: 10 }),
      () => files.find({ path: at('way out'), query: 'secret', limit: 10 }),
      () => files.original(at('way out/secret.txt'), 'head'),
      () => files.watch(at('way out'), undefined).next(),
      () => files.save({ path: at('file out'), content: 'x', encoding: 'utf8' }),
      () => files.save({ path: at('way out/x'), content: 'x', encoding: 'utf8' }),
      () => files.save({ path: at('new out'), content: 'x', encoding: 'utf8' }),
      () => files.mkdir(at('way out/x')),
      () => files.rename(inside, at('way out/x')),
      () => files.rename(at('way out/secret.txt'), at('taken')),
      () => files.copy(inside, at('way out/x')),
      () => files.copy(at('way out/secret.txt'), at('taken')),
      () => files.remove(at('way out/secret.txt')),
    ];
    for (const attempt of tries) {
      await expect(attempt(), String(attempt)).rejects.toMatchObject({
        code: expect.stringMatching(/FORBIDDEN|NOT_FOUND/),
      });
    }
    expect(await readdir(outside)).toEqual(['secret.txt']);
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(secret);
    expect(
      (await files.list({ path: repository, limit: 100 })).items.filter(({ kind }) => kind === 'link'),
    ).toHaveLength(3);
    // The links themselves may be looked at, copied and deleted; what they lead to is not touched.
    await files.copy(at('file out'), at('another out'));
    await expect(files.content(at('another out'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await files.remove(at('way out'));
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(secret);
  });

  // Only there can a folder be held open and worked in.
  test.runIf(process.platform === 'linux')(
    'a folder that is changed for a link while it is worked with leads nowhere else',
    async () => {
      await mkdir(at('race'));
      await mkdir(join(outside, 'race'));
      let ended = false;
      const swapping = (async () => {
        while (!ended) {
          await rename(at('race'), at('aside'));
          await symlink(outside, at('race'));
          await rm(at('race'));
          await rename(at('aside'), at('race'));
          // Long enough that something is done in the folder as well.
          for (let turn = 0; turn < 50; turn += 1) await setImmediate();
        }
      })();
      const read: string[] = [];
      const outcomes = { done: 0, refused: 0 };
      for (let round = 0; round < 300; round += 1) {
        for (const attempt of [
          () => files.save({ path: at('race/secret.txt'), content: 'mine', encoding: 'utf8' }),
          () => files.content(at('race/secret.txt')).then(({ content }) => read.push(content)),
          () => files.remove(at('race/secret.txt')),
        ]) {
          await attempt().then(
            () => {
              outcomes.done += 1;
            },
            () => {
              outcomes.refused += 1;
            },
          );
        }
      }
      ended = true;
      await swapping;
      expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(secret);
      expect((await readdir(outside)).sort()).toEqual(['race', 'secret.txt']);
      expect(read).not.toContain(secret);
      expect(outcomes.done).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
    },
  );
});
