import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointId, WorktreeId } from '../../../shared/ids.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { git } from '../../testing/git-fixture.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createCheckpoints } from '../checkpoints/checkpoints.ts';
import { createDelivery, extractedMessage } from './delivery.ts';
import { createGitHub, hostedRepository } from './github.ts';

let fixture: WorktreeFixture;
let delivery: ReturnType<typeof createDelivery>;
let checkpoints: ReturnType<typeof createCheckpoints>;
const told: string[] = [];
const base = 'one\ntwo\nthree\nfour\nfive\n';

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': base, 'b.txt': 'b\n' });
  const { database, git: own, copies, turns, rows, project, forkPoint } = fixture;
  const common = {
    database,
    git: own,
    copies,
    turns,
    now: Date.now,
    worktree: (id: WorktreeId) => rows.get(id) as Worktree,
    find: (id: WorktreeId) => rows.get(id),
    worktreeOf: (id: string) => [...rows.values()].find(({ workerId }) => workerId === id),
    repository: () => project.path,
    repositoryOf: () => project.path,
  };
  checkpoints = createCheckpoints({
    ...common,
    publish: fixture.events.publish,
    keepDays: () => 30,
    worker: () => undefined,
    lastPrompt: () => null,
    rewindConversation: () => Promise.reject(new Error('not here')),
    forkWorker: () => Promise.reject(new Error('not here')),
    log: { warn: (details, message) => expect.unreachable(`${message} ${JSON.stringify(details)}`) },
  });
  delivery = createDelivery({
    ...common,
    forkPoint,
    keep: (worktree) => {
      rows.set(worktree.id, worktree);
      return worktree;
    },
    checkpoint: async (worktree, kind) => (await checkpoints.make(worktree, { kind })).id,
    backTo: (worktree, id) => checkpoints.backTo(worktree, id),
    worker: () => undefined,
    tell: (_worktree, text) => void told.push(text),
    lastWords: () => 'Here it is:\n```\nExplain it\n\nWith a body\n```',
    gitHub: createGitHub({ environment: { PATH: '/nowhere' }, now: Date.now }),
  });
});
afterAll(() => fixture.close());

const at = (worktree: Worktree, name: string) => join(worktree.path, name);
const rev = async (name: string) => (await git(fixture.project.path, 'rev-parse', name)).trim();
const input = { dryRun: false, method: 'merge' as const, leaveUncommitted: false, besideChanges: false };
const commitInput = { amend: false, skipHooks: false };

async function worked(name: string, content: string): Promise<Worktree> {
  const worktree = await fixture.worktree(name);
  await writeFile(at(worktree, 'a.txt'), content);
  return worktree;
}

describe('committing', () => {
  test('takes what is staged, or everything; refuses nothing and hooks; suggests a message', async () => {
    const worktree = await worked('commit', base.replace('two', '2'));
    await writeFile(at(worktree, 'new.txt'), 'new\n');
    await git(worktree.path, 'add', 'a.txt');
    expect(await delivery.suggestMessage({ id: worktree.id, by: 'changes' })).toEqual({ message: 'Change a.txt' });
    expect(await delivery.commit({ id: worktree.id, message: 'Only staged', ...commitInput })).toMatchObject({
      files: 1,
    });
    expect(await git(worktree.path, 'status', '--porcelain')).toBe('?? new.txt\n');
    await writeFile(
      join(fixture.project.path, '.git', 'hooks', 'pre-commit'),
      '#!/bin/sh\necho "no tests" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    await expect(delivery.commit({ id: worktree.id, message: 'All', ...commitInput })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining('no tests'),
    });
    expect(await delivery.commit({ id: worktree.id, message: 'All', ...commitInput, skipHooks: true })).toMatchObject({
      files: 1,
    });
    await writeFile(join(fixture.project.path, '.git', 'hooks', 'pre-commit'), '#!/bin/sh\n');
    await expect(delivery.commit({ id: worktree.id, message: 'x', ...commitInput })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(extractedMessage([], { prompt: 'Mask tokens in the log. They leak.' })).toBe('Mask tokens in the log\n');
    await delivery.suggestMessage({ id: worktree.id, by: 'worker' });
    expect(told.at(-1)).toContain('commit message');
    delivery.noteTurn(worktree.workerId as NonNullable<typeof worktree.workerId>);
    expect(fixture.rows.get(worktree.id)?.suggestion).toMatchObject({
      state: 'ready',
      message: 'Explain it\n\nWith a body',
    });
  });
});

