import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointId } from '../../../shared/ids.ts';
import type { Hunk, Selection } from '../../../shared/review.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { pathFromBytes, pathToBytes } from '../git/path-bytes.ts';
import { createComments, messageOf } from './comments.ts';
import { createReviewer } from './review.ts';
import { createStaging } from './staging.ts';
import { createReviewStore } from './store.ts';

let fixture: WorktreeFixture;
let worktree: Worktree;
let reviewer: ReturnType<typeof createReviewer>;
let staging: ReturnType<typeof createStaging>;
let store: ReturnType<typeof createReviewStore>;
let checkpoints = 0;

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': 'one\ntwo\nthree\n', 'keep.txt': 'keep\n' });
  store = createReviewStore(fixture.database);
  const common = {
    git: fixture.git,
    worktree: (id: string) => fixture.rows.get(id) as Worktree,
    look: (one: Worktree) => fixture.copies.look(one.path),
    forkPoint: fixture.forkPoint,
    checkpointTree: () => '',
  };
  reviewer = createReviewer({ ...common, store });
  staging = createStaging({
    ...common,
    turns: fixture.turns,
    copies: fixture.copies,
    reviewer,
    repository: () => fixture.project.path,
    checkpoint: async () => {
      checkpoints += 1;
      return 'c_undo' as CheckpointId;
    },
  });
  worktree = await fixture.worktree('one');
});
afterAll(() => fixture.close());

const at = (name: string, of = worktree) => join(of.path, name);
const status = (of = worktree) => git(of.path, 'status', '--porcelain=v1', '-uall');
const list = async (scope: 'base' | 'uncommitted' | 'staged' | 'unstaged', of = worktree) =>
  (await reviewer.files(of.id, { scope })).files;
const page = { cursor: 0, limit: 3000, context: 3, large: false, ignoreSpaces: false };

test('one side of a file is given as it is, byte for byte, and refused when it is too large', async () => {
  const bytes = Buffer.from([0, 255, 137, 80, 10, 13, 0]);
  await writeFile(at('picture.png'), bytes);
  await writeFile(at('huge.png'), Buffer.alloc(9 * 1024 * 1024));
  const files = await list('base');
  const blob = (path: string) => files.find((file) => file.path === path)?.newId ?? '';
  expect(await reviewer.content({ id: worktree.id, blob: blob('picture.png') })).toEqual({
    content: bytes.toString('base64'),
    sizeBytes: bytes.length,
  });
  await expect(reviewer.content({ id: worktree.id, blob: blob('huge.png') })).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
  });
  await expect(reviewer.content({ id: worktree.id, blob: '0'.repeat(40) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await rm(at('picture.png'));
  await rm(at('huge.png'));
});

describe('paths', () => {
  test('any bytes have one text that leads back to them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = pathFromBytes(Buffer.from(bytes));
        expect(pathToBytes(text)).toEqual(Buffer.from(bytes));
        expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
        expect(decodeURIComponent(encodeURIComponent(text))).toBe(text);
      }),
    );
    expect(pathFromBytes(Buffer.from('grün/日本.txt'))).toBe('grün/日本.txt');
    expect(pathToBytes(pathFromBytes(Buffer.from('\uef80x')))).toEqual(Buffer.from('\uef80x'));
  });
});

