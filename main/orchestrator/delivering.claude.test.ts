import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Worker } from '../../shared/workers.ts';
import { git } from '../testing/git-fixture.ts';
import { teamForTests } from '../testing/team-for-tests.ts';

const here = teamForTests({ maxWorkers: 4 });

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'Edit' } }] });
/** Workers that may run what their script says without being asked. */
const free = { allowedTools: ['Bash'] };

function worktreeOf(worker: Worker): WorktreeId {
  if (!worker.worktreeId) throw new Error('no worktree');
  return worker.worktreeId;
}

/** Settles when a worktree has so many checkpoints of turns. */
async function turnsKept(id: WorktreeId, count: number) {
  await here.room.waitForEvent(
    (event) =>
      event.type === 'checkpoints.changed' &&
      event.checkpoints.worktreeId === id &&
      event.checkpoints.newest?.turn === count,
  );
  return (await here.room.api.checkpoints.list({ id })).items;
}

test('two workers edit the same line: the radar shows it, and what to merge first; they are merged and archived', async () => {
  const { api } = here.room;
  const [one, two] = await Promise.all(
    ['left', 'right'].map((name) =>
      here.team.spawn(
        name,
        [bash(`echo "# ${name}" > README.md && git commit -qam "${name}"`), { text: 'Done.' }],
        free,
      ),
    ),
  );
  if (!one || !two) throw new Error('unreachable');
  const done = await Promise.all([one, two].map(({ id }) => here.team.when(id, ({ turns }) => turns === 1)));
  const ids = done.map(worktreeOf);
  const event = await here.room.waitForEvent(
    (candidate) => candidate.type === 'overlaps.changed' && candidate.radar.overlaps[0]?.level === 'conflict',
  );
  if (event.type !== 'overlaps.changed') throw new Error('unreachable');
  expect(event.radar.overlaps).toMatchObject([{ files: [{ path: 'README.md', level: 'conflict' }] }]);
  // An order is tried after it is told who meets whom.
  await here.room.waitForEvent(
    (candidate) => candidate.type === 'overlaps.changed' && candidate.radar.order[1]?.state === 'conflicts',
  );
  const { items } = await api.overlaps.list({});
  expect(items[0]?.order.map(({ state }) => state)).toEqual(['clean', 'conflicts']);
  const first = items[0]?.order[0]?.worktreeId as WorktreeId;
  const second = ids.find((id) => id !== first) as WorktreeId;
  expect(await api.delivery.merge({ id: first, dryRun: true })).toMatchObject({ state: 'clean', blocked: null });
  expect(await api.delivery.merge({ id: first, method: 'squash' })).toMatchObject({ state: 'merged' });
  await expect(api.delivery.merge({ id: second })).rejects.toMatchObject({ code: 'CONFLICT' });
  // The worker is asked, resolves, and it goes in.
  expect(await api.delivery.askToResolve({ id: second, note: '' })).toMatchObject({
    asked: true,
    conflicts: ['README.md'],
  });
  const asked = done.find((worker) => worktreeOf(worker) === second) as Worker;
  await here.team.when(asked.id, ({ turns, state }) => turns === 2 && state === 'idle');
  expect(await api.delivery.abort({ id: second })).toEqual({ aborted: 'merge' });
  await here.team.stopAll();
  expect(await api.worktrees.remove({ id: first })).toMatchObject({ branchKept: false });
  expect(await api.worktrees.restore({ id: first })).toMatchObject({ id: first, state: 'ready' });
});