describe('merging', () => {
  test.each(['merge', 'squash', 'rebase'] as const)(
    '%s: a dry run moves nothing; the real one takes the checked-out base along and can be undone',
    async (method) => {
      const worktree = await worked(`by-${method}`, `${base}${method}\n`);
      await git(worktree.path, 'commit', '-qam', 'First');
      await writeFile(at(worktree, `${method}.txt`), 'x\n');
      await git(worktree.path, 'add', '-A');
      await git(worktree.path, 'commit', '-qm', 'Second');
      await git(fixture.project.path, 'commit', '-q', '--allow-empty', '-m', `main moves before ${method}`);
      const before = await rev('main');
      const dry = await delivery.merge({ ...input, id: worktree.id, method, dryRun: true });
      expect(dry).toMatchObject({ state: 'clean', commits: 2, files: 2, additions: 2, blocked: null, before });
      expect(await rev('main')).toBe(before);
      expect(await git(fixture.project.path, 'status', '--porcelain')).toBe('');
      const done = await delivery.merge({ ...input, id: worktree.id, method });
      expect(done).toMatchObject({ state: 'merged', into: 'main' });
      expect(await readFile(join(fixture.project.path, `${method}.txt`), 'utf8')).toBe('x\n');
      expect(await git(fixture.project.path, 'status', '--porcelain')).toBe('');
      const parents = (await git(fixture.project.path, 'log', '--format=%p', '-1', 'main')).trim().split(' ');
      expect(parents).toHaveLength(method === 'merge' ? 2 : 1);
      expect(Number(await git(fixture.project.path, 'rev-list', '--count', `${before}..main`))).toBe(
        method === 'squash' ? 1 : method === 'merge' ? 3 : 2,
      );
      expect((await delivery.get(worktree.id)).merged).toBe(method === 'merge' ? 'commits' : 'content');
      if (!done.mergeId) throw new Error('no merge');
      await delivery.undoMerge({ id: worktree.id, mergeId: done.mergeId });
      expect(await rev('main')).toBe(before);
      expect(await git(fixture.project.path, 'status', '--porcelain')).toBe('');
    },
  );

  test('never touches changes in the working copy of the base; says what is possible', async () => {
    const worktree = await worked('beside', base.replace('five', '5'));
    await expect(delivery.merge({ ...input, id: worktree.id })).rejects.toMatchObject({
      message: expect.stringContaining('committed'),
    });
    await git(worktree.path, 'commit', '-qam', 'Five');
    await writeFile(join(fixture.project.path, 'a.txt'), 'mine\n');
    await expect(delivery.merge({ ...input, id: worktree.id, besideChanges: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { blocked: expect.stringContaining('a.txt there has changes in no commit') },
    });
    expect(await readFile(join(fixture.project.path, 'a.txt'), 'utf8')).toBe('mine\n');
    await git(fixture.project.path, 'checkout', '-q', '--', 'a.txt');
    await writeFile(join(fixture.project.path, 'b.txt'), 'mine\n');
    expect((await delivery.merge({ ...input, id: worktree.id, dryRun: true })).blocked).toContain(
      'this touches none of them',
    );
    const done = await delivery.merge({ ...input, id: worktree.id, besideChanges: true });
    expect(done.state).toBe('merged');
    expect(await readFile(join(fixture.project.path, 'b.txt'), 'utf8')).toBe('mine\n');
    if (done.mergeId) await delivery.undoMerge({ id: worktree.id, mergeId: done.mergeId });
    expect(await readFile(join(fixture.project.path, 'b.txt'), 'utf8')).toBe('mine\n');
    await git(fixture.project.path, 'checkout', '-q', '--', 'b.txt');
  });

  test('conflicts are shown before anything moves; the base is brought in, aborted, resolved and goes in', async () => {
    const ours = await worked('ours', base.replace('three', 'ours'));
    await git(ours.path, 'commit', '-qam', 'Ours');
    const theirs = await worked('theirs', base.replace('three', 'theirs'));
    await git(theirs.path, 'commit', '-qam', 'Theirs');
    await delivery.merge({ ...input, id: ours.id });
    const head = await rev('main');
    const dry = await delivery.merge({ ...input, id: theirs.id, dryRun: true });
    expect(dry).toMatchObject({ state: 'conflicts', conflicts: [{ path: 'a.txt', kind: 'content' }], after: null });
    await expect(delivery.merge({ ...input, id: theirs.id, method: 'rebase' })).rejects.toMatchObject({
      details: { conflicts: [{ path: 'a.txt' }] },
    });
    expect(await rev('main')).toBe(head);
    expect(
      await delivery.dryRunOrder({ projectId: theirs.projectId, ids: [theirs.id], includeUncommitted: true }),
    ).toMatchObject({
      into: 'main',
      steps: [{ id: theirs.id, state: 'conflicts' }],
    });
    // What is in no commit survives bringing the base in, aborting, and a second way back.
    await writeFile(at(theirs, 'b.txt'), 'in no commit\n');
    await writeFile(at(theirs, 'draft.txt'), 'draft\n');
    const before = await git(theirs.path, 'status', '--porcelain');
    const tip = (await git(theirs.path, 'rev-parse', 'HEAD')).trim();
    for (const method of ['merge', 'rebase'] as const) {
      expect(await delivery.update({ id: theirs.id, method })).toEqual({ state: 'conflicts', conflicts: ['a.txt'] });
      expect((await delivery.get(theirs.id)).operation).toMatchObject({
        kind: method,
        conflicts: ['a.txt'],
        ours: true,
      });
      expect(await delivery.continue(theirs.id)).toEqual({ state: 'conflicts', conflicts: ['a.txt'] });
      expect(await delivery.abort(theirs.id)).toEqual({ aborted: method });
      expect((await git(theirs.path, 'rev-parse', 'HEAD')).trim()).toBe(tip);
      expect(await git(theirs.path, 'status', '--porcelain')).toBe(before);
      expect(await readFile(at(theirs, 'b.txt'), 'utf8')).toBe('in no commit\n');
    }
    await expect(delivery.abort(theirs.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await delivery.askToResolve({ id: theirs.id, note: 'Keep both.' })).toEqual({
      asked: true,
      conflicts: ['a.txt'],
    });
    expect(told.at(-1)).toContain('- a.txt');
    await writeFile(at(theirs, 'a.txt'), base.replace('three', 'ours and theirs'));
    expect(await delivery.continue(theirs.id)).toEqual({ state: 'done', conflicts: [] });
    expect(await readFile(at(theirs, 'b.txt'), 'utf8')).toBe('in no commit\n');
    expect(await delivery.merge({ ...input, id: theirs.id, leaveUncommitted: true })).toMatchObject({
      state: 'merged',
    });
    expect(await readFile(join(fixture.project.path, 'a.txt'), 'utf8')).toContain('ours and theirs');
    expect(await readFile(at(theirs, 'draft.txt'), 'utf8')).toBe('draft\n');
  });
});

describe('pushing', () => {
  test('without a remote or gh says what is missing; pushes, and never over what it has not seen', async () => {
    const worktree = await worked('push', base.replace('one', '1'));
    await git(worktree.path, 'commit', '-qam', 'One');
    expect(await delivery.get(worktree.id)).toMatchObject({
      remote: null,
      pushProblem: expect.stringContaining('no remote'),
      pullRequestProblem: expect.stringContaining('no remote'),
    });
    await expect(delivery.push({ id: worktree.id, force: false })).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    const remote = join(fixture.folder, 'remote.git');
    await git(fixture.folder, 'init', '-q', '--bare', remote);
    await git(fixture.project.path, 'remote', 'add', 'origin', remote);
    expect(await delivery.push({ id: worktree.id, force: false })).toMatchObject({
      remote: 'origin',
      branch: 'worker/push',
    });
    expect((await delivery.get(worktree.id)).remote).toMatchObject({
      upstream: 'origin/worker/push',
      ahead: 0,
      behind: 0,
    });
    expect((await delivery.get(worktree.id)).pullRequestProblem).toContain('no repository on GitHub');
    const other = join(fixture.folder, 'other');
    await git(fixture.folder, 'clone', '-q', '-b', 'worker/push', remote, other);
    await git(other, 'commit', '-q', '--allow-empty', '-m', 'Somebody else');
    await git(other, 'push', '-q');
    await git(worktree.path, 'commit', '-q', '--amend', '-m', 'One, again');
    for (const force of [false, true])
      await expect(delivery.push({ id: worktree.id, force })).rejects.toMatchObject({ code: 'CONFLICT' });
    await git(fixture.project.path, 'remote', 'set-url', 'origin', 'https://github.com/octo/shop.git');
    expect((await delivery.get(worktree.id)).pullRequestProblem).toContain('not installed');
    expect(hostedRepository('git@github.com:octo/shop.git')).toEqual({
      host: 'github.com',
      owner: 'octo',
      name: 'shop',
    });
  });
});

describe('checkpoints', () => {
  test('hold all files at a moment, are compared, gone back to with and without the branch, and undone', async () => {
    const worktree = await fixture.worktree('rewind');
    await checkpoints.start(worktree);
    await writeFile(at(worktree, 'a.txt'), 'first\n');
    await writeFile(at(worktree, 'untracked.txt'), 'u1\n');
    const one = await checkpoints.create({ id: worktree.id, label: 'one' });
    expect(one).toMatchObject({ kind: 'manual', label: 'one', changes: { files: 2, additions: 2, deletions: 5 } });
    await git(worktree.path, 'add', '-A');
    await git(worktree.path, 'commit', '-qm', 'Committed meanwhile');
    await writeFile(at(worktree, 'a.txt'), 'second\n');
    await writeFile(at(worktree, 'late.txt'), 'late\n');
    await git(worktree.path, 'add', 'late.txt');
    await writeFile(at(worktree, 'late.txt'), 'later\n');
    const before = await git(worktree.path, 'status', '--porcelain');
    const head = (await git(worktree.path, 'rev-parse', 'HEAD')).trim();
    const back = await checkpoints.rewind({ id: worktree.id, checkpointId: one.id, branch: true, conversation: false });
    expect(back).toMatchObject({ files: 2, workerId: null });
    expect(await readFile(at(worktree, 'a.txt'), 'utf8')).toBe('first\n');
    expect((await git(worktree.path, 'rev-parse', 'HEAD')).trim()).toBe(worktree.baseCommit);
    expect(await git(worktree.path, 'status', '--porcelain')).toBe(' M a.txt\n?? untracked.txt\n');
    await checkpoints.rewind({ id: worktree.id, checkpointId: back.undo, branch: true, conversation: false });
    expect((await git(worktree.path, 'rev-parse', 'HEAD')).trim()).toBe(head);
    expect(await git(worktree.path, 'status', '--porcelain')).toBe(before);
    expect(await readFile(at(worktree, 'late.txt'), 'utf8')).toBe('later\n');
    expect(await git(worktree.path, 'show', ':late.txt')).toBe('late\n');
    expect(checkpoints.list(worktree.id).items.map(({ kind }) => kind)).toEqual([
      'start',
      'manual',
      'before-rewind',
      'before-rewind',
    ]);
    await checkpoints.remove(worktree.id, one.id);
    expect(() => checkpoints.get(worktree.id, one.id as CheckpointId)).toThrow('no checkpoint');
    await checkpoints.forgetWorktree(worktree.id);
    expect(await git(worktree.path, 'for-each-ref', `refs/control-room/checkpoints/${worktree.id}`)).toBe('');
  });
});
