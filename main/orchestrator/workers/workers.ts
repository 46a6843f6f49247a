import { randomUUID } from 'node:crypto';
import type { ApprovalId, ProjectId, TerminalId, WorkerId } from '../../../shared/ids.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Message } from '../../../shared/conversation.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { SpawnWorkerInput, Worker } from '../../../shared/workers.ts';
import type { Worktree, WorktreeStatus } from '../../../shared/worktrees.ts';
import type { ClaudeProgram } from '../claude/claude-program.ts';
import { fitsArgument, headlessArguments, interactiveArguments } from '../claude/command.ts';
import { prepareFirstStart } from '../claude/first-start.ts';
import { hookDecision } from '../claude/hooks.ts';
import { problemOfWords } from '../claude/problems.ts';
import { allowLine, controlLine, denyLine, userLine } from '../claude/stream.ts';
import { claudeFolder, findTranscript } from '../claude/transcript.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { HostClient, HostProcess } from '../host/host-client.ts';
import { newId } from '../new-id.ts';
import { type ApprovalHooks, type Consequences } from './apply-facts.ts';
import { createConversations } from './conversations.ts';
import { createOutbox } from './outbox.ts';
import { inStartOrder, nextToStart } from './queue.ts';
import { createRuns } from './runs.ts';
import { createSessionFiles } from './session-files.ts';
import { createWorkerStore, type Intent, type Run } from './store.ts';
import { ended, isLive, queuedAgain, withState } from './worker-row.ts';

/** A worker that was asked to end gets this long before its process tree is killed. */
const stopPatienceMs = 5000;

/** Changed lines are counted once this long after the last sign that files changed. */
const changesDelayMs = 500;

/** How much of the first prompt stands in the row; the conversation has all of it. */
const rowPromptLength = 2000;

/** Size of a worker's screen until somebody who looks at it says otherwise. */
const screen = { cols: 120, rows: 36 };

const noUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };

export type Workers = ReturnType<typeof createWorkers>;

export interface WorkersDeps {
  database: Database;
  publish: Publish;
  host: HostClient;
  now: () => number;
  log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  settings: () => Settings;
  dangerousAllowed: boolean;
  /** What worker processes see of the environment. */
  environment: Record<string, string>;
  /** Node (or Electron as Node) for the hook that only takes commands. */
  nodePath: string;
  claude: { look(): Promise<ClaudeProgram> };
  approvals: ApprovalHooks;
  getProject: (id: ProjectId) => Project;
  worktrees: {
    create(input: { project: Project; workerId: WorkerId; name: string; branchPrefix: string; baseBranch: string }): Promise<Worktree>;
    status(id: Worktree['id']): Promise<WorktreeStatus>;
    get(id: Worktree['id']): Worktree;
    detachWorker(id: WorkerId): void;
  };
  terminals: {
    /** Makes a worker's process visible as a terminal; gives the terminal's id. */
    openForWorker(input: { workerId: WorkerId; projectId: ProjectId; processId: string; title: string; cwd: string; cols: number; rows: number; pid: number | null }): TerminalId;
    /** Forgets a worker's terminals, except the one named. */
    forgetWorker(workerId: WorkerId, except?: TerminalId): void;
  };
}

