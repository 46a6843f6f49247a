import { execFile } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FollowedState } from '../../main/orchestrator/git/followed-copy.ts';
import { mergePairs } from '../../main/orchestrator/git/merge-tree.ts';
import { createOverlaps } from '../../main/orchestrator/overlaps/overlaps.ts';
import type { Radar } from '../../shared/overlaps.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { openGitRoom } from '../test-git/git-room.ts';
import { numberFlag, writeManyFiles } from './git-repository.ts';
import { reportComparison } from './statistics.ts';

/*
 * P22: conflicts between 10 branches. All 45 pairs beside 45 bare `git merge-tree`, and what the radar needs after one of
 * them changed. `--files N --rounds N` for less.
 */
const branches = 10;
const files = numberFlag('files', 20_000);
const rounds = numberFlag('rounds', 5);
const run = promisify(execFile);

const room = await openGitRoom();
try {
  const { path } = room.project;
  await writeManyFiles(path, files);
  await room.git(path, 'add', '-A');
  await room.git(path, 'commit', '-q', '-m', 'Many');
  const worktrees: Worktree[] = [];
  for (let at = 0; at < branches; at += 1) {
    const worktree = await room.create('branch');
    for (const file of [0, at]) {
      const line = 'const value = compute(first, second, third);\n';
      await writeFile(
        join(worktree.path, `folder-${file % 40}`, `file-${file}.ts`),
        `// ${at} changed\n${line.repeat(50)}`,
      );
    }
    await room.git(worktree.path, 'commit', '-q', '-am', `work ${at}`);
    worktrees.push(worktree);
  }
  const heads = await Promise.all(worktrees.map(async (one) => (await room.git(one.path, 'rev-parse', 'HEAD')).trim()));
  const pairs = heads.flatMap((a, at) => heads.slice(at + 1).map((b) => [a, b] as const));
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let from = performance.now();
    for (const [a, b] of pairs)
      await run('git', ['merge-tree', '--write-tree', a, b], { cwd: path, env: room.environment }).catch(
        () => undefined,
      );
    reference.push(performance.now() - from);
    from = performance.now();
    await mergePairs(room.own, path, pairs);
    ours.push(performance.now() - from);
  }
  reportComparison({
    name: `${pairs.length} pairs of ${branches} branches`,
    unit: 'ms',
    ours,
    reference,
    verdict: 'goal 1.2, stretch 0.6',
  });

  const listeners = new Map<string, (state: FollowedState) => void>();
  const news: ((radar: Radar) => void)[] = [];
  const overlaps = createOverlaps({
    git: room.own,
    observer: {
      touched: () => undefined,
      again: () => undefined,
      count: () => listeners.size,
      watch(worktree, listener) {
        listeners.set(worktree.id, listener);
        return () => void listeners.delete(worktree.id);
      },
      close: async () => undefined,
    },
    publish: (event) => event.type === 'overlaps.changed' && news.splice(0).forEach((tell) => void tell(event.radar)),
    now: Date.now,
    repository: () => path,
    forkPoint: room.worktrees.forkPoint,
    counted: () => undefined,
    log: { warn: (details, message) => console.error(message, details) },
  });
  /** Settles when the radar tells of so many worktrees, and of so many files of the first. */
  const told = async (count: number, firstFiles: number) => {
    for (;;) {
      const radar = await new Promise<Radar>((resolve) => void news.push(resolve));
      const first = radar.worktrees.find(({ worktreeId }) => worktreeId === worktrees[0]?.id);
      if (radar.worktrees.length === count && first?.files === firstFiles) return;
    }
  };
  for (const [place, worktree] of worktrees.entries()) {
    overlaps.follow(worktree);
    const seen = told(place + 1, 1);
    listeners.get(worktree.id)?.(await room.copies.look(worktree.path));
    await seen;
  }
  const after: number[] = [];
  const bare: number[] = [];
  const [first] = worktrees;
  for (let round = 0; round < rounds && first; round += 1) {
    // A file more each time, by which its picture is known, and the file that all of them change.
    await writeFile(join(first.path, 'folder-0', `new-${round}.ts`), `// again ${round}\n`);
    await appendFile(join(first.path, 'folder-0', 'file-0.ts'), `// again ${round}\n`);
    await room.git(first.path, 'add', '-A');
    await room.git(first.path, 'commit', '-q', '-m', `again ${round}`);
    const state = await room.copies.look(first.path);
    // The order of before is tried by then.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const seen = told(branches, round + 2);
    let from = performance.now();
    listeners.get(first.id)?.(state);
    await seen;
    after.push(performance.now() - from);
    from = performance.now();
    for (const other of heads.slice(1))
      await run('git', ['merge-tree', '--write-tree', state.head ?? '', other], {
        cwd: path,
        env: room.environment,
      }).catch(() => undefined);
    bare.push(performance.now() - from);
  }
  reportComparison({
    name: `radar after one commit, with the lines in common, beside 9 bare merge-tree, load ${loadavg()[0]?.toFixed(1)}`,
    unit: 'ms',
    ours: after,
    reference: bare,
    verdict: 'goal 80 ms',
  });
  await overlaps.close();
} finally {
  await room.close();
}
