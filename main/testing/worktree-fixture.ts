import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerId, WorktreeId } from '../../shared/ids.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { openDatabase } from '../orchestrator/database/database.ts';
import { migrate } from '../orchestrator/database/migrate.ts';
import { createEvents } from '../orchestrator/events.ts';
import { createGit } from '../orchestrator/git/git.ts';
import { createTurns } from '../orchestrator/git/turns.ts';
import { createWorkingCopies } from '../orchestrator/git/working-copy.ts';
import { createRepository, git } from './git-fixture.ts';
import { keepProject } from './project-fixture.ts';

/** What features on worktrees need, over a repository of a temporary folder: a database, git, a project, worktrees of it. */
export async function createWorktreeFixture(files?: Record<string, string>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-worktrees-')));
  const path = await createRepository(join(folder, 'shop'), files);
  const database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  const project = keepProject(database, path);
  const events = createEvents({ database, now: Date.now });
  const ownGit = createGit({
    environment: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.invalid',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.invalid',
    },
  });
  const copies = createWorkingCopies({ git: ownGit });
  const rows = new Map<string, Worktree>();

  return {
    folder,
    project,
    database,
    events,
    git: ownGit,
    copies,
    turns: createTurns(),
    rows,
    /** A worktree on a new branch `worker/NAME`, made by git itself. */
    async worktree(name: string): Promise<Worktree> {
      const place = join(folder, 'worktrees', name);
      await git(path, 'worktree', 'add', '--quiet', '-b', `worker/${name}`, place, 'main');
      const worktree: Worktree = {
        id: `t_${name}` as WorktreeId,
        projectId: project.id,
        workerId: `w_${name}` as WorkerId,
        path: place,
        branch: `worker/${name}`,
        baseBranch: 'main',
        baseCommit: (await git(path, 'rev-parse', 'main')).trim(),
        state: 'ready',
        createdAt: 1,
        origin: 'made',
        portBase: null,
        notes: [],
        scripts: [],
        pullRequest: null,
        merged: null,
        suggestion: null,
      };
      rows.set(worktree.id, worktree);
      return worktree;
    },
    async forkPoint(worktree: Worktree): Promise<string> {
      return (await git(worktree.path, 'merge-base', 'HEAD', worktree.baseBranch)).trim();
    },
    async close(): Promise<void> {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type WorktreeFixture = Awaited<ReturnType<typeof createWorktreeFixture>>;
