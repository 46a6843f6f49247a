import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { openGitRoom } from '../test-git/git-room.ts';
import { numberFlag, writeManyFiles } from './git-repository.ts';
import { reportComparison } from './statistics.ts';

/*
 * P21: a new worktree of 20,000 files, made as for a worker, beside plain `git worktree add` of the same commit: on this disk
 * and in memory (/dev/shm). `--files N --pairs N` for less.
 */
const files = numberFlag('files', 20_000);
const pairs = numberFlag('pairs', 5);

for (const [place, root] of [
  ['on disk', process.env.TMPDIR ?? '/tmp'],
  ['in memory', '/dev/shm'],
] as const) {
  if (!existsSync(root)) {
    console.log(`worktree ${place}: there is no ${root} here`);
    continue;
  }
  process.env.TMPDIR = root;
  const room = await openGitRoom();
  try {
    await writeManyFiles(room.project.path, files);
    await room.git(room.project.path, 'add', '-A');
    await room.git(room.project.path, 'commit', '-q', '-m', 'Many');
    const ours: number[] = [];
    const reference: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const plain = join(room.folder, `plain-${pair}`);
      let from = performance.now();
      await room.git(room.project.path, 'worktree', 'add', '-q', '-b', `plain-${pair}`, plain);
      reference.push(performance.now() - from);
      await room.git(room.project.path, 'worktree', 'remove', '--force', plain);
      from = performance.now();
      const made = await room.create('bench');
      ours.push(performance.now() - from);
      await room.worktrees.remove(made.id);
    }
    const taken: number[] = [];
    room.prepare(1);
    for (let round = 0; round < pairs; round += 1) {
      await room.pool.adjust();
      const from = performance.now();
      const made = await room.create('taken');
      taken.push(performance.now() - from);
      await room.worktrees.remove(made.id);
    }
    reportComparison({
      name: `prepared worktree of ${files} files taken, ${place}, load ${loadavg()[0]?.toFixed(1)}`,
      unit: 'ms',
      ours: taken,
      reference,
      verdict: 'stretch 150 ms',
    });
    reportComparison({
      name: `new worktree of ${files} files, ${place}`,
      unit: 'ms',
      ours,
      reference,
      verdict: place === 'on disk' ? 'goal 0.5, stretch 0.1' : 'goal 1.15',
    });
  } finally {
    await room.close();
  }
}