/** The team: starts, steers and ends workers, keeps what they say, and brings them back. */
export function createWorkers(deps: WorkersDeps) {
  const { database, publish, host, now, log } = deps;
  const store = createWorkerStore(database);
  const conversations = createConversations({ database, store });
  const starting = new Map<WorkerId, Promise<void>>();
  const deadlines = new Map<string, NodeJS.Timeout>();
  const changeTimers = new Map<WorkerId, NodeJS.Timeout>();
  const limitTimers = new Map<WorkerId, NodeJS.Timeout>();
  let closed = false;

  function get(id: WorkerId): Worker {
    const worker = store.get(id);
    if (!worker) throw new AppError('NOT_FOUND', `There is no worker ${id}. GET /api/workers lists them.`, { id });
    return worker;
  }

  function keep(worker: Worker): Worker {
    database.transaction(() => {
      const before = store.get(worker.id);
      if (before && JSON.stringify(before) === JSON.stringify(worker)) return;
      store.put(worker);
      publish({ type: 'worker.changed', worker });
      const queueChanged = before?.state !== worker.state || before?.priority !== worker.priority;
      if (queueChanged && (before?.state === 'queued' || worker.state === 'queued')) renumberQueue();
    });
    return store.get(worker.id) ?? worker;
  }

  function renumberQueue(): void {
    for (const [index, worker] of inStartOrder(store.queued()).entries()) {
      if (worker.queuePosition === index + 1) continue;
      const moved = { ...worker, queuePosition: index + 1 };
      store.put(moved);
      publish({ type: 'worker.changed', worker: moved });
    }
  }

  function notice(workerId: WorkerId, level: 'info' | 'warning' | 'error', text: string): void {
    conversations.add(workerId, { kind: 'notice', level, text, at: now(), parentToolUseId: null });
  }

  const outbox = createOutbox({ store, host, log, onGone: () => undefined });

  const runs = createRuns({
    database,
    store,
    conversations,
    approvals: deps.approvals,
    host,
    now,
    log,
    keepWorker: (worker) => void keep(worker),
    onConsequences,
    onExit,
  });

  const sessionFiles = createSessionFiles({
    folder: claudeFolder(deps.environment),
    log,
    onStatus(sessionId, status) {
      const worker = store.live().find((candidate) => candidate.kind === 'interactive' && candidate.sessionId === sessionId);
      const run = worker && store.liveRun(worker.id);
      if (!worker || !run || status !== 'idle' || worker.state === 'idle' || worker.state === 'starting') return;
      runs.report(run.id, [{ type: 'activity-state', state: 'idle' }], 'session file');
      deliverPrompts(worker.id);
    },
  });

  /* ---- starting ---- */

  /** Starts what the queue and the free places allow. */
  function schedule(): void {
    if (closed) return;
    const free = deps.settings().maxWorkers - store.countLive();
    for (const worker of nextToStart(store.queued(), free, store.get)) {
      keep(withState(worker, 'preparing', 'a place is free', now()));
      begin(worker.id);
    }
  }

  function begin(id: WorkerId): void {
    const work = start(id)
      .catch((error: unknown) => failStart(id, error))
      .finally(() => {
        starting.delete(id);
        schedule();
      });
    starting.set(id, work);
  }

  function failStart(id: WorkerId, error: unknown): void {
    const worker = store.get(id);
    if (!worker || !isLive(worker)) return;
    const known = error instanceof AppError;
    if (!known) log.error({ workerId: id, error }, 'a worker could not be started');
    const code = known && typeof error.details?.code === 'string' ? (error.details.code as Worker['endCode']) : 'WORKTREE';
    const reason = error instanceof Error ? error.message : String(error);
    database.transaction(() => {
      const run = store.liveRun(id);
      if (run) store.updateRun(run.id, { endedAt: now() });
      notice(id, 'error', reason);
      keep(ended(worker, { outcome: 'failed', code, reason, evidence: 'could not be started' }, now()));
    });
  }

  /** A stop that came while the start was under way has ended the worker already. */
  function stillWanted(id: WorkerId): Worker | undefined {
    const worker = store.get(id);
    return worker && isLive(worker) && !closed ? worker : undefined;
  }

  async function start(id: WorkerId): Promise<void> {
    const program = await deps.claude.look();
    if (program.path === null || program.problem !== null) {
      throw new AppError('UNPROCESSABLE', program.problem ?? 'claude cannot be used.', { code: program.problemCode });
    }
    let worker = stillWanted(id);
    if (!worker) return;
    const project = deps.getProject(worker.projectId);
    let folder = worker.worktreePath;
    if (worker.worktreeId === null && worker.baseBranch !== null) {
      const worktree = await deps.worktrees.create({
        project,
        workerId: id,
        name: worker.name,
        branchPrefix: deps.settings().branchPrefix,
        baseBranch: worker.baseBranch ?? project.defaultBranch,
      });
      folder = worktree.path;
      worker = store.get(id) ?? worker;
      keep({ ...worker, worktreeId: worktree.id, worktreePath: worktree.path, branch: worktree.branch, baseBranch: worktree.baseBranch });
    }
    worker = stillWanted(id);
    if (!worker) return;
    const transcript = await findTranscript(claudeFolder(deps.environment), worker.sessionId);
    if (worker.kind === 'interactive') {
      await prepareFirstStart(deps.environment);
      await sessionFiles.start();
    }
    worker = stillWanted(id);
    if (!worker) return;
    const run = openRun(worker, program.version, transcript);
    await launch(run, program.path, folder ?? project.path, transcript !== undefined);
  }

  /** Keeps the run before its process exists: a kill in between finds it and settles it. */
  function openRun(worker: Worker, version: string | null, transcript: { path: string; sizeBytes: number } | undefined): Run {
    return database.transaction(() => {
      const last = store.lastRun(worker.id);
      const run: Run = {
        id: `${worker.id}-${store.countRuns(worker.id) + 1}`,
        workerId: worker.id,
        kind: worker.kind,
        pid: null,
        startedAt: now(),
        endedAt: null,
        outputOffset: 0,
        errorsOffset: 0,
        hooksOffset: 0,
        transcriptPath: transcript?.path ?? null,
        transcriptOffset: last?.kind === 'interactive' && last.transcriptPath === transcript?.path ? last.transcriptOffset : (transcript?.sizeBytes ?? 0),
        costSeen: last?.costSeen ?? 0,
        errorsTail: '',
        reader: null,
        intent: null,
      };
      store.addRun(run);
      keep({ ...withState(worker, 'starting', 'process asked for', now()), claudeVersion: version, startedAt: worker.startedAt ?? now() });
      return run;
    });
  }

  async function launch(run: Run, program: string, cwd: string, resume: boolean): Promise<void> {
    const worker = get(run.workerId);
    const command = {
      sessionId: worker.sessionId,
      resume,
      model: worker.model,
      permissions: { mode: worker.permissionMode, allowedTools: worker.allowedTools, deniedTools: worker.deniedTools, allowNetwork: worker.allowNetwork },
      trusted: deps.getProject(worker.projectId).trusted,
    };
    const env = { ...deps.environment, CONTROL_ROOM_WORKER: worker.id };
    let process: HostProcess;
    if (worker.kind === 'headless') {
      process = await host.spawn({ id: run.id, mode: 'pipe', file: program, args: headlessArguments(command), cwd, env });
      store.addToOutbox(run.id, { type: 'write', data: controlLine('initialize-1', { subtype: 'initialize' }) });
    } else {
      const first = store.queuedPrompts(worker.id)[0];
      const argument = first?.kind === 'prompt' && fitsArgument(first.text) ? first : undefined;
      process = await host.spawn({
        id: run.id,
        mode: 'pty',
        file: program,
        args: interactiveArguments({
          ...command,
          hooks: { url: `http://127.0.0.1:${host.info().hookPort}/hooks/${run.id}`, nodePath: deps.nodePath },
          prompt: argument?.text ?? null,
        }),
        cwd,
        // The folder was chosen by the user and, unless trusted, none of its own settings are read: nothing to ask about.
        env: { ...env, CLAUDE_CODE_SANDBOXED: '1' },
        ...screen,
        hooks: true,
      });
      if (argument) markSent(argument, true);
    }
    database.transaction(() => {
      store.updateRun(run.id, { pid: process.pid });
      const present = get(run.workerId);
      const terminalId =
        worker.kind === 'interactive'
          ? deps.terminals.openForWorker({ workerId: worker.id, projectId: worker.projectId, processId: run.id, title: worker.name, cwd, ...screen, pid: process.pid })
          : null;
      if (terminalId) deps.terminals.forgetWorker(worker.id, terminalId);
      if (isLive(present)) keep({ ...present, pid: process.pid, terminalId: terminalId ?? present.terminalId });
    });
    listen(run.id);
  }

  /** Attaches to a run and goes on with what was decided for it. */
  function listen(runId: string): void {
    const run = store.getRun(runId);
    if (!run || run.endedAt !== null) return;
    runs.attach(run);
    void outbox.flush(runId);
    watchTime(run.workerId);
    if (run.intent) endProcess(run, false);
  }

  /* ---- what workers do ---- */

  function onConsequences(workerId: WorkerId, runId: string, consequences: Consequences): void {
    const run = store.getRun(runId);
    if (!run || run.endedAt !== null) return;
    if (consequences.ready && run.kind === 'headless') {
      store.addToOutbox(runId, { type: 'write', data: controlLine('usage-1', { subtype: 'get_usage' }) });
      void outbox.flush(runId);
    }
    if (consequences.failed && !run.intent) {
      endWith(run, { end: 'failed', ...consequences.failed }, false);
      return;
    }
    if (consequences.turnEnded && run.kind === 'headless' && !run.intent) {
      store.addToOutbox(runId, { type: 'write', data: controlLine('context-1', { subtype: 'get_context_usage' }) });
      void outbox.flush(runId);
    }
    if (consequences.filesMayHaveChanged) countChangesSoon(workerId);
    checkLimits(workerId, run);
    deliverPrompts(workerId);
    if (consequences.turnEnded) schedule();
  }

  function checkLimits(workerId: WorkerId, run: Run): void {
    const { limits, usage } = get(workerId);
    if (run.intent) return;
    const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    if (limits.tokens !== undefined && tokens > limits.tokens) {
      endWith(run, { end: 'limit', reason: `It used ${tokens} tokens of the ${limits.tokens} it may. Its work is kept; start another with a higher limit.` }, false);
    } else if (limits.costUsd !== undefined && usage.costUsd > limits.costUsd) {
      endWith(run, { end: 'limit', reason: `It cost $${usage.costUsd.toFixed(2)} of the $${limits.costUsd.toFixed(2)} it may. Its work is kept; start another with a higher limit.` }, false);
    }
  }

  function watchTime(workerId: WorkerId): void {
    const { limits, startedAt } = get(workerId);
    clearTimeout(limitTimers.get(workerId));
    if (limits.timeoutSeconds === undefined || startedAt === null) return;
    const left = Math.min(startedAt + limits.timeoutSeconds * 1000 - now(), 2 ** 31 - 1);
    limitTimers.set(
      workerId,
      setTimeout(() => {
        const run = store.liveRun(workerId);
        if (run && !run.intent) endWith(run, { end: 'limit', reason: `It ran for the ${limits.timeoutSeconds} s it may. Its work is kept; start another with a longer time.` }, false);
      }, Math.max(0, left)),
    );
  }

  function countChangesSoon(workerId: WorkerId): void {
    clearTimeout(changeTimers.get(workerId));
    changeTimers.set(
      workerId,
      setTimeout(() => {
        changeTimers.delete(workerId);
        countChanges(workerId).catch((error: unknown) => log.warn({ workerId, error }, 'the changes of a worktree could not be counted'));
      }, changesDelayMs),
    );
  }

  async function countChanges(workerId: WorkerId): Promise<void> {
    const worktreeId = store.get(workerId)?.worktreeId;
    if (!worktreeId || closed) return;
    const { files } = await deps.worktrees.status(worktreeId);
    const worker = store.get(workerId);
    if (!worker || closed) return;
    const sum = (counts: (number | null)[]) => counts.reduce<number>((total, count) => total + (count ?? 0), 0);
    keep({
      ...worker,
      changes: { files: files.length, additions: sum(files.map((file) => file.additions)), deletions: sum(files.map((file) => file.deletions)) },
    });
  }

  function markSent(message: Message, echo: boolean): void {
    if (message.kind !== 'prompt') return;
    database.transaction(() => {
      conversations.update({ ...message, delivery: 'sent' });
      if (echo) store.setAwaitsEcho(message.workerId, message.id, true);
    });
  }

  /** Hands over prompts that wait, when the worker can take them. */
  function deliverPrompts(workerId: WorkerId): void {
    const worker = store.get(workerId);
    const run = worker && store.liveRun(workerId);
    if (!worker || !run || run.intent) return;
    // A question open on the screen would take typed text for its answer.
    const takes = run.kind === 'headless' ? ['working', 'waiting', 'idle'] : ['working', 'idle'];
    if (!takes.includes(worker.state)) return;
    const prompts = store.queuedPrompts(workerId);
    if (prompts.length === 0) return;
    database.transaction(() => {
      for (const prompt of prompts) {
        if (prompt.kind !== 'prompt') continue;
        store.addToOutbox(run.id, run.kind === 'headless' ? { type: 'write', data: userLine(prompt.text) } : { type: 'type', text: prompt.text });
        markSent(prompt, run.kind === 'interactive');
      }
      if (run.kind === 'headless' && worker.state === 'idle') keep(withState(get(workerId), 'working', 'prompt handed over', now()));
    });
    void outbox.flush(run.id);
  }

  /* ---- ending ---- */

  /** Ends a run for a reason that is kept before the process is told. */
  function endWith(run: Run, intent: Intent, force: boolean): void {
    store.updateRun(run.id, { intent });
    const present = store.getRun(run.id);
    if (present) endProcess(present, force);
  }

  function endProcess(run: Run, force: boolean): void {
    const kill = () => {
      deadlines.delete(run.id);
      void signalTree(run.id, 'SIGKILL');
    };
    if (force) return kill();
    if (run.kind === 'headless') {
      const state = store.get(run.workerId)?.state;
      if (state === 'working' || state === 'waiting') store.addToOutbox(run.id, { type: 'write', data: controlLine('interrupt-end', { subtype: 'interrupt' }) });
      store.addToOutbox(run.id, { type: 'close-input' });
      void outbox.flush(run.id);
    } else {
      void signalTree(run.id, 'SIGTERM');
    }
    if (!deadlines.has(run.id)) deadlines.set(run.id, setTimeout(kill, stopPatienceMs));
  }

  async function signalTree(runId: string, signal: string): Promise<void> {
    await host.signal(runId, signal, { tree: true }).catch((error: unknown) => log.warn({ runId, signal, error }, 'a worker could not be signalled'));
  }

  function onExit(run: Run, process: HostProcess): void {
    clearTimeout(deadlines.get(run.id));
    deadlines.delete(run.id);
    clearTimeout(limitTimers.get(run.workerId));
    database.transaction(() => {
      store.updateRun(run.id, { endedAt: now() });
      store.clearOutbox(run.id);
      deps.approvals.endRun(run.id);
      conversations.setPartial(run.workerId, '');
      for (const message of store.runningTools(run.workerId)) {
        if (message.kind === 'tool') conversations.update({ ...message, state: 'failed', output: message.output ?? 'The process ended before it finished.' });
      }
      const worker = store.get(run.workerId);
      if (!worker) return;
      if (run.intent?.end === 'switch') {
        keep(queuedAgain({ ...worker, kind: run.intent.kind }, `goes on ${run.intent.kind}`, now()));
        return;
      }
      const end = endOf(run, process, worker);
      if (end.outcome !== 'done') notice(worker.id, end.outcome === 'failed' ? 'error' : 'info', end.reason);
      keep(ended(worker, end, now()));
    });
    countChangesSoon(run.workerId);
    if (run.kind === 'headless') host.release(run.id).catch((error: unknown) => log.warn({ runId: run.id, error }, 'an ended process is still kept by the host'));
    schedule();
  }

  /* ---- asked from outside ---- */

  function spawn(input: SpawnWorkerInput): Worker {
    const project = deps.getProject(input.projectId);
    const settings = deps.settings();
    if (input.permissionMode === 'dangerous' && !deps.dangerousAllowed) {
      throw new AppError('FORBIDDEN', 'Permission mode "dangerous" lets a worker do anything unasked and is switched off. Start Control Room with --allow-dangerous to use it, or choose "allowlist".', { field: 'permissionMode' });
    }
    for (const id of input.dependsOn) {
      if (!store.get(id)) throw new AppError('BAD_REQUEST', `It cannot wait for ${id}: there is no such worker.`, { field: 'dependsOn', id });
    }
    const at = now();
    const prompt = input.prompt?.trim() ? input.prompt : '';
    const worker: Worker = {
      id: newId<WorkerId>('w'),
      name: input.name ?? nameFromPrompt(prompt),
      projectId: project.id,
      kind: input.kind,
      state: 'queued',
      waitingFor: null,
      stateChangedAt: at,
      evidence: 'asked for',
      outcome: null,
      health: 'healthy',
      activity: null,
      preview: [],
      timeline: [{ state: 'queued', at }],
      prompt: prompt.slice(0, rowPromptLength),
      role: input.role ?? null,
      team: input.team ?? null,
      sessionId: randomUUID(),
      branch: null,
      // Set for a worker that gets a worktree, and only then.
      baseBranch: input.worktree ? (input.baseBranch ?? project.defaultBranch) : null,
      worktreeId: null,
      worktreePath: input.worktree ? null : project.path,
      terminalId: null,
      pid: null,
      model: input.model ?? (settings.defaultModel || null),
      permissionMode: input.permissionMode,
      allowedTools: input.allowedTools ?? settings.allowedTools,
      deniedTools: input.deniedTools ?? settings.deniedTools,
      allowNetwork: input.allowNetwork ?? settings.allowNetwork,
      limits: input.limits,
      dependsOn: input.dependsOn,
      priority: input.priority,
      queuePosition: null,
      claudeVersion: null,
      usage: noUsage,
      contextPercent: null,
      turns: 0,
      changes: null,
      createdAt: at,
      startedAt: null,
      lastActivityAt: at,
      endedAt: null,
      endCode: null,
      endReason: null,
      restarts: 0,
    };
    database.transaction(() => {
      keep(worker);
      if (prompt) conversations.add(worker.id, { kind: 'prompt', text: prompt, delivery: 'queued', at, parentToolUseId: null });
    });
    schedule();
    return get(worker.id);
  }

  function requireLiveRun(worker: Worker, what: string): Run {
    const run = store.liveRun(worker.id);
    if (run && isLive(worker)) return run;
    const why = worker.state === 'ended' ? 'has ended. Resume it first' : 'has not started yet';
    throw new AppError('CONFLICT', `${worker.name} cannot be ${what}: it ${why}.`, { id: worker.id, state: worker.state });
  }

  function send(id: WorkerId, text: string): Message {
    const worker = get(id);
    if (worker.state === 'ended') {
      throw new AppError('CONFLICT', `${worker.name} has ended and hears nothing. Resume it with this as its prompt: POST /api/workers/${id}/resume { "prompt": ... }.`, { id });
    }
    const message = conversations.add(id, { kind: 'prompt', text, delivery: 'queued', at: now(), parentToolUseId: null });
    deliverPrompts(id);
    return store.messagesSince(id, message.revision - 1, 1000).find((candidate) => candidate.id === message.id) ?? message;
  }

  function interrupt(id: WorkerId): Worker {
    const worker = get(id);
    const run = requireLiveRun(worker, 'interrupted');
    if (worker.state !== 'working' && worker.state !== 'waiting') return worker;
    store.addToOutbox(run.id, { type: 'write', data: run.kind === 'headless' ? controlLine(`interrupt-${now()}`, { subtype: 'interrupt' }) : '\u001b' });
    void outbox.flush(run.id);
    return keep({ ...worker, evidence: 'interrupt sent' });
  }

  function stop(id: WorkerId, force: boolean, by: string): Worker {
    const worker = get(id);
    if (worker.state === 'ended') return worker;
    const run = store.liveRun(id);
    if (run) {
      endWith(run, run.intent ?? { end: 'stop', by }, force);
      return keep({ ...get(id), evidence: force ? 'kill sent' : 'asked to end' });
    }
    const reason = worker.state === 'queued' ? 'Cancelled before it started.' : 'Stopped while it was being prepared.';
    const row = database.transaction(() => {
      for (const prompt of store.queuedPrompts(id)) if (prompt.kind === 'prompt') conversations.update({ ...prompt, delivery: 'failed' });
      return keep(ended(worker, { outcome: 'stopped', code: null, reason, evidence: `stopped by ${by}` }, now()));
    });
    schedule();
    return row;
  }

  /** A prompt that failed to arrive is handed over after all when the worker comes back. */
  function requeueFailedPrompts(id: WorkerId): void {
    for (const message of store.messagesAfter(id, 0, 5000)) {
      if (message.kind === 'prompt' && message.delivery === 'failed') conversations.update({ ...message, delivery: 'queued' });
    }
  }

  function resume(id: WorkerId, prompt: string | undefined): Worker {
    const worker = get(id);
    if (worker.state !== 'ended') throw new AppError('CONFLICT', `${worker.name} has not ended: it is ${worker.state}. Say something to it instead.`, { id, state: worker.state });
    if (worker.worktreeId) {
      const worktree = deps.worktrees.get(worker.worktreeId);
      if (worktree.state === 'missing') throw new AppError('CONFLICT', `The folder of ${worker.name} is gone: ${worktree.path}. Its branch ${worktree.branch} is kept; start a new worker from it.`, { id, path: worktree.path });
    }
    database.transaction(() => {
      requeueFailedPrompts(id);
      if (prompt) conversations.add(id, { kind: 'prompt', text: prompt, delivery: 'queued', at: now(), parentToolUseId: null });
      keep({ ...queuedAgain(worker, 'resumed', now()), restarts: worker.restarts + (worker.startedAt === null ? 0 : 1), startedAt: null });
    });
    schedule();
    return get(id);
  }

  function switchKind(id: WorkerId, kind: Worker['kind']): Worker {
    const worker = get(id);
    if (worker.kind === kind) return worker;
    const run = store.liveRun(id);
    if (!run) {
      if (isLive(worker)) throw new AppError('CONFLICT', `${worker.name} is being prepared. Switch it once it has started.`, { id, state: worker.state });
      const switched = keep({ ...worker, kind });
      return worker.state === 'ended' ? resume(id, undefined) : switched;
    }
    endWith(run, { end: 'switch', kind }, false);
    return keep({ ...get(id), evidence: `ends to go on ${kind}` });
  }

  function remove(id: WorkerId): { id: WorkerId } {
    const worker = get(id);
    if (worker.state !== 'ended') throw new AppError('CONFLICT', `${worker.name} has not ended: it is ${worker.state}. Stop it first.`, { id, state: worker.state });
    database.transaction(() => {
      deps.worktrees.detachWorker(id);
      deps.terminals.forgetWorker(id);
      store.remove(id);
      publish({ type: 'worker.removed', id });
    });
    return { id };
  }

  /** Takes up every worker where it was when the last orchestrator ended, however that ended. */
  async function recover(): Promise<void> {
    const processes = new Map((await host.list()).map((process) => [process.id, process]));
    for (const worker of store.live()) {
      const run = store.liveRun(worker.id);
      const process = run && processes.get(run.id);
      if (!run) {
        keep(queuedAgain(worker, 'the start was cut off', now()));
      } else if (process) {
        if (run.pid === null) store.updateRun(run.id, { pid: process.pid });
        if (worker.kind === 'interactive') await sessionFiles.start();
        const terminalId =
          run.kind === 'interactive' && worker.terminalId === null
            ? deps.terminals.openForWorker({ workerId: worker.id, projectId: worker.projectId, processId: run.id, title: worker.name, cwd: worker.worktreePath ?? '', ...screen, pid: process.pid })
            : worker.terminalId;
        keep({ ...worker, pid: process.pid, terminalId });
        if (run.kind === 'headless' && run.outputOffset === 0 && store.outbox(run.id).length === 0) {
          store.addToOutbox(run.id, { type: 'write', data: controlLine('initialize-1', { subtype: 'initialize' }) });
        }
        listen(run.id);
      } else if (run.pid === null) {
        store.updateRun(run.id, { endedAt: now() });
        keep(queuedAgain(worker, 'the start was cut off', now()));
      } else {
        onExit(run, { ...lostProcess, id: run.id, pid: run.pid, startedAt: run.startedAt, endedAt: now() });
      }
    }
    schedule();
  }

  return {
    get,
    spawn,
    send,
    interrupt,
    stop,
    resume,
    switchKind,
    remove,
    recover,
    schedule,
    watchConversation: conversations.watch,
    list(query: { limit: number; cursor?: string | undefined }) {
      const items = store.page(query.limit + 1, (query.cursor as WorkerId | undefined) ?? null);
      return { items: items.slice(0, query.limit), nextCursor: items.length > query.limit ? (items[query.limit - 1]?.id ?? null) : null };
    },
    /** All workers that have not ended, and the newest ended ones. */
    forClient: (endedLimit: number) => [...store.live(), ...store.queued(), ...store.recentlyEnded(endedLimit)],
    messages(id: WorkerId, after: number, limit: number) {
      get(id);
      const items = store.messagesAfter(id, after, limit + 1);
      return { items: items.slice(0, limit), nextCursor: items.length > limit ? (items[limit - 1]?.id ?? null) : null };
    },
    rename(input: { id: WorkerId; name?: string | undefined; priority?: number | undefined }): Worker {
      const worker = get(input.id);
      return keep({ ...worker, name: input.name ?? worker.name, priority: input.priority ?? worker.priority });
    },
    /** Answers a request of a worker, in the transaction that decided it. */
    deliverDecision(
      workerId: WorkerId,
      origin: { runId: string; requestId: string },
      answer: { behavior: 'allow'; updatedInput: Record<string, unknown> } | { behavior: 'deny'; message: string },
      approval: { id: ApprovalId },
    ): void {
      const run = store.getRun(origin.runId);
      if (!run || run.endedAt !== null) throw new AppError('CONFLICT', 'The process that asked is gone. Resume the worker: it will ask again.', { id: approval.id });
      store.addToOutbox(
        run.id,
        run.kind === 'headless'
          ? { type: 'write', data: answer.behavior === 'allow' ? allowLine(origin.requestId, answer.updatedInput) : denyLine(origin.requestId, answer.message) }
          : { type: 'answer-hook', hookId: origin.requestId, body: hookDecision(answer) },
      );
      const worker = get(workerId);
      const more = deps.approvals.firstWaiting(run.id);
      keep(more ? withState(worker, 'waiting', 'another request waits', now(), more.kind === 'tool' ? 'approval' : more.kind) : withState(worker, 'working', 'decided', now()));
      database.afterCommit(() => void outbox.flush(run.id));
    },
    liveNames: (projectId: ProjectId) => store.ofProject(projectId).filter((worker) => worker.state !== 'ended').map(({ name }) => name),
    liveName(id: WorkerId): string | undefined {
      const worker = store.get(id);
      return worker && worker.state !== 'ended' ? worker.name : undefined;
    },
    forgetProject(projectId: ProjectId): void {
      for (const { id } of store.ofProject(projectId)) {
        deps.terminals.forgetWorker(id);
        store.remove(id);
        publish({ type: 'worker.removed', id });
      }
    },
    isRun: store.isRun,
    counts: () => ({ live: store.countLive(), all: store.countAll(), messages: store.countMessages() }),
    /** Ends every live worker and settles when all their processes are gone. */
    async stopAll(by: string): Promise<void> {
      for (const worker of store.live()) stop(worker.id, false, by);
      await Promise.all(starting.values());
      while (store.live().some((worker) => store.liveRun(worker.id))) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async close(): Promise<void> {
      if (closed) return;
      closed = true;
      for (const timer of [...deadlines.values(), ...changeTimers.values(), ...limitTimers.values()]) clearTimeout(timer);
      sessionFiles.close();
      await Promise.allSettled(starting.values());
      await outbox.idle();
      runs.close();
    },
  };
}

const lostProcess: Pick<HostProcess, 'mode' | 'processStartTime' | 'endReason' | 'streams' | 'sizes'> = {
  mode: 'pipe',
  processStartTime: null,
  endReason: 'host-lost',
  streams: { output: { start: 0, end: 0 }, errors: { start: 0, end: 0 }, hooks: { start: 0, end: 0 } },
  sizes: [],
};

/** How a worker ended, in words, from what we meant, how its process ended and what it wrote last. */
function endOf(run: Run, process: HostProcess, worker: Worker): Parameters<typeof ended>[1] {
  const how = process.endReason === 'failed' ? 'could not be started' : process.signal ? `process ended by ${process.signal}` : `process exit ${process.exitCode ?? '?'}`;
  if (run.intent?.end === 'stop') return { outcome: 'stopped', code: null, reason: `Stopped by ${run.intent.by}.`, evidence: how };
  if (run.intent?.end === 'limit') return { outcome: 'limit', code: 'LIMIT', reason: run.intent.reason, evidence: how };
  if (run.intent?.end === 'failed') return { outcome: 'failed', code: run.intent.code, reason: run.intent.reason, evidence: how };
  if (process.endReason === 'host-lost') {
    return { outcome: 'failed', code: 'HOST_LOST', reason: 'The host process that held it ended, and the worker with it. Resume brings it back by its session.', evidence: 'host gone' };
  }
  if (process.endReason === 'failed') {
    return { outcome: 'failed', code: 'NOT_INSTALLED', reason: `claude could not be started: ${process.endMessage ?? 'unknown reason'}. Run "control-room doctor".`, evidence: how };
  }
  if (process.exitCode === 0) return { outcome: 'done', code: null, reason: worker.kind === 'interactive' ? 'The session was closed in its terminal.' : 'It ended by itself.', evidence: how };
  const words = run.errorsTail.trim();
  if (words && !process.signal) {
    const problem = problemOfWords(words);
    return { outcome: 'failed', code: problem.code === 'API_ERROR' ? 'CRASHED' : problem.code, reason: problem.sentence, evidence: how };
  }
  const what = process.signal ? `was ended by ${process.signal}` : `ended with code ${process.exitCode ?? 'unknown'}`;
  return { outcome: 'failed', code: 'CRASHED', reason: `Claude ${what}${words ? `: ${words.slice(-500)}` : ''}. Resume brings it back by its session.`, evidence: how };
}

/** A short name out of a prompt: its first words. */
function nameFromPrompt(prompt: string): string {
  const words = prompt
    .replace(/[^\p{L}\p{N}\s'-]/gu, ' ')
    .split(/\s+/)
    .filter(Boolean);
  let name = '';
  for (const word of words) {
    if (name.length + word.length > 32) break;
    name = name ? `${name} ${word}` : word;
  }
  return name || words[0]?.slice(0, 32) || 'New worker';
}