test('each turn is kept; comments reach the worker as one message; files and conversation go back; a fork goes on', async () => {
  const { api } = here.room;
  const worker = await here.team.spawn('turns', [bash('echo one > notes.txt'), { text: 'First.' }], free);
  const first = await here.team.when(worker.id, ({ turns }) => turns === 1);
  const id = worktreeOf(first);
  await turnsKept(id, 1);
  const [file] = (await api.review.files({ id })).files;
  expect(file).toMatchObject({ path: 'notes.txt', status: 'untracked', additions: 1 });
  await api.review.comments.add({
    id,
    path: 'notes.txt',
    side: 'new',
    line: 1,
    blob: file?.newId ?? null,
    text: 'Write two.',
  });
  expect(await api.review.comments.send({ id, note: '' })).toEqual({ sent: 1 });
  await here.team.when(worker.id, ({ turns }) => turns === 2);
  expect(here.model.requests.some((request) => JSON.stringify(request).includes('Write two.'))).toBe(true);
  await turnsKept(id, 2);
  await here.team.say(worker.id, 'again', [bash('echo two > notes.txt'), { text: 'Third.' }]);
  await here.team.when(worker.id, ({ turns, state }) => turns === 3 && state === 'idle');
  const kept = await turnsKept(id, 3);
  expect(kept.map(({ kind, turn }) => [kind, turn])).toEqual([
    ['start', 0],
    ['turn', 1],
    ['turn', 2],
    ['turn', 3],
  ]);
  const checkpointId = kept[1]?.id ?? ('' as never);
  const notes = join(first.worktreePath ?? '', 'notes.txt');
  expect(await readFile(notes, 'utf8')).toBe('two\n');
  const fork = await api.checkpoints.fork({ id, checkpointId, name: 'forked', conversation: true });
  const forked = await here.team.when(fork.id, ({ state }) => state === 'idle');
  expect(await readFile(join(forked.worktreePath ?? '', 'notes.txt'), 'utf8')).toBe('one\n');
  const { sessionId: before, pid: earlier } = await api.workers.get({ id: worker.id });
  const back = await api.checkpoints.rewind({ id, checkpointId, branch: false, conversation: true });
  expect(back).toMatchObject({ files: 1, workerId: worker.id });
  expect(await readFile(notes, 'utf8')).toBe('one\n');
  // The row has the new session before the process of the old one is gone.
  const again = await here.team.when(
    worker.id,
    ({ sessionId, pid, state }) => sessionId !== before && pid !== null && pid !== earlier && state === 'idle',
  );
  expect(again.sessionId).not.toBe(before);
  await api.checkpoints.rewind({ id, checkpointId: back.undo, branch: false, conversation: false });
  expect(await readFile(notes, 'utf8')).toBe('two\n');
});

test('set-up runs to its end in a terminal of its own before the worker starts, with its variables; its failure is told', async () => {
  const { api } = here.room;
  const { path } = here.repository;
  await writeFile(
    join(path, 'conductor.json'),
    JSON.stringify({ scripts: { setup: 'echo "$CONTROL_ROOM_BRANCH $CONDUCTOR_PORT $PWD" > setup.txt' } }),
  );
  await git(path, 'add', '-A');
  await git(path, 'commit', '-qm', 'Set-up');
  await api.projects.update({ id: here.project.id, trusted: true });
  const worker = await here.team.spawn('prepared', [bash('cat setup.txt'), { text: 'Seen.' }], free);
  const done = await here.team.when(worker.id, ({ turns }) => turns === 1);
  const [worktree] = (await api.worktrees.list({})).items.filter((one) => one.id === done.worktreeId);
  expect(worktree?.scripts).toMatchObject([{ kind: 'setup', state: 'done', exitCode: 0 }]);
  expect(await readFile(join(worktree?.path ?? '', 'setup.txt'), 'utf8')).toBe(
    `worker/prepared ${worktree?.portBase} ${worktree?.path}\n`,
  );
  await writeFile(join(path, 'control-room.json'), JSON.stringify({ setup: ['echo broken', 'exit 3'] }));
  expect(await api.worktrees.configuration({ projectId: here.project.id })).toMatchObject({
    from: { setup: 'control-room.json' },
    sources: [{ file: 'control-room.json' }, { file: 'conductor.json' }],
  });
  const failed = await here.team.spawn('unprepared', [{ text: 'Never.' }], free);
  expect(await here.team.when(failed.id, ({ state }) => state === 'ended')).toMatchObject({
    outcome: 'failed',
    endReason: expect.stringContaining('exit 3'),
  });
});
