import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectId } from '../shared/ids.ts';
import type { Worker } from '../shared/workers.ts';
import { createRepository, git } from './testing/git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from './testing/scripted-model.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

/*
 * What a script may send by mistake, over HTTP: an answer that names the fix, and nothing lost.
 */

const maxWorkers = 5;
let model: ScriptedModel;
let room: TestControlRoom;
let repository: string;
let projectId: ProjectId;

beforeEach(async () => {
  model = await startScriptedModel();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers });
  repository = await createRepository(join(room.home.folder, 'projects', 'sample'));
  projectId = (await room.api.projects.add({ path: repository })).id;
});

afterEach(async () => {
  await room.close();
  await model.close();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // It is gone.
    return false;
  }
}

test('a hundred spawns at once: five run, the others wait in order, nothing is lost, and all can be taken back', async () => {
  const asked = 100;
  const answers = await Promise.all(
    Array.from({ length: asked }, (_, index) =>
      room.request('POST', '/api/workers', {
        projectId,
        name: `one of many ${index}`,
        // They share the folder: a hundred worktrees would measure git.
        worktree: false,
        model: 'claude-sonnet-4-5',
        prompt: script([{ text: 'Hello.' }]),
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: asked }, () => 201));
  const ids = answers.map(({ body }) => (body as Worker).id);
  expect(new Set(ids).size).toBe(asked);

  const { workers } = await room.api.events.state();
  expect(workers.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const queued = workers.filter(({ state }) => state === 'queued');
  expect(queued).toHaveLength(asked - maxWorkers);
  expect(queued.map(({ queuePosition }) => queuePosition).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
    Array.from({ length: asked - maxWorkers }, (_, index) => index + 1),
  );
  const names = await room.request('GET', '/api/workers?limit=100');
  expect((names.body as { items: Worker[] }).items).toHaveLength(asked);

  // Those that run have answered their first prompt: the queue did not keep them from working.
  const pids = new Set<number>();
  for (const { id } of workers.filter(({ state }) => state !== 'queued')) {
    const event = await room.waitForEvent(
      ({ type, ...rest }) =>
        type === 'worker.changed' &&
        'worker' in rest &&
        rest.worker.id === id &&
        rest.worker.state === 'idle' &&
        rest.worker.turns === 1,
    );
    if (event.type === 'worker.changed' && event.worker.pid !== null) pids.add(event.worker.pid);
  }
  expect(pids.size).toBe(maxWorkers);

  // The queue first, or each place that is freed would be taken again.
  const live = workers.filter(({ state }) => state !== 'queued');
  for (const { id } of [...queued, ...live]) {
    const stopped = await room.request('POST', `/api/workers/${id}/stop`, { force: true });
    expect(stopped.status).toBe(200);
  }
  for (const { id } of workers) {
    await room.waitForEvent(
      (event) => event.type === 'worker.changed' && event.worker.id === id && event.worker.state === 'ended',
    );
    expect((await room.request('DELETE', `/api/workers/${id}`)).status).toBe(200);
  }
  expect((await room.api.events.state()).workers).toEqual([]);
  await expect.poll(() => [...pids].filter(isAlive)).toEqual([]);
  expect(room.problems).toEqual([]);
}, 60_000);

test('a base branch that does not exist, or was deleted before the start, ends the worker with what to choose', async () => {
  async function endOf(id: Worker['id']): Promise<Worker> {
    const event = await room.waitForEvent(
      (candidate) =>
        candidate.type === 'worker.changed' && candidate.worker.id === id && candidate.worker.state === 'ended',
    );
    if (event.type !== 'worker.changed') throw new Error('unreachable');
    return event.worker;
  }
  const spawn = async (baseBranch: string, more: object = {}) => {
    const { status, body } = await room.request('POST', '/api/workers', {
      projectId,
      baseBranch,
      prompt: script([{ text: 'Hello.' }]),
      ...more,
    });
    expect(status).toBe(201);
    return body as Worker;
  };

  const never = await endOf((await spawn('no-such-branch')).id);
  expect(never).toMatchObject({ outcome: 'failed', endCode: 'BRANCH_GONE', pid: null });
  expect(never.endReason).toBe('sample has no branch or commit "no-such-branch" any more. Choose another base branch.');

  // It waits for one that is no longer there to be done, so its branch can go while it is queued.
  await git(repository, 'branch', 'short-lived');
  const first = await spawn('main', { prompt: script([{ text: 'Soon.', delay: 30_000 }]) });
  const late = await spawn('short-lived', { dependsOn: [first.id] });
  expect((await room.api.workers.get({ id: late.id })).state).toBe('queued');
  await git(repository, 'branch', '-D', 'short-lived');
  await room.api.workers.stop({ id: first.id, force: true });
  await endOf(first.id);
  await room.api.workers.remove({ id: first.id });
  await room.api.settings.update({ branchPrefix: 'other/' });
  const gone = await endOf(late.id);
  expect(gone.endCode).toBe('BRANCH_GONE');
  expect(gone.endReason).toContain('no branch or commit "short-lived" any more. Choose another base branch.');
  expect((await git(repository, 'worktree', 'list')).trim().split('\n')).toHaveLength(2);
}, 60_000);

test('malformed JSON, and JSON of another form, are refused with what is wrong, and nothing is made', async () => {
  const post = async (body: string) => {
    const { status, body: answer } = await room.request('POST', '/api/workers', body, {
      'content-type': 'application/json',
    });
    return { status, ...(answer as { code: string; message: string }) };
  };
  for (const body of ['{', '{"projectId": }', '\u0000', 'not json']) {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(answer.message).toMatch(/request body is properly formatted/);
  }
  expect(await post('[]')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  expect(await post('{}')).toMatchObject({ status: 400, message: expect.stringMatching(/^projectId: /) });
  expect(await post(JSON.stringify({ projectId, kind: 'sideways' }))).toMatchObject({
    status: 400,
    message: expect.stringMatching(/^kind: /),
  });
  expect((await room.api.events.state()).workers).toEqual([]);
  expect(room.problems).toEqual([]);
});
