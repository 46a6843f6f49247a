import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCheckpoints } from '../../main/orchestrator/checkpoints/checkpoints.ts';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { migrate } from '../../main/orchestrator/database/migrate.ts';
import { createDelivery } from '../../main/orchestrator/delivery/delivery.ts';
import { createGitHub } from '../../main/orchestrator/delivery/github.ts';
import { createEvents } from '../../main/orchestrator/events.ts';
import { createGit } from '../../main/orchestrator/git/git.ts';
import { createTurns } from '../../main/orchestrator/git/turns.ts';
import { createWorkingCopies } from '../../main/orchestrator/git/working-copy.ts';
import { createReviewer } from '../../main/orchestrator/review/review.ts';
import { createStaging } from '../../main/orchestrator/review/staging.ts';
import { createReviewStore } from '../../main/orchestrator/review/store.ts';
import { createPool } from '../../main/orchestrator/worktrees/pool.ts';
import { createRepair } from '../../main/orchestrator/worktrees/repair.ts';
import { createWorktrees } from '../../main/orchestrator/worktrees/worktrees.ts';
import { keepProject } from '../../main/testing/project-fixture.ts';
import type { Worktree } from '../../shared/worktrees.ts';

const run = promisify(execFile);

export type GitRoom = Awaited<ReturnType<typeof openGitRoom>>;

/** Everything of Control Room that touches a repository, over one of a temporary folder, and git itself as a person uses it. */
export async function openGitRoom(
  make?: (folder: string, git: (folder: string, ...args: string[]) => Promise<string>) => Promise<string>,
) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-git-')));
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.invalid',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.invalid',
  };
  /** git as a person or a worker runs it. */
  async function git(place: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(
      'git',
      ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args],
      {
        cwd: place,
        env: environment,
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    return stdout;
  }
  async function plain(): Promise<string> {
    const path = join(folder, 'shop');
    await git(folder, 'init', '-q', path);
    await git(path, 'commit', '-q', '--allow-empty', '-m', 'First');
    return path;
  }
  const path = make ? await make(folder, git) : await plain();
  const database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  const project = keepProject(database, path);
  const { publish } = createEvents({ database, now: Date.now });
  const own = createGit({ environment });
  const copies = createWorkingCopies({ git: own });
  const turns = createTurns();
  const now = Date.now;
  const warnings: string[] = [];
  const log = {
    warn: (details: object, message: string) => void warnings.push(`${message} ${JSON.stringify(details)}`),
  };
  let prepared = 0;
  const pool = createPool({
    git: own,
    copies,
    turns,
    folder: join(folder, 'worktrees'),
    count: () => prepared,
    guardBytes: () => 0,
    projects: () => [project],
    isUsed: () => true,
    log,
  });
  const worktrees = createWorktrees({
    database,
    publish,
    git: own,
    copies,
    turns,
    now,
    folder: join(folder, 'worktrees'),
    settings: () => ({ undoDays: 14, minimumFreeGib: 0, portBlocks: true }),
    getProject: () => project,
    findProject: () => project,
    pool,
    liveWorkerName: () => undefined,
    includePatterns: async () => [],
    log,
  });
  const common = {
    database,
    git: own,
    copies,
    turns,
    now,
    worktree: worktrees.present,
    find: worktrees.find,
    worktreeOf: worktrees.ofWorker,
    repository: () => project.path,
    repositoryOf: () => project.path,
  };
  const nowhere = () => Promise.reject(new Error('there are no workers here'));
  const checkpoints = createCheckpoints({
    ...common,
    publish,
    keepDays: () => 30,
    worker: () => undefined,
    lastPrompt: () => null,
    rewindConversation: nowhere,
    forkWorker: nowhere,
    log,
  });
  const reviewer = createReviewer({
    ...common,
    store: createReviewStore(database),
    look: (worktree) => copies.look(worktree.path),
    forkPoint: worktrees.forkPoint,
    checkpointTree: checkpoints.treeOf,
  });
  const staging = createStaging({
    ...common,
    reviewer,
    checkpoint: async (worktree) => (await checkpoints.make(worktree, { kind: 'before-discard' })).id,
  });
  const delivery = createDelivery({
    ...common,
    forkPoint: worktrees.forkPoint,
    keep: worktrees.keep,
    checkpoint: async (worktree, kind) => (await checkpoints.make(worktree, { kind })).id,
    backTo: checkpoints.backTo,
    worker: () => undefined,
    tell: () => undefined,
    lastWords: () => null,
    gitHub: createGitHub({ environment: { PATH: '/nowhere' }, now }),
  });
  const repair = createRepair({
    git: own,
    turns,
    worktrees,
    now: () => now() + 120_000,
    projects: () => [project],
    getProject: () => project,
    isPrepared: pool.holds,
    isBusy: () => false,
    newestHead: (id) => checkpoints.list(id).items.at(-1)?.head,
  });
  let made = 0;
  return {
    folder,
    project,
    environment,
    git,
    own,
    copies,
    database,
    worktrees,
    checkpoints,
    reviewer,
    staging,
    delivery,
    repair,
    warnings,
    pool,
    /** How many worktrees wait for workers from now on. */
    prepare(count: number): void {
      prepared = count;
    },
    async create(name: string, more: { baseBranch?: string } = {}): Promise<Worktree> {
      made += 1;
      return worktrees.create({
        project,
        workerId: null,
        name: `${name} ${made}`,
        branchPrefix: 'worker/',
        baseBranch: 'main',
        ...more,
      });
    },
    async close(): Promise<void> {
      await pool.close();
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
