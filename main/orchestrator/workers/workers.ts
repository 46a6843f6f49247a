import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Trouble, Worker } from '../../../shared/workers.ts';
import { controlLine } from '../claude/stream.ts';
import { claudeFolder } from '../claude/transcript.ts';
import { fault } from '../fault.ts';
import type { HostProcess } from '../host/host.ts';
import { createTreeUsage } from '../processes/tree-usage.ts';
import { createAnswers } from './answers.ts';
import type { Consequences } from './apply-facts.ts';
import { createChangesCounter } from './changes-counter.ts';
import { createConversations } from './conversations.ts';
import { createEnder } from './ender.ts';
import { createHealthWatch } from './health-watch.ts';
import { createLimits } from './limits.ts';
import { createOutbox } from './outbox.ts';
import { createPrompts } from './prompts.ts';
import { createRecovery } from './recovery.ts';
import { createResources } from './resources.ts';
import { endOf } from './run-end.ts';
import { createRuns } from './runs.ts';
import { createSessionFiles } from './session-files.ts';
import { createSpawner } from './spawner.ts';
import { createStarter, initializeLine } from './starter.ts';
import { createWorkerStore, type Run } from './store.ts';
import { ended, isLive, queuedAgain, withoutTroubles } from './worker-row.ts';
import { createWorkerRows } from './worker-rows.ts';
import type { WorkersDeps } from './workers-deps.ts';

export type Workers = ReturnType<typeof createWorkers>;