describe('the list', () => {
  test('shows committed, staged, changed and new files of each comparison, and touches nothing', async () => {
    const own = await fixture.worktree('list');
    await writeFile(at('a.txt', own), 'one\n2\nthree\n');
    await git(own.path, 'commit', '-qam', 'Two is 2');
    await rename(at('keep.txt', own), at('kept.txt', own));
    await git(own.path, 'add', '-A');
    await writeFile(at('a.txt', own), 'one\n2\nthree\nfour\n');
    await writeFile(at('new\nline.txt', own), 'n\n');
    await writeFile(at('picture.bin', own), Buffer.from([0, 1, 2]));
    await symlink('a.txt', at('link', own));
    const bytes = Buffer.concat([Buffer.from(`${own.path}/caf`), Buffer.from([0xe9])]);
    await writeFile(bytes, 'latin\n');
    const before = await status(own);

    const base = await reviewer.files(own.id, { scope: 'base' });
    expect(
      base.files.map(({ path, status: state, kind, staged, additions }) => [path, state, kind, staged, additions]),
    ).toEqual([
      ['a.txt', 'modified', 'text', 'none', 2],
      ['caf\uefe9', 'untracked', 'text', 'none', 1],
      ['kept.txt', 'renamed', 'text', 'all', 0],
      ['link', 'untracked', 'symlink', 'none', 1],
      ['new\nline.txt', 'untracked', 'text', 'none', 1],
      ['picture.bin', 'untracked', 'binary', 'none', null],
    ]);
    expect((await list('staged', own)).map(({ path, oldPath }) => [path, oldPath])).toEqual([['kept.txt', 'keep.txt']]);
    expect((await list('unstaged', own)).map(({ path }) => path)).toEqual([
      'a.txt',
      'caf\uefe9',
      'link',
      'new\nline.txt',
      'picture.bin',
    ]);
    const [commit] = (await reviewer.commits(own.id)).items;
    expect(commit).toMatchObject({ subject: 'Two is 2', files: 1, additions: 1, deletions: 1, pushed: false });
    expect((await reviewer.files(own.id, { scope: 'commit', commit: commit?.id })).files).toHaveLength(1);
    const latin = await reviewer.file({ id: own.id, scope: 'base', path: 'caf\uefe9', ...page });
    expect(latin.hunks[0]?.lines).toMatchObject([{ kind: 'added', new: 1, text: 'latin' }]);
    expect(await status(own)).toBe(before);
  });

  test('takes a repository without any commit, a conflict and an embedded repository as they are', async () => {
    const own = await fixture.worktree('odd');
    await writeFile(at('a.txt', own), 'ours\n');
    await git(own.path, 'commit', '-qam', 'ours');
    await git(own.path, 'checkout', '-q', '-b', 'theirs', 'main');
    await writeFile(at('a.txt', own), 'theirs\n');
    await git(own.path, 'commit', '-qam', 'theirs');
    await git(own.path, 'checkout', '-q', own.branch);
    await git(own.path, 'merge', '-q', 'theirs').catch(() => undefined);
    await mkdir(at('nested', own));
    await git(at('nested', own), 'init', '-q');
    await writeFile(at('nested/x', own), 'x');
    expect(await list('uncommitted', own)).toMatchObject([{ path: 'a.txt', status: 'conflicted' }]);
    expect((await fixture.copies.look(own.path)).nested).toEqual(['nested']);
  });
});

describe('a file', () => {
  test('comes in parts, with lines cut, and a large one only when asked for', async () => {
    const own = await fixture.worktree('large');
    await writeFile(at('long.txt', own), Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join(''));
    await writeFile(at('single.txt', own), 'x'.repeat(10 * 1024 * 1024));
    const first = await reviewer.file({ id: own.id, scope: 'base', path: 'long.txt', ...page, limit: 30 });
    expect(first).toMatchObject({ nextCursor: 30, hunkCount: 1, newLineCount: 50 });
    const second = await reviewer.file({ id: own.id, scope: 'base', path: 'long.txt', ...page, limit: 30, cursor: 30 });
    expect(second).toMatchObject({
      nextCursor: null,
      hunks: [{ id: first.hunks[0]?.id, firstLine: 30, lineCount: 50 }],
    });
    expect(second.hunks[0]?.lines.at(-1)).toMatchObject({ new: 50, text: 'line 49' });
    const closed = await reviewer.file({ id: own.id, scope: 'base', path: 'single.txt', ...page });
    expect(closed).toMatchObject({ file: { large: true }, hunks: [] });
    const open = await reviewer.file({ id: own.id, scope: 'base', path: 'single.txt', ...page, large: true });
    expect(open.hunks[0]?.lines[0]).toMatchObject({ cut: 10 * 1024 * 1024 - 2000, noNewline: true });
  });

  test('viewed marks hold for a content, and comments find their lines again', async () => {
    const own = await fixture.worktree('seen');
    await writeFile(at('a.txt', own), 'one\nTWO\nthree\n');
    const [file] = await list('base', own);
    if (!file?.newId) throw new Error('no file');
    store.setViewed(own.id, 'a.txt', `${file.oldId}..${file.newId}`, 1);
    expect(await list('base', own)).toMatchObject([{ viewed: true }]);
    const told: string[] = [];
    const comments = createComments({
      database: fixture.database,
      publish: fixture.events.publish,
      now: Date.now,
      store,
      reviewer,
      worktree: () => own,
      tell: (_worktree, text) => void told.push(text),
    });
    const comment = await comments.add({
      id: own.id,
      path: 'a.txt',
      side: 'new',
      line: 2,
      blob: file.newId,
      text: 'Why loud?',
    });
    await writeFile(at('a.txt', own), 'zero\nhalf\none\nTWO\nthree\n');
    expect(await list('base', own)).toMatchObject([{ viewed: false, drafts: 1 }]);
    const moved = await reviewer.file({ id: own.id, scope: 'base', path: 'a.txt', ...page });
    expect(moved.comments).toEqual([{ id: comment.id, line: 4 }]);
    expect(comments.send({ id: own.id, note: '' })).toEqual({ sent: 1 });
    expect(told).toEqual([messageOf([comment], '')]);
    expect(told[0]).toContain('a.txt, line 2:\n```\nTWO\n```\nWhy loud?');
    expect(() => comments.send({ id: own.id, note: '' })).toThrow('No comment waits');
  });
});

