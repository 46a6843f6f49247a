import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Git } from '../../main/orchestrator/git/git.ts';
import { createObserver } from '../../main/orchestrator/git/observer.ts';
import { createWorkingCopies } from '../../main/orchestrator/git/working-copy.ts';
import { openGitRoom } from '../test-git/git-room.ts';
import { numberFlag, writeManyFiles } from './git-repository.ts';
import { spread } from './statistics.ts';

/*
 * P23: 20 watched worktrees of 20,000 files. Commands of git while nothing changes, and the time from a write to the moment
 * it is known. `--files N --worktrees N --rounds N` for less.
 */
const files = numberFlag('files', 20_000);
const count = numberFlag('worktrees', 20);
const rounds = numberFlag('rounds', 20);
const idleMs = numberFlag('idle', 10_000);

const room = await openGitRoom();
try {
  await writeManyFiles(room.project.path, files);
  await room.git(room.project.path, 'add', '-A');
  await room.git(room.project.path, 'commit', '-q', '-m', 'Many');
  let commands = 0;
  const counting = (git: Git): Git => ({
    ...git,
    run: (...args) => {
      commands += 1;
      return git.run(...args);
    },
    try: (...args) => {
      commands += 1;
      return git.try(...args);
    },
    bytes: (...args) => {
      commands += 1;
      return git.bytes(...args);
    },
    need: (...args) => {
      commands += 1;
      return git.need(...args);
    },
    with: (variables) => counting(git.with(variables)),
  });
  const git = counting(room.own);
  const observer = createObserver({
    git,
    copies: createWorkingCopies({ git }),
    now: Date.now,
    log: { warn: (details, message) => console.error(message, details) },
  });
  let seen: (id: string) => void = () => undefined;
  const worktrees = [];
  for (let at = 0; at < count; at += 1) {
    const worktree = await room.create('watched');
    worktrees.push(worktree);
    observer.watch(worktree, () => seen(worktree.id));
  }
  // Longer than a look rests: what the making of the worktrees asks for is over then.
  let last = -1;
  while (last !== commands) {
    last = commands;
    await new Promise((resolve) => setTimeout(resolve, 6000));
  }
  const before = commands;
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const idle = commands - before;
  const times: number[] = [];
  const statuses: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const worktree = worktrees[round % count];
    if (!worktree) break;
    const known = new Promise<void>((resolve) => {
      seen = (id) => id === worktree.id && resolve();
    });
    const from = performance.now();
    await writeFile(join(worktree.path, 'folder-3', 'file-3.ts'), `changed ${round}\n`);
    await known;
    times.push(performance.now() - from);
    // Longer than it takes until everything is looked at once more.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const statusFrom = performance.now();
    await room.git(worktree.path, 'status', '--porcelain');
    statuses.push(performance.now() - statusFrom);
  }
  await observer.close();
  const { median, p90 } = spread(times);
  const facts = {
    name: 'watch',
    worktrees: count,
    files,
    idleCommands: idle,
    idleMs,
    median,
    p90,
    most: Math.max(...times),
    status: spread(statuses).median,
    load: loadavg()[0],
  };
  console.log(
    process.argv.includes('--json')
      ? JSON.stringify(facts)
      : `${count} worktrees of ${files} files: ${idle} commands of git in ${idleMs / 1000} s while nothing changes (goal 0); a change is known after ${median.toFixed(0)} ms, at most ${facts.most.toFixed(0)} (goal 300, stretch 150; a bare git status takes ${facts.status.toFixed(0)} beside it, load ${facts.load?.toFixed(1)})`,
  );
} finally {
  await room.close();
}