/** The team: starts, steers and ends workers, keeps what they say, and brings them back. */
export function createWorkers(deps: WorkersDeps) {
  const { database, publish, host, now, log, approvals } = deps;
  const store = createWorkerStore(database);
  const rows = createWorkerRows({
    database,
    publish,
    store,
    spend: (worker, spent) => deps.spending.add(worker.projectId, worker.id, spent),
  });
  const meter = createTreeUsage({ now });
  const conversations = createConversations({ database, store });
  const outbox = createOutbox({ store, host, log });
  const ender = createEnder({ store, host, outbox, log });
  const prompts = createPrompts({ database, store, rows, conversations, outbox, now });
  const answers = createAnswers({ database, store, rows, outbox, approvals, now });
  const changes = createChangesCounter({ store, rows, status: deps.worktrees.status, log });
  const limits = createLimits({
    now,
    settings: deps.settings,
    getProject: deps.getProject,
    spending: deps.spending.get,
    store,
    rows,
    stop: stopForLimit,
    released(id) {
      prompts.deliver(id);
      starter.schedule();
    },
  });
  const health = createHealthWatch({
    now,
    settings: deps.settings,
    store,
    rows,
    measure: async (pid) => (await meter.measure([pid])).get(pid),
    log,
  });
  const resources = createResources({ now, settings: deps.settings, store, meter, onOverMemory: stopForLimit, log });
  /** Workers that are brought back to go on with the turn they were cut off in. */
  const goesOn = new Set<WorkerId>();
  const recovery = createRecovery({
    now,
    settings: deps.settings,
    store,
    rows,
    resume(id) {
      goesOn.add(id);
      bringBack(id, undefined);
    },
    log,
  });
  const runs = createRuns({
    database,
    store,
    conversations,
    approvals,
    host,
    now,
    log,
    keepWorker: (worker) => void rows.keep(worker),
    onSign: health.sign,
    onConsequences,
    onExit,
  });
  const sessionFiles = createSessionFiles({ folder: claudeFolder(deps.environment), log, onStatus });
  const starter = createStarter({
    ...deps,
    store,
    rows,
    conversations,
    limitReached: limits.reached,
    listen,
    markSent: prompts.markSent,
    markQueued: prompts.markQueued,
    watchSessionFiles: sessionFiles.start,
    takeGoesOn: (id) => goesOn.delete(id),
  });
  /** What is to be called when a run has ended and its row says so. */
  const afterEnd = new Map<string, () => void>();
  const { get, keep } = rows;
  const { spawn, adopt } = createSpawner({ ...deps, store, rows, prompts, limits, schedule: starter.schedule });

  function stopForLimit(id: WorkerId, reason: string): void {
    const run = store.liveRun(id);
    if (run && !run.intent) ender.endWith(run, { end: 'limit', reason }, false);
  }

  /** Attaches to a run and goes on with what was decided for it. */
  function listen(runId: string): void {
    const run = store.getRun(runId);
    if (!run || run.endedAt !== null) return;
    runs.attach(run);
    void outbox.flush(runId);
    // What was to be said when its turn ended, if nobody got to it.
    prompts.deliver(run.workerId);
    limits.look(run.workerId);
    health.sign(run.workerId);
    resources.consider();
    if (run.intent) ender.end(run, false);
  }

  function onStatus(sessionId: string, status: 'busy' | 'waiting' | 'idle'): void {
    const worker = store
      .live()
      .find((candidate) => candidate.kind === 'interactive' && candidate.sessionId === sessionId);
    const run = worker && store.liveRun(worker.id);
    if (!worker || !run || status !== 'idle' || worker.state === 'idle' || worker.state === 'starting') return;
    runs.report(run.id, [{ type: 'activity-state', state: 'idle' }], 'session file');
  }

  function onConsequences(workerId: WorkerId, runId: string, consequences: Consequences): void {
    const run = store.getRun(runId);
    if (!run || run.endedAt !== null) return;
    if (consequences.filesMayHaveChanged) changes.soon(workerId);
    if (!run.intent) {
      if (consequences.failed) {
        ender.endWith(run, { end: 'failed', ...consequences.failed }, false);
        return;
      }
      // A turn that was on its way, or typed into the screen, when a limit was reached is not begun.
      if (consequences.turnStarted && limits.reached(get(workerId))) interruptRun(run);
      limits.look(workerId);
      if (run.kind === 'headless') ask(run, consequences);
    }
    prompts.deliver(workerId);
    if (consequences.turnEnded) starter.schedule();
  }

  /** Asks a headless process what it does not say by itself: what a resumed session has cost, how full its context is. */
  function ask(run: Run, consequences: Consequences): void {
    if (consequences.ready)
      store.addToOutbox(run.id, { type: 'write', data: controlLine('usage-1', { subtype: 'get_usage' }) });
    if (consequences.turnEnded)
      store.addToOutbox(run.id, { type: 'write', data: controlLine('context-1', { subtype: 'get_context_usage' }) });
    if (consequences.ready || consequences.turnEnded) void outbox.flush(run.id);
  }

  function onExit(run: Run, process: Pick<HostProcess, 'endReason' | 'endMessage' | 'exitCode' | 'signal'>): void {
    ender.settled(run.id);
    health.forget(run.workerId);
    if (run.pid !== null) meter.forget(run.pid);
    database.transaction(() => {
      const { state } = get(run.workerId);
      store.updateRun(run.id, { endedAt: now(), cutOff: state === 'working' || state === 'waiting' });
      store.clearOutbox(run.id);
      approvals.endRun(run.id);
      conversations.setPartial(run.workerId, '');
      for (const message of store.runningTools(run.workerId)) {
        if (message.kind === 'tool')
          conversations.update({
            ...message,
            state: 'failed',
            output: message.output ?? 'The process ended before it finished.',
          });
      }
      const worker = store.get(run.workerId);
      if (!worker) return;
      if (run.intent?.end === 'switch') {
        keep(queuedAgain({ ...worker, kind: run.intent.kind }, `goes on ${run.intent.kind}`, now()));
        return;
      }
      const end = endOf(run, process, worker.kind);
      if (end.outcome !== 'done') {
        conversations.add(worker.id, {
          kind: 'notice',
          level: end.outcome === 'failed' ? 'error' : 'info',
          text: end.reason,
          at: now(),
          parentToolUseId: null,
        });
      }
      recovery.wait(keep(recovery.planned(ended(worker, end, now()))));
    });
    fault('stop:end-kept');
    afterEnd.get(run.id)?.();
    afterEnd.delete(run.id);
    changes.soon(run.workerId);
    ender
      .letGo(run, process)
      .catch((error: unknown) => log.warn({ runId: run.id, error }, 'an ended process is still kept by the host'));
    starter.schedule();
  }

  function interrupt(id: WorkerId): Worker {
    const worker = get(id);
    const run = store.liveRun(id);
    if (!run) {
      const why = worker.state === 'ended' ? 'it has ended' : 'it has not started yet';
      throw new AppError('CONFLICT', `${worker.name} cannot be interrupted: ${why}.`, { id, state: worker.state });
    }
    if (worker.waitingFor === 'limit' || (worker.state !== 'working' && worker.state !== 'waiting')) return worker;
    interruptRun(run);
    return keep({ ...worker, evidence: 'interrupt sent' });
  }

  function interruptRun(run: Run): void {
    store.addToOutbox(run.id, {
      type: 'write',
      data: run.kind === 'headless' ? controlLine(`interrupt-${now()}`, { subtype: 'interrupt' }) : '\u001b',
    });
    void outbox.flush(run.id);
  }

  function stop(id: WorkerId, force: boolean, by: string): Worker {
    const worker = get(id);
    if (worker.state === 'ended') return cancelRecovery(id);
    const run = store.liveRun(id);
    if (run) {
      ender.endWith(run, run.intent ?? { end: 'stop', by }, force);
      return keep({ ...get(id), evidence: force ? 'kill sent' : 'asked to end' });
    }
    const reason = worker.state === 'queued' ? 'Cancelled before it started.' : 'Stopped while it was being prepared.';
    const row = keep(ended(worker, { outcome: 'stopped', code: null, reason, evidence: `stopped by ${by}` }, now()));
    starter.schedule();
    return row;
  }

  function resume(id: WorkerId, prompt: string | undefined): Worker {
    const row = bringBack(id, prompt);
    return keep({ ...row, recovery: { ...row.recovery, attempts: 0 } });
  }

  /** Brings an ended worker back in the middle of the turn it was cut off in. */
  function goOn(id: WorkerId): Worker {
    goesOn.add(id);
    return resume(id, undefined);
  }

  function cancelRecovery(id: WorkerId): Worker {
    const worker = get(id);
    recovery.forget(id);
    return keep({ ...withoutTroubles(worker, 'retry'), recovery: { ...worker.recovery, nextAt: null } });
  }

  function bringBack(id: WorkerId, prompt: string | undefined): Worker {
    const worker = get(id);
    if (worker.state !== 'ended') {
      throw new AppError(
        'CONFLICT',
        `${worker.name} has not ended: it is ${worker.state}. Say something to it instead.`,
        { id, state: worker.state },
      );
    }
    deps.refuseDeleted(worker.sessionId);
    const worktree = worker.worktreeId ? deps.worktrees.get(worker.worktreeId) : undefined;
    if (worktree?.state === 'missing') {
      throw new AppError(
        'CONFLICT',
        `The folder of ${worker.name} is gone: ${worktree.path}. Its branch ${worktree.branch} is kept; start a new worker from it.`,
        { id, path: worktree.path },
      );
    }
    database.transaction(() => {
      if (prompt) prompts.add(id, prompt);
      recovery.forget(id);
      keep({
        ...queuedAgain(worker, 'resumed', now()),
        recovery: { ...worker.recovery, nextAt: null },
        restarts: worker.restarts + (worker.startedAt === null ? 0 : 1),
        startedAt: null,
      });
    });
    limits.look(id);
    starter.schedule();
    return get(id);
  }

  function switchKind(id: WorkerId, kind: Worker['kind']): Worker {
    const worker = get(id);
    if (worker.kind === kind) return worker;
    const run = store.liveRun(id);
    if (run) {
      ender.endWith(run, { end: 'switch', kind }, false);
      return keep({ ...get(id), evidence: `ends to go on ${kind}` });
    }
    if (isLive(worker))
      throw new AppError('CONFLICT', `${worker.name} is being prepared. Switch it once it has started.`, {
        id,
        state: worker.state,
      });
    keep({ ...worker, kind });
    return worker.state === 'ended' ? resume(id, undefined) : get(id);
  }

  function remove(id: WorkerId): { id: WorkerId } {
    const worker = get(id);
    if (worker.state !== 'ended')
      throw new AppError('CONFLICT', `${worker.name} has not ended: it is ${worker.state}. Stop it first.`, {
        id,
        state: worker.state,
      });
    database.transaction(() => {
      deps.worktrees.detachWorker(id);
      forget(id);
    });
    fault('worker:forgotten');
    return { id };
  }

  function forget(id: WorkerId): void {
    recovery.forget(id);
    deps.forgetRules(id);
    deps.terminals.forgetWorker(id);
    store.remove(id);
    publish({ type: 'worker.removed', id });
  }

  /** Takes up every worker where it was when the last orchestrator ended, however that ended. */
  async function recover(): Promise<void> {
    const processes = new Map((await host.list()).map((process) => [process.id, process]));
    for (const worker of store.live()) {
      if (starter.isUnderWay(worker.id)) continue;
      const run = store.liveRun(worker.id);
      const process = run && processes.get(run.id);
      if (run && process) {
        if (run.kind === 'interactive') await sessionFiles.start();
        if (run.pid === null) {
          starter.took(run, process);
          if (run.kind === 'headless') store.addToOutbox(run.id, { type: 'write', data: initializeLine });
        }
        listen(run.id);
      } else if (run && run.pid !== null) {
        onExit(run, { endReason: 'host-lost' });
      } else {
        if (run) store.updateRun(run.id, { endedAt: now() });
        keep(queuedAgain(worker, 'the start was cut off', now()));
      }
    }
    recovery.recover();
    limits.lookAtAll();
    starter.schedule();
  }

  return {
    get,
    spawn,
    adopt,
    ofSession: store.ofSession,
    ownersOf: store.ownersOf,
    sessionNames: store.sessionNames,
    sessions: store.sessions,
    resumedAt: store.resumedAt,
    send: prompts.send,
    interrupt,
    stop,
    resume,
    switchKind,
    remove,
    recover,
    schedule: starter.schedule,
    watchConversation: conversations.watch,
    list(query: { limit: number; cursor?: string | undefined }) {
      const items = store.page(query.limit + 1, (query.cursor as WorkerId | undefined) ?? null);
      return {
        items: items.slice(0, query.limit),
        nextCursor: items.length > query.limit ? (items[query.limit - 1]?.id ?? null) : null,
      };
    },
    /** All workers that have not ended, and the newest ended ones. */
    forClient: (endedLimit: number) => [...store.live(), ...store.queued(), ...store.recentlyEnded(endedLimit)],
    messages(id: WorkerId, after: number, limit: number) {
      get(id);
      const items = store.messagesAfter(id, after, limit + 1);
      return { items: items.slice(0, limit), nextCursor: items.length > limit ? (items[limit - 1]?.id ?? null) : null };
    },
    update(input: {
      id: WorkerId;
      name?: string | undefined;
      priority?: number | undefined;
      limits?: Limits | undefined;
    }): Worker {
      const before = get(input.id);
      const worker = keep({
        ...before,
        name: input.name ?? before.name,
        priority: input.priority ?? before.priority,
        limits: input.limits ?? before.limits,
      });
      if (input.limits === undefined) return worker;
      limits.look(worker.id);
      // What a limit had ended goes on when it is raised.
      if (worker.state === 'ended' && worker.outcome === 'limit' && !limits.reached(worker)) return goOn(worker.id);
      starter.schedule();
      return get(worker.id);
    },
    compact(id: WorkerId): Worker {
      const worker = get(id);
      if (worker.state !== 'idle') {
        throw new AppError(
          'CONFLICT',
          `${worker.name} is ${worker.state}: a conversation is compacted between two turns. Wait for its turn to end.`,
          { id, state: worker.state },
        );
      }
      prompts.send(id, '/compact');
      return keep({ ...get(id), activity: { text: 'Compacting the conversation', tool: null, at: now() } });
    },
    cancelRecovery,
    troubled: store.troubled,
    snoozeTrouble(id: WorkerId, kind: Trouble['kind'], until: number | null): void {
      const worker = get(id);
      const troubles = worker.troubles.map((trouble) =>
        trouble.kind === kind ? { ...trouble, snoozedUntil: until } : trouble,
      );
      keep({ ...worker, troubles });
    },
    dismissTrouble(id: WorkerId, kind: Trouble['kind']): void {
      keep(withoutTroubles(get(id), kind));
    },
    watchResources: resources.watch,
    /** Settings, a project's limits or the day have changed. */
    limitsChanged(): void {
      limits.lookAtAll();
      resources.consider();
      starter.schedule();
    },
    deliverDecision: answers.deliver,
    requestSettled(workerId: WorkerId, runId: string): void {
      answers.settled(workerId, runId);
      // It may be at work again: its time counts from here.
      limits.look(workerId);
    },
    liveNames: (projectId: ProjectId) =>
      store.ofProject(projectId).flatMap(({ state, name }) => (state === 'ended' ? [] : [name])),
    liveName(id: WorkerId): string | undefined {
      const worker = store.get(id);
      return worker && worker.state !== 'ended' ? worker.name : undefined;
    },
    forgetProject(projectId: ProjectId): void {
      for (const { id } of store.ofProject(projectId)) forget(id);
    },
    isRun: store.isRun,
    counts: () => ({ live: store.countLive(), messages: store.countMessages() }),
    /** Ends every worker and settles when all their processes are gone. */
    async stopAll(by: string): Promise<void> {
      // A place that becomes free now must not start the next of the queue, which nobody would end.
      starter.close();
      await starter.idle();
      const gone = store.live().map(
        ({ id }) =>
          new Promise<void>((resolve) => {
            const run = store.liveRun(id);
            if (run) afterEnd.set(run.id, resolve);
            else resolve();
            stop(id, false, by);
          }),
      );
      await Promise.all(gone);
    },
    async close(): Promise<void> {
      starter.close();
      changes.close();
      limits.close();
      health.close();
      resources.close();
      recovery.close();
      ender.close();
      sessionFiles.close();
      await starter.idle();
      await outbox.idle();
      runs.close();
    },
  };
}