describe('staging', () => {
  test('takes files wholly: changed, new, deleted, renamed, made executable, with odd names; and out again', async () => {
    const own = await fixture.worktree('whole');
    await writeFile(at('a.txt', own), 'one\n2\nthree\n');
    await rename(at('keep.txt', own), at('moved.txt', own));
    await writeFile(Buffer.concat([Buffer.from(`${own.path}/n\n`), Buffer.from([0xff])]), 'odd\n');
    await writeFile(at('run.sh', own), '#!/bin/sh\n');
    await chmod(at('run.sh', own), 0o755);
    const all = await list('unstaged', own);
    await staging.stage({ id: own.id, unstage: false, selections: all.map(({ path }) => ({ path })) });
    expect(await list('unstaged', own)).toEqual([]);
    expect((await list('staged', own)).map(({ path, status: state, newMode }) => [path, state, newMode])).toEqual([
      ['a.txt', 'modified', '100644'],
      ['moved.txt', 'renamed', '100644'],
      ['n\n\uefff', 'added', '100644'],
      ['run.sh', 'added', '100755'],
    ]);
    await staging.stage({
      id: own.id,
      unstage: true,
      selections: (await list('staged', own)).map(({ path }) => ({ path })),
    });
    expect(await list('staged', own)).toEqual([]);
    expect((await list('unstaged', own)).map(({ path }) => path)).toEqual(all.map(({ path }) => path));
  });

  test('refuses what was chosen on another content', async () => {
    const own = await fixture.worktree('stale');
    await writeFile(at('a.txt', own), 'one\n2\nthree\n');
    const [file] = await list('unstaged', own);
    if (!file) throw new Error('no file');
    await writeFile(at('a.txt', own), 'one\n22\nthree\n');
    const expected = { oldId: file.oldId, newId: file.newId };
    await expect(
      staging.stage({ id: own.id, unstage: false, selections: [{ path: 'a.txt', expected }] }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { stale: true },
    });
    await expect(
      staging.stage({ id: own.id, unstage: false, selections: [{ path: 'a.txt', hunks: ['x'] }] }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(
      staging.stage({ id: own.id, unstage: false, selections: [{ path: 'keep.txt' }] }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('chosen lines: staging them, then the rest, makes the file; each step is what git apply makes of the same lines', async () => {
    const own = await fixture.worktree('lines');
    const line = fc.constantFrom('a', 'b', 'c', 'dd', '', 'é', 'x\r');
    const file = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
      .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));
    const inIndex = () => execFileSync('git', ['show', ':p.txt'], { cwd: own.path }).toString();
    const only = async (scope: 'staged' | 'unstaged') => (await list(scope, own)).find(({ path }) => path === 'p.txt');
    await fc.assert(
      fc.asyncProperty(file, file, fc.infiniteStream(fc.boolean()), async (old, fresh, coin) => {
        await writeFile(at('p.txt', own), old);
        await git(own.path, 'add', 'p.txt');
        await writeFile(at('p.txt', own), fresh);
        const change = await only('unstaged');
        if (!change) {
          expect(old).toBe(fresh);
          return;
        }
        const expected = { oldId: change.oldId, newId: change.newId };
        const { hunks } = await reviewer.file({ id: own.id, scope: 'unstaged', path: 'p.txt', ...page });
        const lines = hunks.map((hunk) => ({
          hunk: hunk.id,
          lines: hunk.lines.flatMap(({ kind }, place) => (kind !== 'same' && coin.next().value ? [place] : [])),
        }));
        await staging.stage({ id: own.id, unstage: false, selections: [{ path: 'p.txt', lines, expected }] });
        const staged = inIndex();
        const wholeLines = [old, fresh].every((text) => text === '' || text.endsWith('\n'));
        if (wholeLines) expect(staged).toBe(await byGitApply(own.path, old, hunks, lines));
        expect(await readFile(at('p.txt', own), 'utf8')).toBe(fresh);
        // The same lines taken out of the index again lead back to what was there.
        const inside = await only('staged');
        expect(inside).toBeDefined();
        if (await only('unstaged'))
          await staging.stage({ id: own.id, unstage: false, selections: [{ path: 'p.txt' }] });
        expect(inIndex()).toBe(fresh);
      }),
      { numRuns: Number(process.env.GIT_TEST_ROUNDS ?? 5) },
    );
  }, 60_000);
});

/** The same choice made by git: a patch in which lines that are not chosen are context or left out. */
async function byGitApply(
  folder: string,
  old: string,
  hunks: readonly Hunk[],
  chosen: readonly { hunk: string; lines: number[] }[],
): Promise<string> {
  const patch = hunks.map((hunk) => {
    const places = new Set(chosen.find(({ hunk: id }) => id === hunk.id)?.lines);
    const lines = hunk.lines.flatMap(({ kind, text }, place) => {
      if (kind === 'same' || (kind === 'removed' && !places.has(place))) return [` ${text}`];
      return places.has(place) ? [`${kind === 'added' ? '+' : '-'}${text}`] : [];
    });
    const count = (mark: string) => lines.filter((line) => line[0] !== mark).length;
    const from = count('+');
    return [
      `@@ -${from === 0 ? 0 : Math.max(1, hunk.oldStart)},${from} +${Math.max(1, hunk.oldStart)},${count('-')} @@`,
      ...lines,
    ].join('\n');
  });
  const room = await mkdtemp(join(folder, '..', 'apply-'));
  await git(room, 'init', '-q');
  await writeFile(join(room, 'p.txt'), old);
  if (patch.some((hunk) => /\n[+-]/.test(hunk))) {
    await writeFile(join(room, 'patch'), `--- a/p.txt\n+++ b/p.txt\n${patch.join('\n')}\n`);
    await git(room, 'apply', '--unidiff-zero', '--whitespace=nowarn', 'patch');
  }
  return readFile(join(room, 'p.txt'), 'utf8').catch(() => '');
}

describe('discarding', () => {
  test('takes back files, hunks and lines, keeps the index for what is not in it, and snapshots first', async () => {
    const own = await fixture.worktree('discard');
    const numbers = Array.from({ length: 30 }, (_, n) => `${n}\n`);
    await writeFile(at('n.txt', own), numbers.join(''));
    await git(own.path, 'add', '-A');
    await git(own.path, 'commit', '-qm', 'numbers');
    await writeFile(at('n.txt', own), numbers.with(2, 'two\n').with(25, 'twenty-five\n').join(''));
    await writeFile(at('new.txt', own), 'new\n');
    await rm(at('keep.txt', own));
    const select = async (path: string, choose: (hunks: string[]) => Partial<Selection>): Promise<Selection> => {
      const { file, hunks } = await reviewer.file({ id: own.id, scope: 'unstaged', path, ...page });
      return { path, expected: { oldId: file.oldId, newId: file.newId }, ...choose(hunks.map(({ id }) => id)) };
    };
    const made = checkpoints;
    const second = await select('n.txt', ([, hunk = '']) => ({ hunks: [hunk] }));
    expect(await staging.discard({ id: own.id, scope: 'unstaged', selections: [second] })).toEqual({ undo: 'c_undo' });
    expect(checkpoints).toBe(made + 1);
    expect(await readFile(at('n.txt', own), 'utf8')).toBe(numbers.with(2, 'two\n').join(''));
    // Only the removed line comes back; the added one stays.
    const lines = await select('n.txt', ([hunk = '']) => ({ lines: [{ hunk, lines: [2] }] }));
    await staging.discard({ id: own.id, scope: 'unstaged', selections: [lines] });
    expect(await readFile(at('n.txt', own), 'utf8')).toContain('1\n2\n');
    await git(own.path, 'add', 'n.txt');
    await staging.discard({
      id: own.id,
      scope: 'uncommitted',
      selections: [{ path: 'n.txt' }, { path: 'new.txt' }, { path: 'keep.txt' }],
    });
    expect(await status(own)).toBe('');
    expect(await readFile(at('keep.txt', own), 'utf8')).toBe('keep\n');
  });
});
