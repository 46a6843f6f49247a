import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../main/testing/git-fixture.ts';
import type { State } from '../../shared/events.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { repositoryFolder } from '../repository-folder.ts';
import { isAlive, until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { type CrashRoom, openCrashRoom, Refused } from './crash-room.ts';
import { dieInMerge, isMergePoint, isPoolPoint, prepareNone, prepareOne } from './merge-points.ts';
import { makeStubClaude } from './stub-claude.ts';

/** Every place that a fault can be made at, as the source names them. */
async function pointsInSource(): Promise<string[]> {
  const folder = join(repositoryFolder, 'main');
  const points: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const text = await readFile(join(folder, name), 'utf8');
    for (const [, point] of text.matchAll(/\bfault\('([^']+)'\)/g)) points.push(point as string);
  }
  return points;
}

/** Places that are come by only when something of before is undone: where to die first, so that it is. */
const onlyAfter: Record<string, string> = {
  'undo:worktree-removed': 'worktree:added',
  'undo:pruned': 'worktree:added',
};

/** Does something, unless the program has gone or goes away. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.status >= 500) throw error;
    return undefined;
  }
}

const workersOf = async (room: CrashRoom) => (await room.call<State>('GET', '/api/state')).workers;

/** A worker's whole life, from wherever it is: started, stopped, its worktree and itself removed. */
async function live(room: CrashRoom, projectId: string, spawn: boolean): Promise<void> {
  if (spawn) await attempt(() => room.call('POST', '/api/workers', { projectId, name: 'faulty', prompt: 'begin' }));
  const gone = async () => (await attempt(() => room.call('GET', '/api/state'))) === undefined;
  const all = async (test: (worker: Worker) => boolean) => {
    const state = await attempt(() => room.call<State>('GET', '/api/state'));
    return state === undefined || state.workers.every(test);
  };
  const wait = async (what: string, test: (worker: Worker) => boolean) => {
    if (!(await until(() => all(test), 30_000)))
      throw new Error(
        `the worker does not come to ${what}: ${JSON.stringify(await workersOf(room).catch(String))} ${room.run().errors()}`,
      );
  };
  await wait('run', ({ state, turns }) => state === 'ended' || turns > 0);
  if (await gone()) return;
  for (const { id, state } of await workersOf(room).catch(() => []))
    if (state !== 'ended') await attempt(() => room.call('POST', `/api/workers/${id}/stop`, {}));
  await wait('end', ({ state }) => state === 'ended');
  const state = await attempt(() => room.call<State>('GET', '/api/state'));
  for (const { id } of state?.worktrees ?? []) await attempt(() => room.call('DELETE', `/api/worktrees/${id}`));
  for (const { id } of state?.workers ?? []) await attempt(() => room.call('DELETE', `/api/workers/${id}`));
}

/** What of worktrees, branches, rows and processes does not fit together; nothing may be there for `empty`. */
async function disagreements(room: CrashRoom, empty: boolean): Promise<string[]> {
  const { workers, worktrees } = await room.call<State>('GET', '/api/state');
  const listed = (await git(room.repository, 'worktree', 'list', '--porcelain'))
    .split('\n')
    .filter((line) => line.startsWith('worktree '))
    .map((line) => line.slice('worktree '.length))
    .filter((path) => path !== room.repository);
  const branches = (await git(room.repository, 'for-each-ref', '--format=%(refname:short)', 'refs/heads'))
    .split('\n')
    .filter((name) => name !== '' && name !== 'main');
  const folders = await readdir(join(room.worktreesDir, 'sample')).catch(() => []);
  const processes = await room.workerPids();
  const wrong: string[] = [];
  const same = (what: string, found: string[], wanted: string[]) => {
    if (found.sort().join() !== wanted.sort().join())
      wrong.push(`${what}: ${found.join(', ') || 'none'} instead of ${wanted.join(', ') || 'none'}`);
  };
  const rows = empty ? [] : worktrees;
  same(
    'rows of worktrees',
    worktrees.map(({ path }) => path),
    rows.map(({ path }) => path),
  );
  same(
    'states of worktrees',
    worktrees.map(({ state }) => state),
    rows.map(() => 'ready' as Worktree['state']),
  );
  same(
    'worktrees in git',
    listed,
    rows.map(({ path }) => path),
  );
  same(
    'branches',
    branches,
    rows.map(({ branch }) => branch),
  );
  same(
    'folders',
    folders,
    rows.map(({ path }) => path.split('/').at(-1) ?? ''),
  );
  const running = empty ? [] : workers.flatMap(({ pid, state }) => (state === 'ended' || pid === null ? [] : [pid]));
  same('processes', processes.filter(isAlive).map(String), running.map(String));
  if (empty)
    same(
      'rows of workers',
      workers.map(({ id }) => id),
      [],
    );
  const known = new Set(worktrees.map(({ path }) => path));
  for (const { id, state, worktreePath } of workers)
    if (state !== 'ended' && worktreePath !== null && !known.has(worktreePath)) wrong.push(`${id} works nowhere`);
  const ids = new Set(workers.map(({ id }) => id));
  for (const { path, workerId } of worktrees)
    if (workerId !== null && !ids.has(workerId)) wrong.push(`${path} belongs to a worker that is not there`);
  return wrong;
}

/**
 * A6: the program dies at every named place of starting, stopping and removing a worker, and of merging; at the next start
 * the worker is wholly there or wholly gone, and the base before the merge or after it, as the record says.
 */
export const faultPoints: CrashCheck = async ({ short, random }) => {
  const flag = process.argv.indexOf('--points');
  const only = flag > 0 ? (process.argv[flag + 1] ?? '') : '';
  const points = (await pointsInSource()).filter((point) => point.startsWith(only));
  const wrong: string[] = [];
  const double = points.filter((point, place) => points.indexOf(point) !== place);
  if (double.length > 0) wrong.push(`two places with one name: ${double.join(', ')}`);
  // The short form takes every eighth, others each time.
  const part = random.number(8);
  const tried = short ? points.filter((_, place) => place % 8 === part) : points;
  const home = await openCrashRoom({ claude: '/bin/true' });
  const stub = await makeStubClaude(join(home.home.folder, 'stub'), { pauseMs: 40 });
  let hit = 0;
  try {
    const room = await openCrashRoom({ claude: stub.path });
    try {
      await room.start();
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      await room.kill();
      for (const point of tried) {
        const problem = (text: string) => wrong.push(`${point}: ${text}`);
        if (isMergePoint(point)) {
          const methods = point.startsWith('merge:') ? (['merge', 'squash', 'rebase'] as const) : (['merge'] as const);
          for (const method of methods) {
            const died = await dieInMerge(room, projectId, point, method);
            for (const text of died.wrong) problem(`${method}: ${text}`);
            if (!died.hit) problem(`${method}: never hit`);
            else if (method === 'merge') hit += 1;
          }
          continue;
        }
        if (isPoolPoint(point)) await prepareOne(room, projectId);
        const first = onlyAfter[point];
        if (first !== undefined) {
          await room.start({ env: { CONTROL_ROOM_FAULT: first } });
          await live(room, projectId, true);
          await room.run().ended;
          // It comes by the place while it starts.
          await room.start({ env: { CONTROL_ROOM_FAULT: point } }).catch(() => undefined);
        } else {
          await room.start({ env: { CONTROL_ROOM_FAULT: point } });
          await live(room, projectId, true);
        }
        const died = await Promise.race([room.run().ended.then(() => true), pause(5000).then(() => false)]);
        if (died) hit += 1;
        else {
          problem('never hit');
          await room.kill();
        }
        await room.start();
        // What goes on by itself does so.
        const settled = async () =>
          (await workersOf(room)).every(({ state, turns }) => state === 'ended' || (state !== 'queued' && turns > 0));
        if (isPoolPoint(point)) await prepareNone(room);
        if (!(await until(settled, 30_000))) problem('its worker neither runs nor has ended');
        for (const text of await disagreements(room, false)) problem(text);
        await live(room, projectId, false);
        const clean = async () => (await disagreements(room, true)).length === 0;
        if (!(await until(clean, 10_000))) for (const text of await disagreements(room, true)) problem(`left: ${text}`);
        await room.kill();
      }
    } finally {
      await room.close();
    }
  } finally {
    await home.close();
  }
  return {
    made: `killed at ${tried.length} of ${points.length} places of a worker's life`,
    seen: `${hit} hit, each worker wholly there or wholly gone`,
    wrong,
  };
};
