import { existsSync } from 'node:fs';
import { AppError } from '../../shared/errors.ts';
import type { ProjectId, SessionId, TerminalId, WorkerId, WorktreeId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Settings } from '../../shared/settings.ts';
import { spawnWorkerInput, type Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { createCheckpoints } from './checkpoints/checkpoints.ts';
import type { Database } from './database/database.ts';
import { createDelivery } from './delivery/delivery.ts';
import { createGitHub } from './delivery/github.ts';
import type { Events } from './events.ts';
import type { Git } from './git/git.ts';
import { createObserver } from './git/observer.ts';
import { createTurns } from './git/turns.ts';
import { watchBranch } from './git/watch-ref.ts';
import { createWorkingCopies } from './git/working-copy.ts';
import type { createHistory } from './history.ts';
import type { HostClient } from './host/host.ts';
import { createOverlaps } from './overlaps/overlaps.ts';
import type { Projects } from './projects/projects.ts';
import { createComments } from './review/comments.ts';
import { contentKey, createReviewer } from './review/review.ts';
import { createStaging } from './review/staging.ts';
import { createReviewStore } from './review/store.ts';
import type { Terminals } from './terminals/terminals.ts';
import { createWatchers } from './watchers.ts';
import type { Workers } from './workers/workers.ts';
import { readConfiguration } from './worktrees/configuration.ts';
import { createDisk } from './worktrees/disk.ts';
import { includedFiles } from './worktrees/included-files.ts';
import { createPool } from './worktrees/pool.ts';
import { createRepair } from './worktrees/repair.ts';
import { createScripts } from './worktrees/scripts.ts';
import { createWorktrees } from './worktrees/worktrees.ts';

/** How often it is looked for what has been kept long enough. */
const sweepMs = 3_600_000;
const gib = 1024 ** 3;

export type Delivering = ReturnType<typeof createDelivering>;

/** The part of the house that leads from a worktree to what is merged, without losing anything. A part of the composition root. */
export function createDelivering(deps: {
  database: Database;
  events: Events;
  git: Git;
  host: HostClient;
  now: () => number;
  /** Folder that holds all worktrees. */
  folder: string;
  settings: () => Settings;
  /** What `gh` sees: the system's variables and its own. */
  environment: NodeJS.ProcessEnv;
  projects: Projects;
  workers: () => Workers;
  terminals: () => Terminals;
  history: () => Pick<ReturnType<typeof createHistory>, 'forkAt' | 'sessions'>;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
}) {
  const { database, events, git, now, settings, projects, log } = deps;
  const { publish } = events;
  const copies = createWorkingCopies({ git });
  const turns = createTurns();
  const findProject = (id: ProjectId): Project | undefined => projects.list().find((project) => project.id === id);
  const includePatterns = async (project: Project) => (await readConfiguration(project)).include;
  const findWorker = (id: WorkerId | null): Worker | undefined => (id === null ? undefined : deps.workers().find(id));
  const liveName = ({ workerId }: Worktree) => (workerId ? deps.workers().liveName(workerId) : undefined);

  const pool = createPool({
    git,
    copies,
    turns,
    folder: deps.folder,
    count: () => settings().preparedWorktrees,
    guardBytes: () => settings().minimumFreeGib * gib,
    projects: projects.list,
    isUsed: (id) => worktrees.ofProject(id).length > 0,
    log,
  });
  const worktrees = createWorktrees({
    database,
    publish,
    git,
    copies,
    turns,
    now,
    folder: deps.folder,
    settings,
    getProject: projects.get,
    findProject,
    pool,
    liveWorkerName: (id) => deps.workers().liveName(id),
    includePatterns,
    log,
  });
  const repository = (worktree: Worktree) => projects.get(worktree.projectId).path;
  const repositoryOf = (id: WorktreeId): string | undefined => {
    const worktree = worktrees.find(id) ?? worktrees.removed().items.find((one) => one.id === id)?.worktree;
    const path = worktree && findProject(worktree.projectId)?.path;
    return path && existsSync(path) ? path : undefined;
  };
  const scripts = createScripts({ worktrees, now, getProject: projects.get, runInTerminal });
  const observer = createObserver({ git, copies, now, log });
  const disk = createDisk({
    git,
    copies,
    worktrees,
    now,
    folder: deps.folder,
    guardBytes: () => settings().minimumFreeGib * gib,
    prepared: pool.list,
    findProject,
    included: async (project, path) => includedFiles(git, project.path, path, await includePatterns(project)),
    liveWorkerName: liveName,
    lastActivityAt: (worktree) => findWorker(worktree.workerId)?.lastActivityAt ?? worktree.createdAt,
    log,
  });
  const checkpoints = createCheckpoints({
    database,
    publish,
    git,
    turns,
    copies,
    now,
    keepDays: () => settings().checkpointDays,
    worktree: worktrees.present,
    worktreeOf: worktrees.ofWorker,
    repository,
    repositoryOf,
    worker: findWorker,
    lastPrompt: (id) => deps.workers().lastSaid(id, 'prompt'),
    rewindConversation: async (worker, at) => {
      const { sessionId } = await deps.history().forkAt(worker.sessionId as SessionId, at);
      return deps
        .workers()
        .continueAs(worker.id, sessionId, 'The conversation went back to an earlier turn and goes on from there.');
    },
    forkWorker,
    log,
  });
  const reviewStore = createReviewStore(database);
  const reviewer = createReviewer({
    git,
    store: reviewStore,
    worktree: worktrees.present,
    look: (worktree) => copies.look(worktree.path),
    forkPoint: worktrees.forkPoint,
    checkpointTree: checkpoints.treeOf,
  });
  const staging = createStaging({
    git,
    turns,
    copies,
    reviewer,
    worktree: worktrees.present,
    repository,
    checkpoint: async (worktree) => (await checkpoints.make(worktree, { kind: 'before-discard' })).id,
  });
  const comments = createComments({
    database,
    publish,
    now,
    store: reviewStore,
    reviewer,
    worktree: worktrees.present,
    tell,
  });
  const overlaps = createOverlaps({
    git,
    observer,
    publish,
    now,
    repository,
    forkPoint: worktrees.forkPoint,
    counted: (worktree, changes) => worktree.workerId && deps.workers().counted(worktree.workerId, changes),
    log,
  });
  const delivery = createDelivery({
    database,
    git,
    copies,
    turns,
    now,
    gitHub: createGitHub({ environment: deps.environment, now }),
    worktree: worktrees.present,
    find: worktrees.find,
    worktreeOf: worktrees.ofWorker,
    forkPoint: worktrees.forkPoint,
    repository,
    repositoryOf,
    keep: worktrees.keep,
    checkpoint: async (worktree, kind) => (await checkpoints.make(worktree, { kind })).id,
    backTo: (worktree, checkpoint) => checkpoints.backTo(worktree, checkpoint),
    worker: (worktree) => findWorker(worktree.workerId),
    tell,
    lastWords: (id) => deps.workers().lastSaid(id, 'text'),
  });
  const repair = createRepair({
    git,
    turns,
    worktrees,
    now,
    projects: projects.list,
    getProject: projects.get,
    isPrepared: pool.holds,
    isBusy: (worktree) =>
      ['working', 'waiting', 'starting', 'preparing'].includes(findWorker(worktree.workerId)?.state ?? ''),
    newestHead: (id) => checkpoints.list(id).items.at(-1)?.head,
  });
  const bases = new Map<ProjectId, () => void>();
  let sweeping: NodeJS.Timeout | undefined;
  let settling = Promise.resolve();
  let closed = false;

  /** Says something to the worker of a worktree, and brings it back for that if it has ended. */
  function tell(worktree: Worktree, text: string): void {
    const worker = findWorker(worktree.workerId);
    if (!worker)
      throw new AppError('CONFLICT', 'No worker belongs to this worktree any more. Start one in it and tell it then.', {
        id: worktree.id,
      });
    if (worker.state === 'ended') deps.workers().resume(worker.id, text);
    else deps.workers().send(worker.id, text);
  }

  async function runInTerminal(input: {
    title: string;
    commands: readonly string[];
    cwd: string;
    projectId: ProjectId;
    workerId: WorkerId | null;
    variables: Record<string, string>;
  }): Promise<{ terminalId: TerminalId; ended: Promise<number | null> }> {
    const { title, commands, cwd, projectId, workerId, variables } = input;
    const windows = process.platform === 'win32';
    const bash = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
    const script = windows
      ? { file: 'cmd.exe', args: ['/d', '/s', '/c', commands.join(' && ')] }
      : { file: bash, args: ['-c', ['set -e', ...commands].join('\n')] };
    const terminals = deps.terminals();
    const { id } = await terminals.open({
      profile: 'login',
      title,
      cwd,
      projectId,
      workerId,
      cols: 120,
      rows: 36,
      script: { ...script, variables },
    });
    const ended = new Promise<number | null>((resolve) => {
      deps.host.onExit(terminals.processOf(id), ({ exitCode }) => resolve(exitCode ?? null));
    });
    return { terminalId: id, ended };
  }

  async function forkWorker(input: {
    worktree: Worktree;
    checkpoint: { head: string; tree: string; at: number };
    name: string | undefined;
    prompt: string | undefined;
    conversation: boolean;
  }): Promise<Worker> {
    const { worktree, checkpoint, prompt } = input;
    const worker = findWorker(worktree.workerId);
    const name = input.name ?? `Fork of ${worker?.name ?? worktree.branch}`.slice(0, 80);
    const copy =
      input.conversation && worker && worker.turns > 0
        ? await deps.history().forkAt(worker.sessionId as SessionId, checkpoint.at)
        : undefined;
    const fresh = await worktrees.create({
      project: projects.get(worktree.projectId),
      workerId: null,
      name,
      branchPrefix: settings().branchPrefix,
      baseBranch: worktree.baseBranch,
      start: { commit: checkpoint.head, tree: checkpoint.tree },
    });
    const { projectId } = worktree;
    if (!copy)
      return deps.workers().spawn(
        spawnWorkerInput.parse({
          projectId,
          name,
          worktreeId: fresh.id,
          ...(prompt ? { prompt } : {}),
          ...(worker ? { kind: worker.kind } : {}),
        }),
      );
    return deps.workers().adopt({
      projectId,
      sessionId: copy.sessionId,
      name,
      cwd: fresh.path,
      fork: false,
      ownWorktree: true,
      baseBranch: worktree.baseBranch,
      worktreeId: fresh.id,
      prompt,
    });
  }

  /** Watches what live workers do, and only that. */
  function follow(worker: Worker): void {
    if (closed || worker.worktreeId === null) return;
    if (worker.state === 'ended') overlaps.rest(worker.worktreeId);
    const worktree = worktrees.find(worker.worktreeId);
    if (worktree?.state !== 'ready' || ['ended', 'queued', 'preparing'].includes(worker.state)) return;
    overlaps.follow(worktree);
    followBase(worktree);
  }

  function followBase({ projectId, path, baseBranch }: Worktree): void {
    if (bases.has(projectId)) return;
    bases.set(projectId, () => undefined);
    copies
      .folders(path)
      .then(({ common }) => {
        if (!closed)
          bases.set(
            projectId,
            watchBranch(common, baseBranch, () => overlaps.baseMoved(projectId)),
          );
      })
      .catch((error: unknown) => log.warn({ path, error }, 'the base branch cannot be watched'));
  }

  const endFollowing = events.listen((event) => {
    if (event.type === 'worker.changed') follow(event.worker);
    if (event.type === 'settings.changed') adjustPool(event.settings.values.preparedWorktrees);
    if (event.type === 'worktree.removed') {
      overlaps.forget(event.id);
      disk.changed();
    }
  });

  let prepared = settings().preparedWorktrees;
  function adjustPool(count: number): void {
    if (count === prepared) return;
    prepared = count;
    pool
      .adjust()
      .then(disk.changed)
      .catch((error: unknown) => log.warn({ error }, 'prepared worktrees could not be made or removed'));
  }

  async function sweep(): Promise<void> {
    for (const id of await worktrees.expire(projects.list())) {
      await checkpoints.forgetWorktree(id);
      reviewStore.forget(id);
    }
    await checkpoints.prune();
    await delivery.expire(now() - settings().undoDays * 86_400_000);
  }

  return {
    worktrees: {
      ...worktrees,
      /** Set-up, once: before the first worker works in it. */
      async prepare(id: WorktreeId): Promise<void> {
        const worktree = worktrees.present(id);
        const ran = worktree.scripts.some(({ kind, state }) => kind === 'setup' && state === 'done');
        if (worktree.origin === 'made' && !ran) await scripts.setUp(worktree);
      },
      variablesOf: (id: WorktreeId) => scripts.variablesOf(worktrees.get(id)),
      async remove(id: WorktreeId) {
        worktrees.refuseLive(worktrees.get(id));
        await scripts.tearDown(id);
        return worktrees.remove(id);
      },
    },
    scripts,
    disk,
    repair,
    reviewer,
    staging,
    comments,
    checkpoints,
    delivery,
    overlaps,
    observer,
    configuration: (id: ProjectId) => readConfiguration(projects.get(id)),

    setViewed(input: { id: WorktreeId; path: string; oldId: string | null; newId: string | null; viewed: boolean }): {
      viewed: boolean;
    } {
      reviewStore.setViewed(worktrees.get(input.id).id, input.path, contentKey(input), input.viewed ? now() : null);
      return { viewed: input.viewed };
    },

    /** Tells at once, and after each change of a worktree, for as long as somebody listens. */
    async *watchReview(id: WorktreeId, signal: AbortSignal | undefined): AsyncGenerator<{ at: number }, void, void> {
      const worktree = worktrees.present(id);
      const watchers = createWatchers();
      const ends = [
        observer.watch(worktree, watchers.tell),
        events.listen((event) => {
          const touched =
            (event.type === 'worktree.changed' && event.worktree.id === id) ||
            (event.type === 'overlaps.changed' && event.radar.projectId === worktree.projectId);
          if (touched) watchers.tell();
          if (event.type === 'worktree.removed' && event.id === id) watchers.close();
        }),
      ];
      try {
        for await (const at of watchers.watch(signal, now)) yield { at };
      } finally {
        for (const end of ends) end();
      }
    },

    /** A worker's turn is over. */
    turnEnded(id: WorkerId): void {
      checkpoints.noteTurn(id);
      delivery.noteTurn(id);
      const { worktreeId } = findWorker(id) ?? {};
      if (worktreeId) observer.touched(worktreeId);
    },

    /** Begins to watch live workers, makes up for checkpoints that a kill prevented, and forgets what was kept long enough. */
    start(): void {
      if (closed) return;
      for (const worker of deps.workers().liveRows()) {
        follow(worker);
        if (worker.state === 'idle') checkpoints.noteTurn(worker.id);
      }
      settling = delivery
        .settle()
        .catch((error: unknown) => log.error({ error }, 'a merge that was cut off could not be taken up'));
      pool.settle().catch((error: unknown) => log.warn({ error }, 'prepared worktrees could not be looked after'));
      const run = (): void =>
        void sweep().catch((error: unknown) => {
          if (!closed) log.error({ error }, 'what was kept long enough could not be removed');
        });
      run();
      sweeping = setInterval(run, sweepMs);
      sweeping.unref();
    },

    async close(): Promise<void> {
      closed = true;
      clearInterval(sweeping);
      endFollowing();
      for (const end of bases.values()) end();
      await settling;
      await pool.close();
      await overlaps.close();
      await observer.close();
      await checkpoints.close();
      await disk.close();
    },
  };
}
